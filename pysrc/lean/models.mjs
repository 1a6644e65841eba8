/** What `site/model/worker.js` asks of Python until its first answers: of models in each format, on WebAssembly and NumPy. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { article } from './article.mjs';

export async function answers(pyodide, folder) {
  const javascript = pyodide.pyimport('kerata.javascript');
  const files = readdirSync(folder).sort().map((name) => new Uint8Array(readFileSync(join(folder, name))));
  const given = [];
  for (const file of [...files, article(false), article(true)]) {
    for (const backend of ['auto', 'numpy']) given.push(await answersOf(javascript, file, backend));
  }
  try {
    await javascript.open_model([new Uint8Array(4)], 'auto', false);
  } catch (error) {
    given.push(javascript.code_of_last_error(), error.message.trim().split('\n').at(-1));
  }
  return given;
}

async function answersOf(javascript, file, backend) {
  const model = await javascript.open_model([file], backend, false);
  const { inputs } = model.describe();
  model.trials();
  if (backend === 'auto' && model.backend !== 'wasm') throw new Error(`a model runs on ${model.backend}`);
  const given = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const values = Object.fromEntries(inputs.map((input) => [input.name, { data: valuesOf(input, round) }]));
    given.push(plain(await model.trace(values)), plain(await model.predict(values)));
  }
  model.reset_states();
  model.destroy();
  return given;
}

const ROUNDS = 4; // for Python runs in another way what it has run before

function valuesOf({ shape }, round) {
  const size = shape.slice(1).reduce((product, each) => product * each, 1);
  return Float32Array.from({ length: size }, (_, i) => ((i * 37 + round * 11) % 64) / 64);
}

const plain = (outputs) => outputs.map(({ name, data, shape }) => [name, [...data.slice(-20)], shape]);
