/** Python's worker, and what it starts from. */
import { Counter } from './downloads.js';
import { sendParts } from './parts.js';

const SIZES = new URL('./runtime.json', import.meta.url).href;

/**
 * @param {(message: object) => void} listener hears the worker's messages, {type: 'fetched', loaded, total} in bytes of
 *     what it is sent, and {type: 'broken'} where it has ended by an error
 * @returns {{worker: Worker, end: () => void}} `end` ends it, of which nothing is heard any more
 */
export function begin(listener) {
  let hear = listener;
  const ended = new AbortController();
  const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
  const counter = new Counter((progress) => hear({ type: 'fetched', ...progress }));
  counter.readSizes(SIZES).catch(() => {}); // without them, nobody knows how much there is to come
  const giveUpSnapshot = sendParts(worker, counter, ended.signal);
  worker.onmessage = ({ data }) => {
    if (data.type === 'unrestored') giveUpSnapshot();
    hear(data);
  };
  worker.onerror = () => hear({ type: 'broken' });
  const end = () => {
    hear = () => {};
    ended.abort();
    worker.terminate();
  };
  return { worker, end };
}
