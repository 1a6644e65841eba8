/** Pictures of digits instead of drawings: opened, dropped on the page, or pasted. */
import { Failure } from './errors.js';
import { readPicture } from './pixels.js';

const NO_PICTURE = 'That is no picture: open, drop or paste a PNG or JPEG file.';
const ELSEWHERE = 'This page loads nothing from other sites: save the picture there, then open its file here.';

/**
 * @typedef {object} PictureListeners
 * @property {(name: string) => void} onOpening a file is being read
 * @property {(picture: ImageData) => void} onPicture it has been, unless something else was given since, or cancelled
 * @property {(sentence: string) => void} onRefused why there is no picture
 */

export class PictureInput {
  #listeners;
  #opening = null; // the file that is being read

  /**
   * @param {HTMLInputElement} input for files
   * @param {PictureListeners} listeners
   */
  constructor(input, listeners) {
    this.#listeners = listeners;
    input.addEventListener('change', () => {
      if (input.files.length > 0) this.#open(input.files);
      input.value = ''; // so that the same file, opened again, is a change
    });
    addEventListener('paste', (event) => this.#take(event.clipboardData));
    addEventListener('dragover', (event) => event.preventDefault());
    addEventListener('drop', (event) => {
      event.preventDefault();
      this.#take(event.dataTransfer);
    });
  }

  /** Whether a file is being read. */
  get opening() {
    return this.#opening !== null;
  }

  /** What is being read is not wanted any more. */
  cancel() {
    this.#opening = null;
  }

  /** @param {DataTransfer} given */
  #take(given) {
    if (given.files.length > 0) return this.#open(given.files);
    this.cancel();
    const text = given.getData('text/uri-list') || given.getData('text/plain');
    this.#listeners.onRefused(/^\s*https?:/i.test(text) ? ELSEWHERE : NO_PICTURE);
  }

  async #open(files) {
    const { onOpening, onPicture, onRefused } = this.#listeners;
    const file = [...files].find(({ type }) => type.startsWith('image/')) ?? files[0];
    this.#opening = file;
    onOpening(file.name);
    const tell = await readPicture(file).then(
      (picture) => () => onPicture(picture),
      (error) => () => onRefused(refusal(file, error)),
    );
    if (this.#opening !== file) return;
    this.#opening = null;
    tell();
  }
}

function refusal({ name }, error) {
  if (error instanceof Failure) return error.message;
  return `${name} is not a picture that this browser can read: try a PNG or JPEG file.`;
}
