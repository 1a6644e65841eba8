/** Python's worker, and the one that fetches what it starts from. */

/**
 * @param {(message: object) => void} listener hears their messages, and {type: 'broken'} where one has ended by an error
 * @returns {{worker: Worker, end: () => void}} Python's; `end` ends both, of which nothing is heard any more
 */
export function begin(listener) {
  let hear = listener;
  const { fetcher, worker, events } = self.early ?? openBoth();
  self.early = undefined; // what start.js has opened serves once
  fetcher.onmessage = ({ data }) => {
    if (data.type === 'fetched') return hear(data);
    // Through here and not by a port of their own, on which Safari takes no WebAssembly.Module.
    worker.postMessage(data, data.buffers);
  };
  worker.onmessage = ({ data }) => {
    if (data.type === 'unrestored') fetcher.postMessage(data);
    hear(data);
  };
  fetcher.onerror = worker.onerror = (event) => {
    // A browser without module workers stumbles over their syntax, and start.js says so.
    if (/SyntaxError/.test(event.message)) dispatchEvent(new ErrorEvent('error', event));
    hear({ type: 'broken' });
  };
  // Not before whoever begins has both, for the first event may be the end of one.
  queueMicrotask(() => events.forEach((event) => event.target.dispatchEvent(event)));
  const end = () => {
    hear = () => {};
    fetcher.terminate();
    worker.terminate();
  };
  return { worker, end };
}

function openBoth() {
  const open = (script) => new Worker(new URL(script, import.meta.url), { type: 'module' });
  return { fetcher: open('./fetcher.js'), worker: open('./worker.js'), events: [] };
}
