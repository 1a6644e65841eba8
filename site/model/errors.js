/** What a model's user is told: one sentence, and a code that programs can tell apart. */

export class KerataError extends Error {
  /**
   * @param {import('../kerata').ErrorCode} code
   * @param {string} sentence
   */
  constructor(code, sentence) {
    super(sentence);
    this.code = code;
    this.name = code === 'aborted' ? 'AbortError' : 'KerataError';
  }
}

/** What to call a value of the wrong kind. */
export const nameOf = (value) => (value === null ? 'null' : (value?.constructor?.name ?? typeof value));

/** Of an object of the browser: its class, also where it is another window's. */
export const kindOf = (value) => Object.prototype.toString.call(value).slice(8, -1);

/** Whether it is an object as `{…}` makes it. */
export function isDictionary(value) {
  if (kindOf(value) !== 'Object') return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
