/**
 * Python's worker, and the downloads of what it starts from. The page loads this module before all others, so that the
 * first worker is under way while the page itself is still being built; the downloads wait until somebody listens, for
 * they would keep the pad waiting.
 */
import { Counter } from './downloads.js';
import { sendParts } from './parts.js';

const SIZES = new URL('./runtime.json', import.meta.url).href;

/** A worker on its way: what it says before somebody listens is kept. */
class Beginning {
  #listener;
  #kept = [];

  constructor() {
    this.worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
    this.worker.onmessage = ({ data }) => this.#hear(data);
    this.worker.onerror = () => this.#hear({ type: 'broken' });
  }

  /**
   * @param {(message: object) => void} listener hears the worker's messages, {type: 'broken'} where it has ended by an
   *   error, and {type: 'fetched', loaded, total}, in bytes, of what is fetched for it here
   */
  listen(listener) {
    this.#listener = listener;
    const counter = new Counter((progress) => this.#hear({ type: 'fetched', ...progress }));
    counter.readSizes(SIZES).catch(() => {}); // without them, nobody knows how much there is to come
    sendParts(this.worker, counter);
    for (const message of this.#kept.splice(0)) listener(message);
  }

  /** Ends the worker, of which nothing is heard any more. */
  end() {
    this.worker.terminate();
    this.#listener = () => {};
  }

  #hear(message) {
    if (this.#listener) this.#listener(message);
    else this.#kept.push(message);
  }
}

let first = new Beginning();

/** @returns {Beginning} the one that is under way already, or another one */
export function begin() {
  const beginning = first ?? new Beginning();
  first = null;
  return beginning;
}
