/**
 * What Python's snapshot is restored from, and the model. The page's own thread fetches, checks and compiles it while the
 * worker starts, which has enough to do, and sends each part when it is ready: {type: 'part', name, value}, or with a
 * `reason` in place of the value.
 */
import { DownloadError, Failure } from './errors.js';
import { checked, fileOf, LIBRARIES } from './snapshot.js';

const INDEX = new URL('./pyodide/', import.meta.url).href;
const MODEL = new URL('./models/mnist.safetensors', import.meta.url).href;
const PARTS = ['python', 'libraries', 'snapshot', 'model'];
const BYTES = ['snapshot', 'model']; // which are not copied on their way

/**
 * @param {Worker} worker
 * @param {import('./downloads.js').Counter} counter
 */
export function sendParts(worker, counter) {
  const restoring = new AbortController();
  const { signal } = restoring;
  const get = (file) => counter.get(INDEX + file, () => {}, INDEX + file, { signal });
  const compiled = async (file) => WebAssembly.compileStreaming(get(file));
  const whole = async (url, asked) => {
    const response = await asked;
    return response.arrayBuffer().catch(() => {
      throw new DownloadError(url); // it broke off on the way
    });
  };
  const parts = {
    python: compiled('python.hot.wasm'),
    libraries: Promise.all(LIBRARIES.map((name) => compiled(fileOf(name)))),
    snapshot: whole(`${INDEX}snapshot.bin`, get('snapshot.bin')).then(checked),
    model: whole(MODEL, counter.get(MODEL)),
  };
  for (const [name, part] of Object.entries(parts)) {
    const send = (value) => worker.postMessage({ type: 'part', name, value }, BYTES.includes(name) ? [value] : []);
    part.then(send).catch(({ message }) => {
      worker.postMessage({ type: 'part', name, reason: message });
      restoring.abort(); // the others are of no use
    });
  }
}

/** In the worker: a promise of each part. */
export class Parts {
  /** Rejects with the reason as soon as one of them is not to be had; never resolves. */
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
    reject(new Failure(reason));
    this.#lose(new Failure(reason));
  }
}
