/**
 * What Python's snapshot is restored from, and the model. The page fetches and compiles it, for a worker takes a tenth of
 * a second until it can ask for anything, and sends each part to Python's worker when it is ready:
 * {type: 'part', name, value}, or with a `reason` in place of the value.
 */
import { Failure } from './errors.js';
import { fileOf, LIBRARIES } from './snapshot.js';

const INDEX = new URL('./pyodide/', import.meta.url).href;
const MODEL = new URL('./models/mnist.safetensors', import.meta.url).href;
const PARTS = ['python', 'libraries', 'snapshot', 'model'];
const BYTES = ['snapshot', 'model']; // which are not copied on their way
const MOST = 0.6; // of the snapshot

/**
 * @param {{postMessage: Function}} receiver from which `Parts` receives them
 * @param {import('./downloads.js').Counter} counter
 * @param {AbortSignal} [signal] aborted where nothing is wanted any more
 * @returns {() => void} to be called where all but the model is not
 */
export function sendParts(receiver, counter, signal) {
  const restoring = new AbortController();
  const options = { signal: restoring.signal };
  const giveUp = () => restoring.abort();
  signal?.addEventListener('abort', giveUp);
  const compiled = async (file) => WebAssembly.compileStreaming(counter.get(INDEX + file, undefined, undefined, options));
  // It is needed last. If it came beside the snapshot, both would be late.
  let modelsTurn;
  const after = new Promise((resolve) => (modelsTurn = resolve));
  const parts = {
    python: compiled('python.hot.wasm'),
    libraries: Promise.all(LIBRARIES.map((name) => compiled(fileOf(name)))),
    snapshot: counter.content(`${INDEX}snapshot.bin`, { ...options, onShare: (share) => share > MOST && modelsTurn() }),
    model: counter.content(MODEL, { signal, after }),
  };
  parts.snapshot.finally(modelsTurn).catch(() => {});
  for (const [name, part] of Object.entries(parts)) {
    const send = (value) => receiver.postMessage({ type: 'part', name, value }, BYTES.includes(name) ? [value] : []);
    part.then(send).catch(({ message }) => {
      receiver.postMessage({ type: 'part', name, reason: message });
      giveUp(); // the others are of no use
    });
  }
  return giveUp;
}

/** In Python's worker: a promise of each part. */
export class Parts {
  /** Rejects with the reason as soon as one, but for the model, is not to be had; never resolves. */
  lost;

  #settle = new Map(); // by name
  #lose;

  constructor() {
    this.lost = new Promise((_, reject) => (this.#lose = reject));
    this.lost.catch(() => {});
    for (const name of PARTS) {
      this[name] = new Promise((resolve, reject) => this.#settle.set(name, { resolve, reject }));
      this[name].catch(() => {}); // whoever awaits it hears of it
    }
  }

  /** @param {{name: string, value?: any, reason?: string}} message */
  receive({ name, value, reason }) {
    const { resolve, reject } = this.#settle.get(name);
    if (!reason) return resolve(value);
    const failure = new Failure(reason);
    reject(failure);
    if (name !== 'model') this.#lose(failure);
  }
}
