/**
 * Python's end of the page, in a worker so that drawing never waits for it.
 *
 * In:  {type: 'frame', id, width, height, buffer} RGBA, {type: 'strokes', id, strokes}, or {type: 'switch', id, backend}
 *      to a backend's name or 'auto'; one at a time, once ready. Before, what `sendParts` sends.
 * Out: {type: 'unrestored', reason} where the snapshot is of no use, {type: 'runtime'}, {type: 'ready'},
 *      {type: 'failed', message} when Python cannot start, and when it has died;
 *      {type: 'backend', backend, trials} when it is another one, before whatever it answers; then for each request
 *      {type: 'answer', id, milliseconds, ...answer} (of digits/recognizer.py, or NO_INK), {type: 'switched', id} or
 *      {type: 'refused', id, message}.
 */
import { sentenceFor } from './errors.js';
import { once } from './once.js';
import { Parts } from './parts.js';
import { startPython } from './python-start.js';
import { DIGITS } from './scenarios.js';

const predict = {
  frame: ({ buffer, width, height }) => recogniser.predict_frame(new Uint8ClampedArray(buffer), width, height),
  strokes: ({ strokes }) => recogniser.predict_strokes(strokes),
};

const NO_INK = { digit: null, second: null, verdict: null, probabilities: null, pixels: null };

const PYTHON_DIED = 'Python stopped unexpectedly: try again.'; // for Pyodide, nothing can be called after such an error

let recogniser; // in Python: digits.recognizer.Recognizer
let backends; // in Python: kerata.backends
let announced; // the backend that the page knows of
const parts = new Parts(DIGITS);
let complete; // () => a promise that Python has all its modules, and the model a fast backend

async function start() {
  const load = async (pyodide) => {
    postMessage({ type: 'runtime' });
    recogniser = pyodide.pyimport('digits.recognizer').load(new Uint8Array(await parts.model));
    backends = pyodide.pyimport('kerata.backends');
  };
  const started = startPython(parts, load, (reason) => postMessage({ type: 'unrestored', reason }));
  const completePython = await Promise.race([started, parts.model.then(() => started)]); // a missing model is told at once
  complete = once(async () => {
    await completePython();
    await upgradeBackend();
  });
  announceBackend();
  postMessage({ type: 'ready' });
}

async function upgradeBackend() {
  await recogniser.upgrade_backend();
  announceBackend();
}

/** @param {any} message */
async function answer({ type, id, ...request }) {
  try {
    if (type === 'switch') {
      await switchBackend(request);
      postMessage({ type: 'switched', id });
    } else {
      const started = performance.now();
      const answer = (await predict[type](request)) ?? NO_INK;
      const milliseconds = performance.now() - started;
      announceBackend();
      postMessage({ type: 'answer', id, milliseconds, ...answer });
      complete().catch(() => {}); // not before, for it takes time; who needs it asks for it again, and hears of it
    }
  } catch (error) {
    if (error?.pyodide_fatal_error) postMessage({ type: 'failed', message: PYTHON_DIED });
    else postMessage({ type: 'refused', id, message: sentenceFor(error) });
  }
}

async function switchBackend({ backend }) {
  await complete();
  const { offerDevices } = await import('./gpu/devices.js'); // which few visitors need
  await offerDevices(backends, backend);
  await recogniser.switch(backend);
  announced = undefined; // even the same one may have new times
  announceBackend();
}

function announceBackend() {
  if (recogniser.backend === announced) return;
  announced = recogniser.backend;
  postMessage({ type: 'backend', backend: announced, trials: recogniser.trials() });
}

self.onmessage = ({ data }) => (data.type === 'part' ? parts.receive(data) : answer(data));
start().catch((error) => postMessage({ type: 'failed', message: sentenceFor(error) }));
