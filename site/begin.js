/** Python's worker, and the one that fetches what it starts from. */

/**
 * @param {(message: object) => void} listener hears their messages, and {type: 'broken'} where one has ended by an error
 * @returns {{worker: Worker, end: () => void}} Python's; `end` ends both, of which nothing is heard any more
 */
export function begin(listener) {
  let hear = listener;
  const listen = (to, receive) => {
    to.onmessage = ({ data }) => receive(data);
    to.onerror = () => hear({ type: 'broken' });
  };
  const worker = open('./worker.js');
  const { worker: fetcher, events } = self.early ?? { worker: open('./fetcher.js'), events: [] };
  self.early = undefined; // it serves once
  listen(worker, (data) => {
    if (data.type === 'unrestored') fetcher.postMessage(data);
    hear(data);
  });
  listen(fetcher, (data) => {
    if (data.type === 'fetched') return hear(data);
    // Through here and not by a port of their own, on which Safari takes no WebAssembly.Module.
    worker.postMessage(data, data.buffers);
  });
  for (const event of events) fetcher.dispatchEvent(event);
  const end = () => {
    hear = () => {};
    fetcher.terminate();
    worker.terminate();
  };
  return { worker, end };
}

const open = (script) => new Worker(new URL(script, import.meta.url), { type: 'module' });
