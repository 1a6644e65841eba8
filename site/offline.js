/** Has the site kept on the device and offered for installation, and says when it is, and when there is a new version. */

export class OfflineView {
  #root;
  #sentence;
  #button;
  #kept;

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
    this.#kept ??= this.#keep();
  }

  async #keep() {
    offerInstallation();
    const { serviceWorker } = navigator;
    if (!serviceWorker) return;
    try {
      await serviceWorker.register('service-worker.js');
    } catch {
      return;
    }
    const registration = await serviceWorker.ready; // when all files are there
    this.#say('Ready offline: this page now opens without a network.');
    this.#offerOnceReady(registration.waiting ?? registration.installing);
    registration.addEventListener('updatefound', () => this.#offerOnceReady(registration.installing));
  }

  /** @param {ServiceWorker | null} worker of another version than the one that runs */
  #offerOnceReady(worker) {
    if (worker?.state === 'installed') this.#offer(worker);
    else worker?.addEventListener('statechange', () => worker.state === 'installed' && this.#offer(worker));
  }

  #offer(worker) {
    this.#say('There is a new version of this page.');
    this.#button.hidden = false;
    this.#button.onclick = () => {
      navigator.serviceWorker.addEventListener('controllerchange', () => location.reload());
      worker.postMessage('take over');
    };
  }

  #say(sentence) {
    this.#root.hidden = false;
    this.#sentence.textContent = sentence;
  }
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
