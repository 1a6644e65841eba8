/**
 * What Python's snapshot is restored from, and the model. Another worker (fetcher.js) than Python's fetches, checks and
 * compiles it, and sends each part when it is ready: {type: 'part', name, value}, or with a `reason` in place of the value.
 */
import { Failure } from './errors.js';
import { checked, fileOf, LIBRARIES } from './snapshot.js';

const INDEX = new URL('./pyodide/', import.meta.url).href;
const MODEL = new URL('./models/mnist.safetensors', import.meta.url).href;
const PARTS = ['python', 'libraries', 'snapshot', 'model'];
const BYTES = ['snapshot', 'model']; // which are not copied on their way
const MOST = 0.6; // of the snapshot

/**
 * @param {{postMessage: Function}} receiver from which `Parts` receives them
 * @param {import('./downloads.js').Counter} counter
 */
export function sendParts(receiver, counter) {
  const restoring = new AbortController();
  const { signal } = restoring;
  const compiled = async (file) => WebAssembly.compileStreaming(counter.get(INDEX + file, undefined, undefined, { signal }));
  // The model is needed last. If it came beside the snapshot, both would be late.
  let modelsTurn;
  const after = new Promise((resolve) => (modelsTurn = resolve));
  const onShare = (share) => share > MOST && modelsTurn();
  const snapshot = counter.content(`${INDEX}snapshot.bin`, { signal, onShare }).finally(modelsTurn);
  const parts = {
    python: compiled('python.hot.wasm'),
    libraries: Promise.all(LIBRARIES.map((name) => compiled(fileOf(name)))),
    snapshot: snapshot.then(checked),
    model: counter.content(MODEL, { after }),
  };
  for (const [name, part] of Object.entries(parts)) {
    const send = (value) => receiver.postMessage({ type: 'part', name, value }, BYTES.includes(name) ? [value] : []);
    part.then(send).catch(({ message }) => {
      receiver.postMessage({ type: 'part', name, reason: message });
      restoring.abort(); // the others are of no use
    });
  }
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
