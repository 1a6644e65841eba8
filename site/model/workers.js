/** Opens Python's worker and the one that fetches what it starts from, from whichever origin they are. */
import { FILES, WORKERS } from './addresses.js';

/**
 * @param {(message: object) => void} listener hears their messages, and {type: 'broken'} where one has ended by an error
 * @returns {{worker: Worker, end: () => void}} Python's; `end` ends both, of which nothing is heard any more
 */
export function openWorkers(listener) {
  let hear = listener;
  const fetcher = open(WORKERS.fetcher);
  const worker = open(WORKERS.worker);
  fetcher.onmessage = ({ data }) => {
    if (data.type === 'fetched') return hear(data);
    worker.postMessage(data, data.buffers);
  };
  worker.onmessage = ({ data }) => {
    if (data.type === 'unrestored') fetcher.postMessage(data);
    hear(data);
  };
  fetcher.onerror = worker.onerror = () => hear({ type: 'broken' });
  const end = () => {
    hear = () => {};
    fetcher.terminate();
    worker.terminate();
  };
  return { worker, end };
}

function open(url) {
  return new Worker(ofOwnOrigin(url), { type: 'module', name: JSON.stringify(FILES) }); // which the worker has at once
}

/** Browsers open workers of the page's own origin alone; a Blob is of it, and may import from any that permits it. */
function ofOwnOrigin(url) {
  if (new URL(url).origin === location.origin) return url;
  return URL.createObjectURL(new Blob([`import ${JSON.stringify(url)};`], { type: 'text/javascript' }));
}
