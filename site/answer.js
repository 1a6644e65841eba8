/** The digit that the network reads, how sure it is, and the same in words for screen readers. */
import { percent } from './percent.js';

/** @typedef {import('./recogniser.js').Answer} Answer */

/** Where there is no digit. */
const EMPTY = {
  blank: 'Draw a digit to begin',
  waiting: 'Waiting for Python',
  nothing: 'Nothing found in this picture',
  unread: 'Not read',
};

/**
 * What stands beside the large digit, which is a question mark where there is none.
 * @type {Record<string, (answer: Answer) => string>}
 */
const VERDICTS = {
  sure: ({ digit, probabilities }) => `${percent(probabilities[digit])} sure`,
  maybe: ({ second, probabilities }) => `maybe ${second} (${percent(probabilities[second])})`,
  none: () => 'That doesn’t look like a digit',
};

/** @type {Record<string, (answer: Answer) => string>} */
const SPOKEN = {
  sure: ({ digit, probabilities }) => {
    const sure = Math.min(Math.round(probabilities[digit] * 100), 99);
    return `Looks like ${withArticle(digit)}, ${sure} percent sure.`;
  },
  maybe: ({ digit, second }) => `Looks like ${withArticle(digit)}, maybe ${withArticle(second)}.`,
  none: () => 'That doesn’t look like a digit.',
};

function withArticle(digit) {
  return `${digit === 8 ? 'an' : 'a'} ${digit}`;
}

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

  /**
   * Until Python runs.
   *
   * @param {{digit: number, probability: number}} sample how the hint's digit was read when the network was trained
   */
  showStored({ digit, probability }) {
    this.#root.classList.add('stored');
    this.#digit.textContent = String(digit);
    this.#verdict.textContent = `Stored: ${percent(probability)} sure`;
  }

  /** @param {boolean} busy whether what is on the pad, or is being opened, has not been answered yet */
  set busy(busy) {
    this.#root.setAttribute('aria-busy', String(busy)); // Firefox has no ariaBusy before 119
    // Emptied, so that a next announcement in the same words is a change, and spoken.
    if (busy) this.#announcer.textContent = '';
  }

  /** The answer before stays until the next one; where there is none, that is said. */
  showWaiting() {
    if (this.#root.dataset.digit === '') this.showEmpty('waiting');
  }

  /** @param {Answer} answer to what is on the pad; without a digit, that is a picture in which nothing was found */
  show(answer) {
    const { digit, verdict, probabilities } = answer;
    if (digit === null) return this.showEmpty('nothing');
    const confidence = probabilities[digit];
    this.#root.classList.remove('stored');
    Object.assign(this.#root.dataset, { digit, confidence, verdict });
    this.#digit.textContent = verdict === 'none' ? '?' : String(digit);
    this.#verdict.textContent = VERDICTS[verdict](answer);
  }

  /** @param {'blank' | 'waiting' | 'nothing' | 'unread'} why there is no digit */
  showEmpty(why) {
    Object.assign(this.#root.dataset, { digit: '', confidence: '', verdict: '' });
    this.#root.classList.remove('stored');
    this.#digit.textContent = '';
    this.#verdict.textContent = EMPTY[why];
  }

  /** @param {Answer} answer to say aloud */
  announce(answer) {
    this.#announcer.textContent = answer.digit === null ? `${EMPTY.nothing}.` : SPOKEN[answer.verdict](answer);
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
