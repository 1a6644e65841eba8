/**
 * What Python's snapshot is restored from, and the model. Another worker (fetcher.js) than Python's fetches, checks and
 * compiles it, and sends each part when it is ready: {name, value}, or with a `reason` in place of the value.
 */
import { DownloadError, Failure } from './errors.js';
import { checked, fileOf, LIBRARIES } from './snapshot.js';

const INDEX = new URL('./pyodide/', import.meta.url).href;
const MODEL = new URL('./models/mnist.safetensors', import.meta.url).href;
const PARTS = ['python', 'libraries', 'snapshot', 'model'];
const BYTES = ['snapshot', 'model']; // which are not copied on their way

/**
 * @param {{postMessage: Function}} port to where `Parts` receives them
 * @param {import('./downloads.js').Counter} counter
 * @returns {Promise<void>} when all of them are sent
 */
export async function sendParts(port, counter) {
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
  const sent = Object.entries(parts).map(async ([name, part]) => {
    try {
      const value = await part;
      port.postMessage({ name, value }, BYTES.includes(name) ? [value] : []);
    } catch ({ message }) {
      port.postMessage({ name, reason: message });
      restoring.abort(); // the others are of no use
    }
  });
  await Promise.all(sent);
}

/** In Python's worker: a promise of each part. */
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

  /** @param {MessagePort} port that `sendParts` has the other end of */
  receiveFrom(port) {
    port.onmessage = ({ data }) => this.receive(data);
  }

  /** @param {{name: string, value?: any, reason?: string}} message */
  receive({ name, value, reason }) {
    const { resolve, reject } = this.#settle.get(name);
    if (!reason) return resolve(value);
    reject(new Failure(reason));
    this.#lose(new Failure(reason));
  }
}
