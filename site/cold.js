/**
 * Python's WebAssembly, and that of its libraries, in two parts (pysrc/lean/split.py): the first has the functions that
 * are used until the first answer, the second all of them. Whoever calls one that the first part lacks, calls it through
 * a table that the second part fills; and as long as it is not there, calls before that what stands in the table's last
 * place, which is `fetchAtOnce` here: it holds Python up until the second part has come.
 */

import { DownloadError } from './errors.js';

const SHARED = 'hot'; // the second part's name for the first

/** (module (import "" "" (func)) (export "f" (func 0))): makes a function of JavaScript one that a table takes. */
const WRAPPER = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...[1, 4, 1, 0x60, 0, 0],
  ...[2, 5, 1, 0, 0, 0, 0],
  ...[7, 5, 1, 1, 0x66, 0, 0],
);

export class Cold {
  #url;
  #imports;
  #there = false;

  /** @param {string} url of the second part */
  constructor(url) {
    this.#url = url;
  }

  /**
   * @param {WebAssembly.Module} hot the first part
   * @param {WebAssembly.Imports} imports of the whole
   * @returns {Promise<WebAssembly.Instance>} of the first part
   */
  async instantiate(hot, imports) {
    const instance = await WebAssembly.instantiate(hot, imports);
    this.attach(instance, imports);
    return instance;
  }

  /**
   * The same of a first part that somebody else has instantiated.
   *
   * @param {any} instance
   * @param {WebAssembly.Imports} imports
   */
  attach(instance, imports) {
    this.#imports = { ...imports, [SHARED]: instance.exports };
    const table = instance.exports[`${SHARED}:cold`];
    const wrapper = new WebAssembly.Instance(new WebAssembly.Module(WRAPPER), { '': { '': () => this.fetchAtOnce() } });
    table.set(table.length - 1, wrapper.exports.f);
  }

  /**
   * Brings the second part; rejects where it does not come, and may be asked again.
   *
   * @param {import('./downloads.js').Counter} downloads
   */
  async complete(downloads) {
    if (this.#there) return;
    const module = await downloads.compiled(this.#url);
    if (!this.#there) await WebAssembly.instantiate(module, this.#imports);
    this.#there = true;
  }

  /** The same, while everything waits. */
  fetchAtOnce() {
    new WebAssembly.Instance(new WebAssembly.Module(fetchAtOnce(this.#url)), this.#imports);
    this.#there = true;
  }
}

/**
 * @param {string} url
 * @returns {ArrayBuffer} its content, for which everything waits, as only a worker may
 */
export function fetchAtOnce(url) {
  const request = new XMLHttpRequest();
  request.open('GET', url, false);
  request.responseType = 'arraybuffer';
  try {
    request.send();
  } catch {
    throw new DownloadError(url);
  }
  if (request.status !== 200) throw new DownloadError(url, request.status);
  return request.response;
}
