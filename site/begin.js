/** Python's worker, and the one that fetches what it starts from. */

/**
 * @param {(message: object) => void} listener hears their messages, and {type: 'broken'} where one has ended by an error
 * @returns {{worker: Worker, end: () => void}} Python's; `end` ends both, of which nothing is heard any more
 */
export function begin(listener) {
  let hear = listener;
  const open = (script, receive) => {
    const worker = new Worker(new URL(script, import.meta.url), { type: 'module' });
    worker.onmessage = receive;
    worker.onerror = () => hear({ type: 'broken' });
    return worker;
  };
  const fetcher = open('./fetcher.js', ({ data }) => {
    if (data.type === 'fetched') return hear(data);
    // Through here and not by a port of their own, on which Safari takes no WebAssembly.Module.
    worker.postMessage(data, data.buffers);
  });
  const worker = open('./worker.js', ({ data }) => {
    if (data.type === 'unrestored') fetcher.postMessage(data);
    hear(data);
  });
  const end = () => {
    hear = () => {};
    fetcher.terminate();
    worker.terminate();
  };
  return { worker, end };
}
