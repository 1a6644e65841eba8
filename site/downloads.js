/** Watches what the worker downloads, Pyodide's own requests included: how much has arrived, and what did not. */
import { DownloadError } from './errors.js';

export class Downloads {
  /** Rejects with a DownloadError when a file does not arrive, or with a CompileError; never resolves. */
  failure;

  #fail;
  #onProgress;
  #fetch = self.fetch.bind(self);
  #modules = new Map(); // promises of WebAssembly modules, by URL
  #received = new Map(); // bytes so far, by URL, of what was asked for
  #sizes = null; // bytes in all, by URL; null until the list is here

  /**
   * @param {string} sizesUrl of the JSON file {"files": {path relative to that file: bytes, …}}
   * @param {(progress: {loaded: number, total: number}) => void} onProgress in bytes, over the files of that list that
   *   were asked for
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

  /**
   * Fetches and compiles the WebAssembly at once that Pyodide asks for only when its scripts are here.
   *
   * @param {string} url
   */
  compile(url) {
    const module = WebAssembly.compileStreaming(self.fetch(url));
    module.catch(() => {}); // who instantiates it hears of it
    this.#modules.set(url, module);
  }

  /**
   * Fetches what there is a substitute for.
   *
   * @param {string} url
   * @returns {Promise<Response>} rejects with a DownloadError, which is not the downloads' failure
   */
  attempt(url) {
    return this.#get(url, url, {}, () => {}); // who reads it hears of its failure
  }

  /** Says again how far the downloads are. */
  report() {
    if (!this.#sizes) return;
    let loaded = 0;
    let total = 0;
    for (const [url, received] of this.#received) {
      const size = this.#sizes.get(url) ?? 0;
      loaded += Math.min(received, size);
      total += size;
    }
    if (total) this.#onProgress({ loaded, total });
  }

  #watchFetch() {
    self.fetch = async (resource, options) => {
      const url = String(resource.url ?? resource);
      if (this.#modules.has(url)) return new Placeholder(url);
      return this.#get(url, resource, options, this.#fail);
    };
  }

  async #get(url, resource, options, onFailure) {
    const failed = (status) => {
      const error = new DownloadError(url, status);
      onFailure(error);
      throw error;
    };
    this.#received.set(url, 0);
    const response = await this.#fetch(resource, options).catch(() => failed());
    if (!response.ok) failed(response.status);
    // The original passes on untouched, so that WebAssembly can be compiled while it streams in.
    this.#count(url, response.clone(), () => onFailure(new DownloadError(url)));
    return response;
  }

  async #count(url, response, onBreak) {
    let received = 0;
    try {
      for await (const chunk of chunks(response)) {
        received += chunk.length;
        this.#received.set(url, received);
        this.report();
      }
    } catch {
      onBreak();
    }
  }

  /** Pyodide only warns when WebAssembly does not compile (too little memory, say), and then waits for ever. */
  #watchCompiler() {
    const instantiateStreaming = WebAssembly.instantiateStreaming;
    WebAssembly.instantiateStreaming = async (source, imports) => {
      try {
        const response = await source;
        if (!(response instanceof Placeholder)) return await instantiateStreaming(response, imports);
        const module = await this.#modules.get(response.of);
        return { module, instance: await WebAssembly.instantiate(module, imports) };
      } catch (error) {
        this.#fail(error);
        throw error;
      }
    };
  }

  async #readSizes(url) {
    const response = await fetch(url);
    const { files } = await response.json();
    this.#sizes = new Map(Object.entries(files).map(([path, bytes]) => [new URL(path, url).href, bytes]));
    this.report();
  }
}

/** In place of the response that is being compiled already. */
class Placeholder extends Response {
  constructor(url) {
    super();
    this.of = url;
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
