/** The client's end of Python's worker, which all models of a page share: a queue with one request under way at a time. */
import { openWorkers } from './workers.js';
import { KerataError } from './errors.js';

const DIED = 'Python stopped unexpectedly: try again.';

let current; // the Python that runs, or starts

/** Python, which is started by the first that asks for it, and anew where the one before has died. */
export function python() {
  if (!current?.isAlive) current = new Python();
  return current;
}

/** Python died before it turned to a request, which another Python can be asked. */
class Unheard extends KerataError {}

/**
 * @template Answer
 * @param {() => Promise<Answer>} ask makes a request, and again while Python dies before it turns to it
 * @returns {Promise<Answer>}
 */
export async function untilHeard(ask) {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof Unheard)) throw error;
    }
  }
}

class Python {
  isAlive = true;
  #workers;
  #isReady = false;
  #queue = []; // of {message, transfer, resolve, reject, signal}
  #underWay = null;
  #lastId = 0;
  #watchers = new Set();
  #progress = { loaded: 0, total: 0 };

  constructor() {
    try {
      this.#workers = openWorkers((message) => this.#receive(message));
    } catch {
      throw new KerataError('python', "Python could not be started: expected the page's policy to permit workers (worker-src).");
    }
  }

  /**
   * @param {(progress: {loaded: number, total: number}) => void} watcher hears how many bytes of Python are here
   * @returns {() => void} ends that
   */
  watch(watcher) {
    watcher(this.#progress);
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /**
   * @param {object} message with a `type`
   * @param {object} [options]
   * @param {Transferable[]} [options.transfer]
   * @param {AbortSignal} [options.signal] has it given up; what Python has begun, it ends in vain
   * @param {() => void} [options.onStart] called when Python turns to it
   * @param {() => void} [options.onEnd] called when Python has done with it, before it turns to the next
   * @returns {Promise<any>} rejects with a KerataError
   */
  request(message, { transfer = [], signal, onStart = () => {}, onEnd = () => {} } = {}) {
    return new Promise((resolve, reject) => {
      const job = { message, transfer, onStart, onEnd, resolve, reject };
      const abort = () => {
        this.#queue = this.#queue.filter((each) => each !== job);
        reject(new KerataError('aborted', 'The request was stopped.'));
      };
      if (signal?.aborted) return abort();
      if (!this.isAlive) return reject(new Unheard('python', DIED));
      signal?.addEventListener('abort', abort);
      this.#queue.push(job);
      this.#sendNext();
    });
  }

  #sendNext() {
    if (!this.#isReady || this.#underWay || !this.#queue.length) return;
    const job = (this.#underWay = this.#queue.shift());
    this.#lastId += 1;
    job.onStart();
    try {
      this.#workers.worker.postMessage({ ...job.message, id: this.#lastId }, job.transfer);
    } catch {
      this.#settle(() => job.reject(new KerataError('input', 'The data cannot be sent to Python: its memory is gone, or is shared.')));
    }
  }

  #receive(message) {
    switch (message.type) {
      case 'fetched':
        this.#progress = message;
        return this.#watchers.forEach((watcher) => watcher(message));
      case 'ready':
        this.#isReady = true;
        return this.#sendNext();
      case 'done':
        return this.#settle((job) => job.resolve(message));
      case 'refused':
        return this.#settle((job) => job.reject(new KerataError(message.code, message.message)));
      case 'broken':
        return this.#die('python', this.#isReady ? DIED : 'Python could not be started: check the connection and try again.');
      case 'failed':
        return this.#die(message.code, message.message);
    }
  }

  #settle(report) {
    const job = this.#underWay;
    this.#underWay = null;
    report(job);
    job.onEnd();
    this.#sendNext();
  }

  #die(code, sentence) {
    this.isAlive = false;
    this.#workers.end();
    const [underWay, waiting] = [this.#underWay, this.#queue];
    this.#underWay = null;
    this.#queue = [];
    underWay?.reject(new KerataError(code, sentence));
    underWay?.onEnd();
    // Where Python cannot start, another one could not either.
    for (const { reject } of waiting) reject(this.#isReady ? new Unheard(code, sentence) : new KerataError(code, sentence));
  }
}
