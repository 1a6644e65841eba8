/** Watches what is downloaded: how much has arrived, what did not, and what arrived damaged. */
import { DamagedError, DownloadError, Failure } from './errors.js';
import { fileUrl } from './files.js';

/** @type {{signal?: AbortSignal}} */
const NO_OPTIONS = {};
const PAUSE = 100; // milliseconds between two reports, for chunks are many

/** Counts what arrives of the files that are asked for. */
export class Counter {
  #onProgress;
  #fetch = self.fetch.bind(self);
  #hashes = Promise.resolve(new Map()); // SHA-256 in base64, by URL; none until there is a list
  #packed = Promise.resolve(new Set()); // URLs of which there is a packed form; none until there is a list
  #received = new Map(); // bytes so far, by URL, of what was asked for
  #reported = 0; // when
  #sizes = null; // bytes in all, by URL; null until the list is here

  /** @param {(progress: {loaded: number, total: number}) => void} onProgress in bytes, over the files of the list */
  constructor(onProgress) {
    this.#onProgress = onProgress;
  }

  /**
   * From here on, what arrives is checked against runtime.json, as far as there is one and the browser can: {"files":
   * {path: bytes, …}, "hashes": {path: SHA-256 in base64, …}, "packed": [path, …]}.
   *
   * @returns {Promise<void>} rejects with a DownloadError
   */
  async readSizes() {
    const list = this.#ask(fileUrl('runtime.json')).then((response) => response.json());
    const byUrl = (values) => new Map(Object.entries(values).map(([path, value]) => [fileUrl(path), value]));
    this.#packed = list.then(({ packed }) => new Set(packed.map(fileUrl))).catch(() => new Set());
    this.#hashes = list.then(({ hashes }) => byUrl(hashes)).catch(() => new Map());
    this.#sizes = byUrl((await list).files);
    this.#report();
  }

  /**
   * As fetch.
   *
   * @param {string} url
   * @param {(error: Failure) => void} [onFailure] hears of it, also when the file breaks off or is damaged on the way
   * @param {RequestInfo | URL} [resource] what was asked for, where it is more than the URL
   * @param {RequestInit} [options]
   * @returns {Promise<Response>} rejects with a DownloadError where it does not arrive or is not there
   */
  async get(url, onFailure = () => {}, resource = url, options = {}) {
    try {
      const { response, whole } = await this.#open(url, resource, options);
      whole.catch(onFailure);
      return response;
    } catch (error) {
      onFailure(error);
      throw error;
    }
  }

  /**
   * @param {string} url
   * @param {{signal?: AbortSignal}} [options]
   * @returns {Promise<WebAssembly.Module>} compiled while it streams in; rejects with a DownloadError, also where it breaks
   *   off on the way, with a DamagedError, or with a CompileError
   */
  async compiled(url, options) {
    const { response, whole } = await this.#open(url, url, options);
    const module = WebAssembly.compileStreaming(response);
    module.catch(() => {}); // the reason may be that the file is not whole, which says more
    await whole;
    return module;
  }

  /**
   * @param {string} url
   * @param {object} [how]
   * @param {AbortSignal} [how.signal]
   * @param {Promise<void>} [how.after] it is not asked for before
   * @param {(share: number) => void} [how.onShare] hears how much of it is here, from 0 to 1, as far as that is known
   * @returns {Promise<ArrayBuffer>} what lies there; rejects with a DownloadError, also where it breaks off on
   *   the way, or with a DamagedError
   */
  async content(url, { signal, after, onShare = () => {} } = {}) {
    this.#received.set(url, 0);
    if (after) await after;
    try {
      const response = await this.#smallest(url, await this.#ask(url, url, { signal }), { signal });
      const parts = [];
      for await (const chunk of this.#counted(url, response)) {
        parts.push(chunk);
        if (this.#sizes) onShare(this.#received.get(url) / this.#sizes.get(url));
      }
      const content = joined(parts);
      await this.#check(url, content);
      return content;
    } catch (error) {
      this.#forget(url);
      throw error instanceof Failure ? error : new DownloadError(url);
    }
  }

  /** Rejects with a DamagedError where these are not the bytes that the build listed. */
  async #check(url, content) {
    const expected = (await this.#hashes).get(url);
    if (!expected || !self.crypto.subtle) return; // away from https and localhost, browsers do not offer it
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', content));
    if (btoa(String.fromCharCode(...digest)) === expected) return;
    await this.#fetchPastCache(url);
    throw new DamagedError(url);
  }

  /** The browser may have kept the damaged file. Fetching past its cache lets the next try get a sound one. */
  async #fetchPastCache(url) {
    const forms = (await this.#packed).has(url) ? [url, `${url}.gz`] : [url];
    const fetched = forms.map(async (form) => (await this.#fetch(form, { cache: 'reload' })).arrayBuffer());
    await Promise.allSettled(fetched);
  }

  /** The response untouched, so that WebAssembly can be compiled from it, and a promise that all of it arrives. */
  async #open(url, resource, options) {
    this.#received.set(url, 0);
    try {
      const response = await this.#smallest(url, await this.#ask(url, resource, options), options);
      return { response, whole: this.#count(url, response.clone()) };
    } catch (error) {
      this.#forget(url);
      throw error;
    }
  }

  async #ask(url, resource = url, options = undefined) {
    const response = await this.#fetch(resource, options).catch(() => {
      throw new DownloadError(url);
    });
    if (!response.ok) throw new DownloadError(url, response.status);
    return response;
  }

