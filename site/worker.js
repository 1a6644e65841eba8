/**
 * Python's end of the page, in a worker so that drawing never waits for it.
 *
 * In:  {type: 'frame', id, width, height, buffer} RGBA, or {type: 'strokes', id, strokes}; one at a time, once ready.
 * Out: {type: 'progress', stage, loaded, total} in bytes, {type: 'runtime'}, {type: 'ready', backend},
 *      {type: 'failed', message}; then for each request {type: 'answer', id, milliseconds, ...answer}
 *      (of kerata/app.py, or NO_INK) or {type: 'refused', id, message}.
 */
import { Downloads } from './downloads.js';
import { DownloadError, sentenceFor, Unsupported } from './errors.js';

const PYODIDE = new URL('./pyodide/', import.meta.url).href;
const MODEL = new URL('./models/mnist.safetensors', import.meta.url).href;
const SIZES = new URL('./runtime.json', import.meta.url).href;

const predict = {
  frame: ({ buffer, width, height }) => recogniser.predict_frame(new Uint8ClampedArray(buffer), width, height),
  strokes: ({ strokes }) => recogniser.predict_strokes(strokes),
};

const NO_INK = { digit: null, second: null, verdict: null, probabilities: null, pixels: null };

let recogniser; // in Python: kerata.app.Recogniser

async function start() {
  if (typeof WebAssembly !== 'object') {
    throw new Unsupported('This browser has no WebAssembly, which Python needs: please try another browser.');
  }
  let pythonRuns = false;
  const downloads = new Downloads(SIZES, ({ loaded, total }) => {
    const waitingFor = loaded < total ? 'Downloading Python' : 'Starting Python';
    postMessage({ type: 'progress', stage: pythonRuns ? 'Loading the model' : waitingFor, loaded, total });
  });
  const python = startPython(downloads).then((pyodide) => {
    pythonRuns = true;
    postMessage({ type: 'runtime' });
    downloads.report();
    return pyodide;
  });
  // Pyodide waits for ever when its WebAssembly fails to arrive or to compile, so a failure must overtake it.
  const [pyodide, model] = await Promise.race([Promise.all([python, fetchBytes(MODEL)]), downloads.failure]);
  recogniser = pyodide.pyimport('kerata.app').Recogniser(model);
  postMessage({ type: 'ready', backend: recogniser.backend });
}

async function startPython(downloads) {
  // Pyodide imports its second module only after reading the first: asked for together, they arrive together.
  const [{ loadPyodide }] = await Promise.all([
    downloads.importModule(`${PYODIDE}pyodide.mjs`),
    downloads.importModule(`${PYODIDE}pyodide.asm.mjs`),
  ]);
  return loadPyodide({ indexURL: PYODIDE, packages: ['kerata'] });
}

async function fetchBytes(url) {
  const response = await fetch(url);
  try {
    return new Uint8Array(await response.arrayBuffer());
  } catch {
    throw new DownloadError(url); // it broke off on the way
  }
}

function answer({ type, id, ...request }) {
  const started = performance.now();
  try {
    const answer = predict[type](request) ?? NO_INK;
    postMessage({ type: 'answer', id, milliseconds: performance.now() - started, ...answer });
  } catch (error) {
    postMessage({ type: 'refused', id, message: sentenceFor(error) });
  }
}

self.onmessage = ({ data }) => answer(data);
start().catch((error) => postMessage({ type: 'failed', message: sentenceFor(error) }));
