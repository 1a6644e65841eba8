/**
 * Python's end of all models of a page.
 *
 * In:  {type: 'open', id, model, files, backend, gpu} with a number for the model and ArrayBuffers;
 *      {type: 'predict' | 'trace', id, model, inputs, layers}, {type: 'switch', id, model, backend}, {type: 'reset', id, model}
 *      or {type: 'close', id, model}; one at a time, once ready. Before, what `sendParts` sends.
 * Out: {type: 'unrestored', reason} where the snapshot is of no use, {type: 'ready'}, {type: 'failed', code, message} when
 *      Python cannot start, and when it has died; for each request {type: 'done', id, ...answer} or {type: 'refused', id, code,
 *      message}. An answer has `backend` and `trials` where another one computes.
 */
import './addressed.js';
import { sentenceFor, Unsupported } from '../errors.js';
import { fileUrl } from '../files.js';
import { Parts } from '../parts.js';
import { startPython } from '../python-start.js';
import { MODELS } from '../scenarios.js';

const FAILED = 'Python failed unexpectedly: the browser console tells more.';
const DEVICES = fileUrl('gpu/devices.js');

const PYTHON_DIED = 'Python stopped unexpectedly: try again.'; // for Pyodide, nothing can be called after such an error

const models = new Map(); // Python's JavaScriptModel, by number
const announced = new Map(); // the backend that the client knows of, by number
const parts = new Parts(MODELS);
let complete; // () => a promise that Python has all its modules
let python; // Pyodide
let javascript; // in Python: kerata.javascript

const answers = {
  open: async ({ model, files, backend, gpu }) => {
    if (gpu || backend !== 'auto') await offer(gpu ? 'auto' : backend);
    const opened = await javascript.open_model(files.map((file) => new Uint8Array(file)), backend, gpu);
    models.set(model, opened);
    return { description: opened.describe() };
  },
  predict: async ({ model, inputs, layers }) => {
    const opened = models.get(model);
    const traced = layers ? await opened.trace(inputs) : undefined; // first, for it leaves states as they are
    const started = performance.now();
    const outputs = await opened.predict(inputs);
    return { outputs, layers: traced, milliseconds: performance.now() - started };
  },
  trace: async ({ model, inputs }) => {
    const started = performance.now();
    const layers = await models.get(model).trace(inputs);
    return { layers, milliseconds: performance.now() - started };
  },
  switch: async ({ model, backend }) => {
    await offer(backend === 'gpu' ? 'auto' : backend);
    await models.get(model).switch(backend);
    announced.delete(model); // even the same one may have new times
    return {};
  },
  reset: ({ model }) => {
    models.get(model).reset_states();
    return {};
  },
  close: ({ model }) => {
    models.get(model)?.destroy(); // whose opening may have failed
    models.delete(model);
    announced.delete(model);
    complete().then(() => javascript.free()).catch(() => {}); // when the functions that it calls are here
    return {};
  },
};

async function start() {
  const load = (pyodide) => {
    python = pyodide;
    javascript = python.pyimport('kerata.javascript');
  };
  complete = await startPython(parts, load, (reason) => postMessage({ type: 'unrestored', reason }));
  postMessage({ type: 'ready' });
}

/** GPUs, which few models need. For 'auto' all are to be had. */
async function offer(backend) {
  if (backend !== 'auto' && !backend.startsWith('web')) return;
  await complete();
  const { offerDevices } = await import(DEVICES);
  await offerDevices(python.pyimport('kerata.backends'), backend);
}

/** @param {any} message */
async function answer({ type, id, ...request }) {
  try {
    const answer = await answers[type](request);
    postMessage({ type: 'done', id, ...answer, ...newBackend(request) }, { transfer: buffersOf(answer) });
    if (answer.outputs) complete().catch(() => {}); // after the first prediction, for it takes time
  } catch (error) {
    if (error?.pyodide_fatal_error) postMessage({ type: 'failed', code: 'python', message: PYTHON_DIED });
    else postMessage({ type: 'refused', id, code: codeOf(error), message: sentenceFor(error, FAILED) });
  }
}

function newBackend({ model }) {
  const opened = models.get(model);
  if (!opened || announced.get(model) === opened.backend) return {};
  announced.set(model, opened.backend);
  return { backend: opened.backend, trials: opened.trials() };
}

const buffersOf = ({ outputs = [], layers = [] }) => [...outputs, ...layers].flatMap(({ data }) => data.buffer ?? []);

/** Python's last error is the one that JavaScript was thrown. */
function codeOf(error) {
  if (error?.constructor?.name !== 'PythonError') return 'python';
  return javascript.code_of_last_error();
}

self.onmessage = ({ data }) => (data.type === 'part' ? parts.receive(data) : answer(data));
start().catch((error) => {
  const code = error instanceof Unsupported ? 'unsupported' : 'python';
  postMessage({ type: 'failed', code, message: sentenceFor(error, FAILED) });
});
