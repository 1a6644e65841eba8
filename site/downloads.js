/** Watches what the worker downloads, Pyodide's own requests included: how much has arrived, and what did not. */
import { DownloadError } from './errors.js';

export class Downloads {
  /** Rejects with a DownloadError when a file does not arrive, or with a CompileError; never resolves. */
  failure;

  #fail;
  #onProgress;
  #received = new Map(); // bytes so far, by URL
  #sizes = null; // bytes in all, by URL; null until the list is here

  /**
   * @param {string} sizesUrl of the JSON file {"files": {path relative to that file: bytes, …}}
   * @param {(progress: {loaded: number, total: number}) => void} onProgress in bytes, over the files of that list
   */
  constructor(sizesUrl, onProgress) {
    this.failure = new Promise((_, reject) => (this.#fail = reject));
    this.failure.catch(() => {}); // whoever races with it hears of it; nobody else has to
    this.#onProgress = onProgress;
    this.#watchFetch();
    this.#watchCompiler();
    this.#readSizes(sizesUrl).catch((error) => this.#fail(error));
  }

  /**
   * Imports a module and counts it once it is here: unlike fetch, import() does not say how far it is.
   *
   * @param {string} url
   * @returns {Promise<object>} the module
   */
  async importModule(url) {
    try {
      const module = await import(url);
      this.#received.set(url, Infinity); // all of it; the list may not be here yet to say how much that is
      this.report();
      return module;
    } catch {
      throw new DownloadError(url);
    }
  }

  /** Says again how far the downloads are. */
  report() {
    if (!this.#sizes) return;
    let loaded = 0;
    let total = 0;
    for (const [url, size] of this.#sizes) {
      loaded += Math.min(this.#received.get(url) ?? 0, size);
      total += size;
    }
    this.#onProgress({ loaded, total });
  }

  #watchFetch() {
    const fetch = self.fetch;
    self.fetch = async (resource, options) => {
      const url = String(resource.url ?? resource);
      const response = await fetch(resource, options).catch(() => this.#failed(new DownloadError(url)));
      if (!response.ok) this.#failed(new DownloadError(url, response.status));
      // The original passes on untouched, so that WebAssembly can be compiled while it streams in.
      this.#count(url, response.clone());
      return response;
    };
  }

  async #count(url, response) {
    let received = 0;
    try {
      for await (const chunk of chunks(response)) {
        received += chunk.length;
        this.#received.set(url, received);
        this.report();
      }
    } catch {
      this.#fail(new DownloadError(url)); // it broke off on the way
    }
  }

  /** Pyodide only warns when WebAssembly does not compile (too little memory, say), and then waits for ever. */
  #watchCompiler() {
    const compile = WebAssembly.instantiateStreaming;
    WebAssembly.instantiateStreaming = async (...given) => {
      try {
        return await compile(...given);
      } catch (error) {
        return this.#failed(error);
      }
    };
  }

  async #readSizes(url) {
    const response = await fetch(url);
    const { files } = await response.json();
    this.#sizes = new Map(Object.entries(files).map(([path, bytes]) => [new URL(path, url).href, bytes]));
    this.report();
  }

  #failed(error) {
    this.#fail(error);
    throw error;
  }
}

/** @param {Response} response */
async function* chunks(response) {
  const reader = response.body.getReader(); // Safari cannot iterate over a stream
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}
