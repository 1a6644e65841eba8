/** Opens Python's worker and the one that fetches what it starts from, from whichever origin this module is. */

/**
 * @param {(message: object) => void} listener hears their messages, and {type: 'broken'} where one has ended by an error
 * @returns {{worker: Worker, end: () => void}} Python's; `end` ends both, of which nothing is heard any more
 */
export function openWorkers(listener) {
  let hear = listener;
  const fetcher = open('fetcher.js');
  const worker = open('worker.js');
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

/** Browsers open workers of the page's own origin alone; a Blob is of it, and may import from any that permits it. */
function open(script) {
  const url = new URL(script, import.meta.url);
  if (url.origin === location.origin) return new Worker(url, { type: 'module' });
  const blob = URL.createObjectURL(new Blob([`import ${JSON.stringify(url.href)};`], { type: 'text/javascript' }));
  return new Worker(blob, { type: 'module' });
}
