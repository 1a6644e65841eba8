/**
 * Opens Python's worker, and the one that fetches what it starts from, while the page is still being read: before main.js
 * runs, they have asked for all that they need. This is no module, for modules wait until the page is laid out.
 */
{
  const events = []; // of both, until somebody listens (begin.js)
  const open = (url) => {
    const worker = new Worker(url, { type: 'module' });
    worker.onmessage = worker.onerror = (event) => events.push(event);
    return worker;
  };
  const { fetcher, worker } = document.currentScript.dataset;
  self.early = { fetcher: open(fetcher), worker: open(worker), events };
}