  /** In place of a file that its host sends as it is, the packed form beside it. */
  async #smallest(url, plain, { signal } = NO_OPTIONS) {
    if (!(await this.#packed).has(url) || isEncoded(plain, this.#sizes?.get(url))) return plain;
    plain.body.cancel().catch(() => {}); // it may have broken off already
    const packed = await this.#ask(`${url}.gz`, undefined, { signal }).catch(() => null);
    if (!packed) return this.#ask(url, undefined, { signal });
    // Some hosts take the ending for an encoding, and then the browser has unpacked it already.
    const isPacked = await beginsAsGzip(packed.clone()).catch(() => false); // where it breaks off, its reader hears of it
    const body = isPacked ? packed.body.pipeThrough(new DecompressionStream('gzip')) : packed.body;
    return new Response(body, plain); // of the plain file's type
  }

  /** Says again how far the downloads are. */
  #report() {
    if (!this.#sizes) return;
    this.#reported = performance.now();
    let loaded = 0;
    let total = 0;
    for (const [url, received] of this.#received) {
      const size = this.#sizes.get(url) ?? 0;
      loaded += Math.min(received, size);
      total += size;
    }
    if (total) this.#onProgress({ loaded, total });
  }

  async #count(url, response) {
    const parts = [];
    try {
      for await (const chunk of this.#counted(url, response)) parts.push(chunk);
    } catch {
      this.#forget(url);
      throw new DownloadError(url);
    }
    await this.#check(url, joined(parts));
  }

  async *#counted(url, response) {
    let received = 0;
    for await (const chunk of chunks(response)) {
      received += chunk.length;
      this.#received.set(url, received);
      if (performance.now() - this.#reported > PAUSE) this.#report();
      yield chunk;
    }
    this.#report();
  }

  /** What is not to come, nobody waits for. */
  #forget(url) {
    this.#received.delete(url);
    this.#report();
  }
}

/** In Python's worker: counts what Pyodide fetches by itself, too, and notices what it would wait for in vain. */
export class Downloads extends Counter {
  /** Rejects with a DownloadError when a file does not arrive; never resolves. */
  failure;

  #fail;
  #empty = new Set(); // URLs
  #modules = new Map(); // promises of WebAssembly modules and what is done with them, by URL

  constructor() {
    super(() => {});
    this.failure = new Promise((_, reject) => (this.#fail = reject));
    this.failure.catch(() => {}); // whoever races with it hears of it; nobody else has to
    this.#watchFetch();
    this.#watchCompiler();
  }

  /**
   * Has another module instantiated in place of the one that Pyodide asks for.
   *
   * @param {string} url of the one that it asks for
   * @param {Promise<WebAssembly.Module>} module
   * @param {(module: WebAssembly.Module, imports: WebAssembly.Imports) => Promise<WebAssembly.Instance>} instantiate
   * @returns {Promise<never>} never resolves; rejects where that fails, for which Pyodide would wait
   */
  replace(url, module, instantiate) {
    return new Promise((_, reject) => {
      module.catch(reject);
      this.#modules.set(url, { module, instantiate, onFailure: reject });
    });
  }

  /**
   * @param {string} url of a file that Pyodide asks for and nobody needs: it will be empty
   * @returns {string} the same
   */
  empty(url) {
    this.#empty.add(url);
    return url;
  }

  #watchFetch() {
    self.fetch = async (resource, options) => {
      const url = resource instanceof Request ? resource.url : String(resource);
      if (this.#empty.has(url)) return new Response();
      if (this.#modules.has(url)) return new Placeholder(url);
      return this.get(url, this.#fail, resource, options);
    };
  }

  /** Pyodide only warns when WebAssembly does not compile (too little memory, say), and then waits for ever. */
  #watchCompiler() {
    const instantiateStreaming = WebAssembly.instantiateStreaming;
    WebAssembly.instantiateStreaming = async (source, imports) => {
      const response = await source;
      if (!(response instanceof Placeholder)) return instantiateStreaming(response, imports);
      const { module, instantiate, onFailure } = this.#modules.get(response.of);
      try {
        return { module: await module, instance: await instantiate(await module, imports) };
      } catch (error) {
        onFailure(error);
        throw error;
      }
    };
  }
}

/**
 * Whether a host has sent a file of so many bytes in packed form. Another origin's header of that is hidden, but not the
 * length of what it has sent.
 */
function isEncoded({ type, headers }, size) {
  return type === 'cors' ? headers.get('Content-Length') !== String(size) : headers.has('Content-Encoding');
}

async function beginsAsGzip(response) {
  const reader = response.body.getReader();
  const { value } = await reader.read();
  reader.cancel();
  return value?.[0] === 0x1f && value[1] === 0x8b;
}

/** In place of the response that is being compiled already. */
class Placeholder extends Response {
  constructor(url) {
    super();
    this.of = url;
  }
}

/** @param {Uint8Array[]} parts */
function joined(parts) {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  parts.reduce((at, part) => (whole.set(part, at), at + part.length), 0);
  return whole.buffer;
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
