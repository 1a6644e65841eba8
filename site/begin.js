/** Python's worker, and the downloads of what it starts from. */
import { Counter } from './downloads.js';
import { sendParts } from './parts.js';

const SIZES = new URL('./runtime.json', import.meta.url).href;

/**
 * @param {(message: object) => void} listener hears the worker's messages, {type: 'broken'} where it has ended by an
 *   error, and {type: 'fetched', loaded, total}, in bytes, of what is fetched for it here
 * @returns {{worker: Worker, end: () => void}} `end` ends the worker, of which nothing is heard any more
 */
export function begin(listener) {
  let hear = listener;
  const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
  worker.onmessage = ({ data }) => hear(data);
  worker.onerror = () => hear({ type: 'broken' });
  const counter = new Counter((progress) => hear({ type: 'fetched', ...progress }));
  counter.readSizes(SIZES).catch(() => {}); // without them, nobody knows how much there is to come
  sendParts(worker, counter);
  const end = () => {
    worker.terminate();
    hear = () => {};
  };
  return { worker, end };
}
