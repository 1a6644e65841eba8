/** What went wrong, in one sentence for the visitor. */

/** An error with a sentence for the visitor. */
export class Failure extends Error {}

/** A file did not arrive. */
export class DownloadError extends Failure {
  /**
   * @param {string} url
   * @param {number} [status] the server's answer, where it gave one
   */
  constructor(url, status) {
    const name = new URL(url).pathname.split('/').at(-1);
    const reason = status ? ` (the server answered ${status})` : '';
    const remedy = status === 404 ? 'reload the page' : 'check the connection and try again'; // there may be a new version
    super(`Could not download ${name}${reason}: ${remedy}.`);
  }
}

/** A file arrived, but not as the build wrote it. */
export class DamagedError extends Failure {
  /** @param {string} url */
  constructor(url) {
    super(`${new URL(url).pathname.split('/').at(-1)} was damaged on its way: try again.`);
  }
}

/** The browser cannot do what the page needs. */
export class Unsupported extends Failure {}

/**
 * The sentence to show for an error. One that nobody foresaw goes to the console in full.
 *
 * @param {any} error whatever was thrown
 * @param {string} [otherwise] the sentence for one that nobody foresaw
 * @returns {string}
 */
export function sentenceFor(error, otherwise = 'Something went wrong in the recogniser. Reload the page.') {
  if (error instanceof Failure) return error.message;
  // A Python error's message is its traceback; Kerata's own errors end it with a line written to be read by people.
  const [, sentence] = /(?:^|\n)kerata\.[\w.]+: ([^\n]+)\s*$/.exec(error?.message) ?? [];
  if (sentence) return sentence;
  console.error(error);
  return otherwise;
}
