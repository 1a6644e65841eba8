/**
 * Finds out what the page uses until its first answers: node record.mjs PYODIDE MODEL OUT
 * PYODIDE: the folder of a built page's Pyodide, with its snapshot. MODEL: the page's. Writes to the folder OUT:
 * - `answers.json`, which must not depend on how the runtime was made;
 * - `snapshot.bin`, sealed for this runtime;
 * - `memory`, after the answers;
 * - `names.json`: functions of Python that were called, where the snapshot has them recorded;
 * - `functions.json`: numbers of functions of WebAssembly that were called, by the name of the file that will have them,
 *   where the WebAssembly is as `split.marked` makes it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import './brief.mjs';
import { fileOf, LIBRARIES, restore, sealed, SITE_PACKAGES } from '../../site/snapshot.js';

const [runtime, model, out] = process.argv.slice(2).map((path) => resolve(path));
const { loadPyodide } = await import(pathToFileURL(join(runtime, 'pyodide.mjs')));
const { default: createModule } = await import(pathToFileURL(join(runtime, 'pyodide.asm.mjs')));
const compiled = (file) => WebAssembly.compile(readFileSync(file));

/** What `site/worker.js` asks of Python, of several drawings and pictures. */
async function answers(pyodide) {
  const recogniser = pyodide.pyimport('digits.recognizer').load(new Uint8Array(readFileSync(model)));
  pyodide.pyimport('kerata.backends');
  recogniser.trials();
  const given = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const strokes of DRAWINGS) given.push(await recogniser.predict_strokes(strokes));
    for (const pixels of pictures()) {
      const side = Math.sqrt(pixels.length / 4);
      given.push(await recogniser.predict_frame(pixels, side, side));
    }
  }
  try {
    recogniser.predict_frame(new Uint8ClampedArray(4), 3, 3);
  } catch (error) {
    given.push(error.message.trim().split('\n').at(-1)); // to be told, an error needs functions of its own
  }
  // What JavaScript says in this engine is not what it says in all.
  const { repr } = pyodide.pyimport('builtins');
  for (const value of [true, false, null, undefined, 1, 1.5, 2 ** 40, 'text']) repr(value);
  if (recogniser.backend !== 'wasm') throw new Error(`the model runs on ${recogniser.backend}`);
  return given;
}

const ROUNDS = 5; // for Python runs in another way what it has run before

const arc = (x, y, radius, from, to) =>
  Array.from({ length: 40 }, (_, i) => {
    const angle = from + ((to - from) * i) / 39;
    return [x + radius * Math.cos(angle), y + radius * Math.sin(angle)];
  });

const DRAWINGS = [
  [],
  [[[10, 10]]], // a dot
  [[[100, 20], [101.5, 120], [99, 250]]],
  [arc(140, 140, 90, 0, 6.5)],
  [[[60, 60], [200, 62], [120, 240]], [[90, 150], [180, 148]]],
  [arc(140, 90, 50, 1, 7), arc(140, 190, 55, -1.5, 5)],
  [[[60, 60], [60, 60]], arc(90, 90, 300, 2, 4)],
];

/** Strokes of several widths, light and dark, on grounds of any kind; specks; nothing at all. */
function* pictures() {
  for (const side of [40, 140, 280]) {
    yield new Uint8ClampedArray(side * side * 4);
    for (const width of [0.012, 0.07, 0.25]) {
      yield picture(side, width, [0, 0, 0], () => 0); // on nothing, as the pad's
      yield picture(side, width, [30, 30, 60], (column) => 245 - 40 * column);
      yield picture(side, width, [250, 250, 250], (column, row) => 20 + 30 * row);
    }
  }
}

/** A slanted stroke with a bar, and specks; `ground(column, row)` is its grey, from 0 to 1 across, 0 transparent. */
function picture(side, width, ink, ground) {
  const pixels = new Uint8ClampedArray(side * side * 4);
  for (let i = 0; i < side * side; i += 1) {
    const [row, column] = [Math.floor(i / side) / side, (i % side) / side];
    const stroke = Math.abs(column - 0.7 + 0.3 * row) < width / 2 && row > 0.2 && row < 0.8;
    const bar = Math.abs(row - 0.45) < width / 2 && column > 0.4 && column < 0.7;
    const grey = ground(column, row);
    const inked = stroke || bar || i % 977 === 0;
    pixels.set(inked ? [...ink, 255] : [grey, grey, grey, grey && 255], 4 * i);
  }
  return pixels;
}

const write = (name, data) => writeFileSync(join(out, name), data);
const writeJson = (name, data) => write(name, JSON.stringify(data));

const libraries = Promise.all(LIBRARIES.map((name) => compiled(join(runtime, fileOf(name)))));
const file = readFileSync(join(runtime, 'snapshot.bin'));
const snapshot = file.buffer.slice(file.byteOffset, file.byteOffset + file.length);
const options = { indexURL: `${runtime}/`, stdLibURL: join(runtime, 'empty.zip') };
const seal = (found) => sealed(snapshot, found);
const restored = restore(loadPyodide, createModule, options, libraries, () => {}, Promise.resolve(snapshot), seal);
const pyodide = await restored;
let lacked;
const late = pyodide.pyimport('kerata.late');
late.fetch = () => {
  lacked = new Error('a function of Python was called that was put off');
  throw lacked;
};
pyodide.pyimport('random').seed();
writeJson('answers.json', await answers(pyodide));
if (lacked) throw lacked;
write('snapshot.bin', new Uint8Array(snapshot));
write('memory', pyodide._module.HEAPU8);
writeJson('names.json', pyodide.pyimport('builtins').list(late.used).toJs());
// In the table `used`, a function that runs makes its own entry null.
const loaded = pyodide._module.LDSO.loadedLibsByName;
const used = ({ exports: { used: table } }) =>
  table && Array.from({ length: table.length }, (_, i) => i).filter((i) => table.get(i) === null);
const ofLibraries = LIBRARIES.map((name) => [fileOf(name), used(loaded[SITE_PACKAGES + name])]);
writeJson('functions.json', Object.fromEntries([['python.hot.wasm', used(loaded.__main__)], ...ofLibraries]));
