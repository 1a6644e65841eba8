/** What undo goes back to, and what redo brings again. */

const MOST_STEPS = 100; // a picture is up to a megabyte

/** @template State that is not changed any more once it has been recorded */
export class History {
  #past = [];
  #future = [];

  /** @param {State} state that is about to be left for a new one */
  record(state) {
    this.#past = [...this.#past, state].slice(-MOST_STEPS);
    this.#future = [];
  }

  /**
   * @param {State} current
   * @returns {State | undefined} the one before it, undefined where there is none
   */
  undo(current) {
    return step(this.#past, current, this.#future);
  }

  /**
   * @param {State} current
   * @returns {State | undefined} the one that was taken back last, undefined where there is none
   */
  redo(current) {
    return step(this.#future, current, this.#past);
  }
}

function step(from, current, to) {
  if (from.length > 0) to.push(current);
  return from.pop();
}
