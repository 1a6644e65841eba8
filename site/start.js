/**
 * Opens Python's worker, and the one that fetches what it starts from, while the page is still being read: before main.js
 * runs, they have asked for all that they need. This is no module, for modules wait until the page is laid out.
 *
 * And says why the page cannot start where main.js, which says all else, does not run or does not even arrive.
 */
{
  const NEEDED = ['DecompressionStream', 'ResizeObserver', 'structuredClone'];
  const root = document.documentElement;

  const reason = ({ src }) => {
    if (location.protocol === 'file:') return 'This page does not run from a file: serve its folder with a web server.';
    if (origin === 'null') return 'This page does not run in a sandboxed frame: open it in a tab of its own.';
    if (!src) return 'This page needs a newer browser: Chrome or Edge 103, Firefox 114, or Safari 16.4.';
    if (/\/[^/.]+$/.test(location.pathname)) return 'This page’s address lacks the slash at its end: please add it.';
    return `Could not load ${src.split('/').pop()}: check the connection and try again.`;
  };

  /** script: an element whose file did not arrive, or anything else where a script failed. */
  const fail = (script) => {
    root.dataset.state = 'error'; // so that main.js, if it does run, does not start
    const show = () => {
      const status = document.getElementById('status');
      status.dataset.shows = 'error';
      status.querySelector('.sentence').textContent = reason(script);
      /** @type {HTMLElement} */ (status.querySelector('.error')).hidden = false;
      status.querySelector('button').onclick = () => location.reload();
    };
    if (document.readyState === 'loading') addEventListener('DOMContentLoaded', show);
    else show();
  };

  const hear = ({ target }) => {
    if (root.dataset.state === 'loading' && (target === self || target.tagName === 'SCRIPT')) fail(target);
  };
  addEventListener('error', hear, true); // those of elements do not bubble

  const events = []; // of both, until somebody listens (begin.js)
  const open = (url) => {
    const worker = new Worker(url, { type: 'module' });
    /** @type {(event: Event) => void} */
    const keep = (event) => events.push(event);
    worker.onmessage = worker.onerror = keep;
    return worker;
  };
  if (origin === 'null' || ![].at || !NEEDED.every((name) => name in self)) {
    fail(self);
  } else {
    const { fetcher, worker } = document.currentScript.dataset;
    self.early = { fetcher: open(fetcher), worker: open(worker), events };
  }
}
