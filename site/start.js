/**
 * Opens the worker that fetches what Python starts from (fetcher.js) while the page is still being read: it has asked for
 * all of it before main.js runs. This is no module, for modules wait until the page is laid out.
 */
{
  const worker = new Worker(document.currentScript.dataset.fetcher, { type: 'module' });
  const events = []; // until somebody listens (begin.js)
  worker.onmessage = worker.onerror = (event) => events.push(event);
  self.early = { worker, events };
}
