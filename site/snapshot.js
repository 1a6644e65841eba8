/**
 * Python that starts with NumPy and Kerata imported already: its memory is recorded when the site is built and restored
 * when the page opens. Recording runs in Node.js, restoring in the page's worker, and both must lay everything at the
 * same addresses, so both are here; nothing else but rehearsal.py touches Pyodide's private parts.
 *
 * What is relied on, all of it of one Pyodide whose files are pinned by hash:
 * - `_makeSnapshot`, `makeMemorySnapshot`, `_loadSnapshot`, `createPyodideModule`, `API.restoreSnapshot` and `API.rawRun` are
 *   how Pyodide itself takes and restores a snapshot, which officially holds no extension module. `API.finalizeBootstrap`
 *   runs one text by `API.rawRun`, an import, for which there is `_PyImport_ImportModule`, and evaluates others (rehearsal.py).
 * - NumPy's two extension modules can be in it because they are linked before the runtime is initialised, when making it
 *   and when restoring it: Emscripten then gives them static memory and the same places in the function table each time.
 *   An `import` finds them by their path in Emscripten's list of libraries, to which `newDSO` adds.
 * - Emscripten instantiates a library by `new WebAssembly.Instance`, once.
 * - CPython has a trampoline for calls of C functions that it makes itself where WebAssembly has garbage collection, one
 *   entry of the function table. Where an engine does not, an entry is left free in its place.
 *
 * The file holds the difference from memory just before restoring, in lines of 64 bytes.
 * What follows from restoring: str's hash seed is that of the recording. Libraries' handles of dlopen are not restored.
 */

export const SITE_PACKAGES = '/lib/python3.14/site-packages/';
const SUFFIX = '.cpython-314-wasm32-emscripten.so';

/** Extension modules in the order in which they are linked: their paths below `SITE_PACKAGES`. */
export const LIBRARIES = [`numpy/_core/_multiarray_umath${SUFFIX}`, `numpy/linalg/_umath_linalg${SUFFIX}`];

/** A library's name on the site: by its ending, servers know what it is. It is the first of two parts (cold.js). */
export const fileOf = (library) => library.split('/').at(-1).replace(SUFFIX, '.wasm');

/** C's environment lies in memory, too. Without these it would be that of the machine. */
const ENVIRONMENT = { HOME: '/home/pyodide', LANG: 'C.UTF-8', PYTHONINSPECT: '1', _: 'python' };

/** In place of the list of packages: a restored Python has what it needs. */
const NO_PACKAGES = { info: { abi_version: '2026_0' }, packages: {} };

const HEAD = 24; // bytes of the file before its index
const MEMORY = 4; // the word among them that is memory's checksum
const LINE = 64; // bytes of memory
const WORDS = LINE / 4;
const GAP = 4 * WORDS; // words: a run more takes longer than so many

/**
 * Pyodide as it was recorded.
 *
 * @param {Function} loadPyodide what pyodide.mjs exports
 * @param {Function} createModule what pyodide.asm.mjs exports
 * @param {object} options for `loadPyodide`
 * @param {Promise<WebAssembly.Module[]>} libraries compiled, as in LIBRARIES
 * @param {(name: string, instance: WebAssembly.Instance, imports: WebAssembly.Imports) => void} onLinked hears of each library
 * @param {Promise<ArrayBuffer>} snapshot what `sealed` returned, `checked`; of another build, it is refused
 * @param {(found: number, recorded: number) => void} onMemory hears what memory is, and what it was; may throw
 * @returns {Promise<any>}
 */
export function restore(loadPyodide, createModule, options, libraries, onLinked, snapshot, onMemory = requireSame) {
  return new Promise((resolve, reject) => {
    // Where one of these does not come, Pyodide would wait for ever.
    libraries.catch(reject);
    snapshot.catch(reject);
    const createPyodideModule = async (settings) => {
      delete settings.INITIAL_MEMORY; // which Pyodide sets to the length of the snapshot
      const trampoline = linkFirst(settings, libraries, onLinked, reject);
      const module = await createModule(settings);
      const { head, size, fixed, checksum, runs } = read(await snapshot);
      const { API } = module;
      API.rawRun = (text) => importOf(module, text);
      const restoreSnapshot = API.restoreSnapshot;
      API.restoreSnapshot = () => {
        const state = restoreSnapshot(head); // and checks that it is of this Pyodide
        if (module.HEAPU8.length < size) module.growMemory(size);
        for (const [at, words] of runs) module.HEAPU32.set(words, at);
        onMemory(checksumOfLines(module.HEAPU32.subarray(0, fixed)), checksum);
        trampoline.fill(module);
        return state;
      };
      return module;
    };
    // There will be a snapshot, says the empty one; for a promise of it Pyodide would wait before it does anything else.
    const ours = { env: ENVIRONMENT, lockFileContents: NO_PACKAGES, _loadSnapshot: new Uint8Array(), createPyodideModule };
    loadPyodide({ ...options, ...ours }).then(resolve, reject);
  });
}

