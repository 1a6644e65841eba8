/** Python's worker, and the one that fetches what it starts from. */

/**
 * @param {(message: object) => void} listener hears their messages, and {type: 'broken'} where one has ended by an error
 * @returns {{worker: Worker, end: () => void}} Python's; `end` ends both, of which nothing is heard any more
 */
export function begin(listener) {
  let hear = listener;
  const open = (script, port) => {
    const worker = new Worker(new URL(script, import.meta.url), { type: 'module' });
    worker.onmessage = ({ data }) => hear(data);
    worker.onerror = () => hear({ type: 'broken' });
    worker.postMessage({ type: 'parts', port }, [port]);
    return worker;
  };
  const { port1, port2 } = new MessageChannel();
  const fetcher = open('./fetcher.js', port1);
  const worker = open('./worker.js', port2);
  const end = () => {
    hear = () => {};
    fetcher.terminate();
    worker.terminate();
  };
  return { worker, end };
}
