/** What computes the answers: the visitor's choice of backends, and why one is not used. */
import { BACKENDS } from './status.js';

export class EngineView {
  #select;
  #why;
  #start;
  #backend;

  /**
   * @param {HTMLElement} root with a `select`, a `.why` and a `.start` in it
   * @param {(backend: string) => void} onChoose a backend's name, or 'auto'
   */
  constructor(root, onChoose) {
    this.#select = root.querySelector('select');
    this.#why = root.querySelector('.why');
    this.#start = root.querySelector('.start');
    this.#select.addEventListener('change', () => {
      this.#select.disabled = true;
      this.#why.textContent = 'Starting …';
      onChoose(this.#select.value);
    });
  }

  /**
   * Another one computes: the visitor chose it, or the one before failed, and then it is said why.
   *
   * @param {import('./recogniser.js').Engine} engine
   */
  show({ backend, trials }) {
    const before = trials.find(({ name }) => name === this.#backend && name !== backend);
    const failed = before && before.milliseconds === undefined && !this.#select.disabled;
    this.#backend = backend;
    for (const { name, milliseconds } of trials) {
      const time = milliseconds === undefined ? '' : ` · ${milliseconds.toFixed(1)} ms`;
      this.#select.querySelector(`[value=${name}]`).textContent = BACKENDS[name] + time;
    }
    this.settle(failed ? before.reason : '');
  }

  /** @param {string} sentence how Python started, where that is worth saying; else empty */
  showStart(sentence) {
    this.#start.textContent = sentence;
  }

  /**
   * The choice is the visitor's again.
   *
   * @param {string} sentence why what was chosen is not used; empty where it is
   */
  settle(sentence) {
    this.#select.disabled = false;
    this.#select.value = this.#backend;
    this.#why.textContent = sentence;
  }
}