/**
 * In place of running the text of an import. To compile text, Python would need some hundreds of functions that nothing else
 * needs so soon; for what else Pyodide evaluates when it is restored, there is rehearsal.py.
 */
function importOf(module, text) {
  const name = module.stringToNewUTF8(text.replace(/^import /, ''));
  const imported = module._PyImport_ImportModule(name);
  module._free(name);
  return imported ? [0, ''] : [-1, `${text} failed`];
}

function requireSame(found, recorded) {
  if (found !== recorded) throw new Error('memory is not as recorded');
}

/** Records: `loadPyodide` with `options`, import what is to be in the snapshot, `finish`. */
export class Recording {
  options;
  #before; // memory, where restoring will find the same

  /** @param {Function} createModule @param {Promise<WebAssembly.Module[]>} libraries as for `restore` */
  constructor(createModule, libraries) {
    const createPyodideModule = (settings) => {
      const onError = (error) => {
        throw error;
      };
      linkFirst(settings, libraries, () => {}, onError);
      settings.onRuntimeInitialized = () => (this.#before = settings.HEAPU32.slice());
      return createModule(settings);
    };
    this.options = { env: ENVIRONMENT, _makeSnapshot: true, createPyodideModule };
  }

  /**
   * @param {any} pyodide that was made with `options`
   * @param {Recording} other with which Pyodide was made as well: what differs between the two is random
   * @returns {Uint8Array} the snapshot, to be `sealed`
   */
  finish(pyodide, other) {
    scrub(pyodide._module);
    const whole = pyodide.makeMemorySnapshot();
    const [, length] = new Uint32Array(whole.buffer, 0, 2); // of Pyodide's own head
    const memory = new Uint32Array(whole.buffer, length);
    const used = memory.subarray(0, usedLines(memory));
    const runs = differences(used, this.#before, other.#before);
    return write(whole.subarray(0, length), used, usedLines(this.#before), runs);
  }
}

/** Has the libraries linked before the runtime is initialised, behind the trampoline's entry of the table. */
function linkFirst(settings, libraries, onLinked, onError) {
  settings.thisProgram = 'python'; // its name lies in memory, too
  const trampoline = new Trampoline();
  settings.preRun.push((module) => {
    module.addRunDependency('libraries');
    libraries
      .then((compiled) => {
        trampoline.reserve(module);
        LIBRARIES.forEach((name, i) => {
          const [instance, imports] = noticed(() => link(module, SITE_PACKAGES + name, compiled[i]));
          onLinked(name, instance, imports);
        });
        module.removeRunDependency('libraries');
      })
      .catch(onError);
  });
  return trampoline;
}

function link(module, path, compiled) {
  const library = module.newDSO(path, undefined, 'loading');
  library.refcount = Infinity;
  library.global = false;
  library.exports = module.loadWebAssemblyModule(compiled, { loadAsync: false, nodelete: true }, path, {});
}

/** What a library was instantiated to and with: Emscripten does that itself, and keeps both to itself. */
function noticed(load) {
  const { Instance } = WebAssembly;
  let made;
  const NoticedInstance = function (module, imports) {
    const instance = new Instance(module, imports);
    made = [instance, imports];
    return instance;
  };
  WebAssembly.Instance = /** @type {any} */ (NoticedInstance);
  try {
    load();
  } finally {
    WebAssembly.Instance = Instance;
  }
  return made;
}

class Trampoline {
  #at; // in memory, in words: where CPython keeps which entry it is
  #entry; // 0: this engine has none

  reserve(module) {
    this.#at = (module.__PyRuntime + module.HEAP32[module.__PyEM_EMSCRIPTEN_TRAMPOLINE_OFFSET >>> 2]) >>> 2;
    this.#entry = module.HEAP32[this.#at];
    if (!this.#entry) module.wasmTable.grow(1);
  }

  /** With this engine's own, after the recording's was restored. */
  fill(module) {
    module.HEAP32[this.#at] = this.#entry;
  }
}

/** Fills with zeros what is free within C's heap, which is Python's, too: what was there would be kept. */
function scrub(module) {
  const top = module._sbrk(0);
  const blocks = [];
  for (let size = 1 << 20; size >= 16; size -= size > 512 ? size / 2 : 16) {
    for (;;) {
      const block = module._malloc(size);
      blocks.push(block);
      module.HEAPU8.fill(0, block, block + size);
      if (block + size > top) break; // some of it was not free before: the heap has grown
    }
  }
  for (const block of blocks) module._free(block);
}

/** Up to the last that is not zero, in words. */
function usedLines(memory) {
  return Math.ceil((memory.findLastIndex((word) => word) + 1) / WORDS) * WORDS;
}

/** [[offset, words]] of the lines that are not as before, or that are random, and what few there are between them. */
function differences(memory, before, again) {
  const runs = [];
  let end; // of the last run
  for (let line = 0; line < memory.length; line += WORDS) {
    if (!differs(memory, before, line) && !differs(again, before, line)) continue;
    if (!(line - end <= GAP)) runs.push([line, line]);
    runs.at(-1)[1] = end = line + WORDS;
  }
  return runs.map(([start, stop]) => [start, memory.subarray(start, stop)]);
}

function differs(one, other, line) {
  for (let word = line; word < line + WORDS; word += 1) if ((one[word] ?? 0) !== (other[word] ?? 0)) return true;
  return false;
}

/** A sum over words (FNV-1a, G. Fowler, L. C. Noll, K.-P. Vo, 1991), or over every `step`th. */
function checksumOf(words, step = 1) {
  let sum = 0x811c9dc5;
  for (let at = 0; at < words.length; at += step) sum = Math.imul(sum ^ words[at], 0x01000193);
  return sum >>> 0;
}

/**
 * Notices where memory is laid out otherwise. It takes one word of each line, another one from line to line: over all of
 * them it took a twentieth of the start.
 */
const checksumOfLines = (words) => checksumOf(words, WORDS + 1);

/**
 * @param {ArrayBuffer} file
 * @returns {ArrayBuffer} the same; throws where it is not whole or damaged
 */
export function checked(file) {
  const isWhole = file.byteLength > 4 && file.byteLength % 4 === 0;
  if (!isWhole || checksumOf(new Uint32Array(file, 4)) !== new Uint32Array(file, 0, 1)[0]) {
    throw new Error('the snapshot is damaged');
  }
  return file;
}

/**
 * The file's checksum; five words, each run's offset and length in words, Pyodide's own head, the runs. `fixed` words have
 * the checksum among the five, which is not known yet.
 */
function write(head, memory, fixed, runs) {
  const words = [head.length, memory.byteLength, fixed, 0, runs.length];
  for (const [at, those] of runs) words.push(at, those.length);
  const parts = [new Uint8Array(Uint32Array.of(0, ...words).buffer), head];
  for (const [, those] of runs) parts.push(new Uint8Array(those.buffer, those.byteOffset, those.byteLength));
  const file = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((at, part) => (file.set(part, at), at + part.length), 0);
  return file;
}

/**
 * @param {ArrayBuffer} file what `Recording.finish` returned
 * @param {number} found what `restore` found memory to be
 * @returns {ArrayBuffer} the same, with its checksums
 */
export function sealed(file, found) {
  const words = new Uint32Array(file);
  words[MEMORY] = found;
  words[0] = checksumOf(words.subarray(1));
  return file;
}

/** The file's parts, not copied. */
function read(file) {
  const [, headLength, size, fixed, checksum, count] = new Uint32Array(file, 0, 6);
  const index = new Uint32Array(file, HEAD, 2 * count);
  const head = new Uint8Array(file, HEAD + index.byteLength, headLength);
  let at = HEAD + index.byteLength + headLength;
  const runs = [];
  for (let run = 0; run < 2 * count; run += 2) {
    const words = new Uint32Array(file, at, index[run + 1]);
    runs.push([index[run], words]);
    at += words.byteLength;
  }
  return { head, size, fixed, checksum, runs };
}
