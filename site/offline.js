/** Has the site kept on the device and offered for installation, and says when it is, and when there is a new version. */

const SCRIPT = new URL('service-worker.js', document.baseURI).href;

export class OfflineView {
  #root;
  #sentence;
  #button;
  #begun = false;

  /** @param {HTMLElement} root with a `.sentence` and a button, hidden */
  constructor(root) {
    this.#root = root;
    this.#sentence = root.querySelector('.sentence');
    this.#button = root.querySelector('button');
  }

  /**
   * Once, and when nobody waits for an answer, so that it takes nothing from the page's start. Where there can be no
   * service worker, as in some private windows, the page goes on as it is.
   */
  keepSite() {
    if (this.#begun) return;
    this.#begun = true;
    this.#begin().catch(() => {}); // without storage, the page runs from the network alone
  }

  /** Where the visitor saves data, a site that is not kept yet is kept only on request. */
  async #begin() {
    const { serviceWorker, connection } = navigator;
    if (!serviceWorker) return;
    if (connection?.saveData && !(await isKept())) {
      this.#offer('Data Saver is on, so this page is not kept for use offline.', 'Keep it', () => this.#keepAsked());
    } else {
      await this.#keep();
    }
  }

  async #keepAsked() {
    this.#say('Downloading this page for use offline …');
    await this.#keep().catch(() => this.#say('This browser could not keep this page: it may have no room left.'));
  }

  /** Rejects where not every file can be kept. */
  async #keep() {
    offerInstallation();
    const registration = await navigator.serviceWorker.register(SCRIPT);
    await whenActive(registration);
    this.#offerOnceReady(registration.waiting ?? registration.installing);
    registration.addEventListener('updatefound', () => this.#offerOnceReady(registration.installing));
    if (!(await ask(registration.active, 'keep'))) throw new Error('not every file is kept');
    if (this.#button.hidden) this.#say('Ready offline: this page now opens without a network.');
  }

  /** @param {ServiceWorker | null} worker of another version than the one that runs */
  #offerOnceReady(worker) {
    if (worker?.state === 'installed') this.#offerUpdate(worker);
    else worker?.addEventListener('statechange', () => worker.state === 'installed' && this.#offerUpdate(worker));
  }

  #offerUpdate(worker) {
    this.#offer('There is a new version of this page.', 'Update now', () => {
      if (worker.state !== 'installed') return location.reload(); // another tab has updated already
      worker.addEventListener('statechange', () => worker.state === 'activated' && location.reload());
      worker.postMessage('update');
    });
  }

  #offer(sentence, label, onClick) {
    this.#say(sentence);
    this.#button.textContent = label;
    this.#button.hidden = false;
    this.#button.onclick = () => {
      this.#button.hidden = true;
      onClick();
    };
  }

  #say(sentence) {
    this.#root.hidden = false;
    this.#sentence.textContent = sentence;
  }
}

async function isKept() {
  const registration = await navigator.serviceWorker.getRegistration();
  const isOurs = registration?.active?.scriptURL === SCRIPT; // another site of this origin may have one above this path
  return isOurs && ask(registration.active, 'check');
}

/**
 * @param {ServiceWorkerRegistration} registration
 * @returns {Promise<void>} resolves when a version runs; rejects where the first one cannot be installed
 */
function whenActive({ active, waiting, installing }) {
  const first = waiting ?? installing;
  return new Promise((resolve, reject) => {
    if (active) return resolve();
    first.addEventListener('statechange', () => {
      if (first.state === 'activated') resolve();
      if (first.state === 'redundant') reject(new Error('not every file could be kept'));
    });
  });
}

/**
 * @param {ServiceWorker} worker
 * @param {'check' | 'keep'} action
 * @returns {Promise<boolean>} whether every file is kept
 */
function ask(worker, action) {
  const { port1, port2 } = new MessageChannel();
  worker.postMessage(action, [port2]);
  return new Promise((resolve) => (port1.onmessage = ({ data }) => resolve(data)));
}

/**
 * Whoever has a page's manifest fetches the icons that it names and gets ready to offer the installation: in Chromium,
 * the first answer came a fifth later with the manifest in the page from the start.
 */
function offerInstallation() {
  const link = document.createElement('link');
  link.rel = 'manifest';
  link.href = 'manifest.webmanifest';
  document.head.append(link);
}
