/**
 * Under the pad: what is loading and how far it is, then what computes, or what went wrong and a retry; and a notice on
 * what the visitor just did.
 */

/** What visitors call them. */
export const BACKENDS = { numpy: 'NumPy', wasm: 'WebAssembly', webgl: 'WebGL', webgpu: 'WebGPU' };

export class StatusView {
  #root;
  #stage;
  #amount;
  #progress;
  #error;
  #sentence;
  #notice;

  /**
   * @param {HTMLElement} root with `.stage`, `.amount`, `progress`, an `.error` with a sentence and a button in it, `.notice`
   * @param {() => void} onRetry
   */
  constructor(root, onRetry) {
    this.#root = root;
    this.#stage = root.querySelector('.stage');
    this.#amount = root.querySelector('.amount');
    this.#progress = root.querySelector('progress');
    this.#error = root.querySelector('.error');
    this.#sentence = root.querySelector('.sentence');
    this.#notice = root.querySelector('.notice');
    root.querySelector('button').addEventListener('click', onRetry);
  }

  /** Nothing is known yet of how much there is to load. */
  showStarting() {
    this.#say('Starting', '');
    this.#progress.removeAttribute('value');
    this.#show('loading');
  }

  /** @param {{stage: string, loaded: number, total: number}} progress in bytes */
  showProgress({ stage, loaded, total }) {
    this.#say(stage, `${megabytes(loaded)} of ${megabytes(total)} MB`);
    this.#progress.value = loaded / total;
    this.#show('loading');
  }

  /**
   * @param {string} backend
   * @param {number} [milliseconds] that the latest prediction took
   */
  showReady(backend, milliseconds) {
    const time = milliseconds === undefined ? [] : [`${milliseconds.toFixed(milliseconds < 10 ? 1 : 0)} ms`];
    this.#say(['Ready', BACKENDS[backend] ?? backend, ...time].join(' · '), '');
    this.#show('ready');
  }

  /** @param {string} sentence for the visitor */
  showError(sentence) {
    this.#show('error');
    this.#sentence.textContent = sentence;
  }

  /** @param {string} sentence on what the visitor just did, beside whatever else is shown; empty: it is settled */
  showNotice(sentence) {
    this.#notice.textContent = sentence;
  }

  #say(stage, amount) {
    this.#stage.textContent = stage;
    this.#amount.textContent = amount;
  }

  #show(state) {
    this.#root.dataset.shows = state;
    this.#error.hidden = state !== 'error';
  }
}

function megabytes(bytes) {
  return (bytes / 1e6).toFixed(1);
}
