/**
 * What Python starts from, and a model where the page has one. Another worker (fetcher.js) than Python's fetches, checks
 * and compiles it, and sends each part when it is ready: {type: 'part', name, value, buffers}, whose buffers are not to be
 * copied on their way, or with a `reason` in place of the last two.
 */
import { Failure } from './errors.js';
import { fileUrl } from './files.js';
import { fetchModules } from './modules.js';
import { checked, fileOf, LIBRARIES } from './snapshot.js';

const RESTORED = ['hot', 'libraries', 'snapshot']; // what the snapshot is restored from
const ANEW = ['python', 'modules']; // what Python starts from without it
const MOST = 0.6; // of the snapshot

/**
 * @param {{postMessage: Function}} receiver from which `Parts` receives them
 * @param {import('./downloads.js').Counter} counter
 * @param {import('./scenarios.js').Scenario} scenario
 * @param {string} [model] its URL, where one is to come, too
 * @returns {() => void} has those sent, too, that Python starts from without its snapshot; nobody needs to ask for them
 *   where the snapshot does not come
 */
export function sendParts(receiver, counter, scenario, model) {
  const restoring = new AbortController();
  const { signal } = restoring;
  /** @type {(file: string, options?: {signal: AbortSignal}) => Promise<WebAssembly.Module>} */
  const compiled = (file, options) => counter.compiled(fileUrl(`pyodide/${file}`), options);
  /** @type {(name: string, part: Promise<any>, buffersOf?: (value: any) => ArrayBuffer[]) => void} */
  const send = (name, part, buffersOf = () => []) =>
    part.then(
      (value) => {
        const buffers = buffersOf(value);
        receiver.postMessage({ type: 'part', name, value, buffers }, buffers);
      },
      ({ message }) => {
        receiver.postMessage({ type: 'part', name, reason: message });
        if (RESTORED.includes(name)) sendModules();
      },
    );
  let isSent = false;
  const sendModules = () => {
    restoring.abort(); // what is still to come for a snapshot is of no use
    if (isSent) return;
    isSent = true;
    const python = compiled('pyodide.asm.wasm');
    send('python', python);
    // They are needed later than that. If they came beside it, both would be late.
    send('modules', python.then(() => fetchModules(counter, scenario.packages)), (archives) => archives.map(({ zip }) => zip));
  };
  // The model is needed last, and not to come beside the snapshot, for the same reason.
  let modelsTurn;
  /** @type {Promise<void>} */
  const after = new Promise((resolve) => (modelsTurn = resolve));
  const onShare = (share) => share > MOST && modelsTurn();
  const snapshot = counter.content(fileUrl(`pyodide/${scenario.snapshot}`), { signal, onShare }).finally(modelsTurn);
  const itself = (value) => [value];
  send('hot', compiled('python.hot.wasm', { signal }));
  send('libraries', Promise.all(LIBRARIES.map((name) => compiled(fileOf(name), { signal }))));
  send('snapshot', snapshot.then(checked), itself);
  if (model) send('model', counter.content(model, { after }), itself);
  return sendModules;
}

/** In Python's worker: a promise of each part. */
export class Parts {
  /** Rejects with the reason as soon as the snapshot cannot be restored for want of a part; never resolves. */
  lost;

  /** @type {Promise<WebAssembly.Module>} */ hot;
  /** @type {Promise<WebAssembly.Module[]>} */ libraries;
  /** @type {Promise<ArrayBuffer>} */ snapshot;
  /** @type {Promise<WebAssembly.Module>} */ python;
  /** @type {Promise<{folder: string, zip: ArrayBuffer}[]>} */ modules;
  /** @type {Promise<ArrayBuffer>} */ model;

  #settle = new Map(); // by name
  #lose;

  /** @param {import('./scenarios.js').Scenario} scenario as for `sendParts` */
  constructor(scenario) {
    this.scenario = scenario;
    this.lost = new Promise((_, reject) => (this.#lose = reject));
    this.lost.catch(() => {});
    for (const name of [...RESTORED, ...ANEW, 'model']) {
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
    if (RESTORED.includes(name)) this.#lose(failure);
  }
}
