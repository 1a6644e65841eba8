/** The digit that the network reads, how sure it is, and the same in words for screen readers. */
import { percent } from './percent.js';

/** @typedef {import('./recogniser.js').Answer} Answer */

const INVITATION = 'Draw a digit to begin';
const PROMISE = 'Waiting for Python';

export class AnswerView {
  #root;
  #digit;
  #verdict;
  #announcer;

  /**
   * @param {HTMLElement} root with a `.digit` and a `.verdict` in it
   * @param {HTMLElement} announcer a polite live region
   */
  constructor(root, announcer) {
    this.#root = root;
    this.#digit = root.querySelector('.digit');
    this.#verdict = root.querySelector('.verdict');
    this.#announcer = announcer;
    this.#root.dataset.seq = '0';
  }

  /** @param {boolean} busy whether the ink on the pad has not been answered yet */
  set busy(busy) {
    this.#root.ariaBusy = String(busy);
    if (!busy) return;
    // Emptied, so that a next announcement in the same words is a change, and spoken.
    this.#announcer.textContent = '';
    if (this.#root.dataset.digit === '') this.#verdict.textContent = PROMISE;
  }

  /** @param {Answer} answer to the ink on the pad */
  show({ digit, probabilities }) {
    if (digit === null) return this.showBlank();
    const confidence = probabilities[digit];
    this.#root.dataset.digit = String(digit);
    this.#root.dataset.confidence = String(confidence);
    this.#digit.textContent = String(digit);
    this.#verdict.textContent = `${percent(confidence)} sure`;
  }

  showBlank() {
    this.#root.dataset.digit = '';
    this.#root.dataset.confidence = '';
    this.#digit.textContent = '';
    this.#verdict.textContent = INVITATION;
  }

  /** @param {Answer} answer to say aloud */
  announce({ digit, probabilities }) {
    if (digit === null) return;
    const article = digit === 8 ? 'an' : 'a';
    const sure = Math.min(Math.round(probabilities[digit] * 100), 99);
    this.#announcer.textContent = `Looks like ${article} ${digit}, ${sure} percent sure.`;
  }

  /** @param {string} backend that computes the answers */
  set backend(backend) {
    this.#root.dataset.backend = backend;
  }

  /** Counts a finished prediction, for those who wait for the next. */
  count() {
    this.#root.dataset.seq = String(Number(this.#root.dataset.seq) + 1);
  }
}
