/** Starts Python: from the snapshot of its memory that the build took, or else from its modules. */
import { Cold, fetchAtOnce } from './cold.js';
import { fetchModules, install } from './modules.js';
import { fileOf, LIBRARIES, restore } from './snapshot.js';

const INDEX = new URL('./pyodide/', import.meta.url).href;
const PYTHON = `${INDEX}pyodide.asm.wasm`;
const SIZES = new URL('./runtime.json', import.meta.url).href;
const LATE = `${INDEX}late.bin`; // the code of most of Python's functions: pysrc/kerata/late.py

/**
 * From the snapshot: what is imported already runs, for the rest there are no modules yet.
 *
 * @param {import('./downloads.js').Downloads} downloads
 * @param {import('./parts.js').Parts} parts
 * @returns {Promise<{pyodide: object, cold: Cold[], late: object}>} rejects with the reason where that cannot be
 */
export async function restorePython(downloads, parts) {
  const cold = new Cold(coldOf('python.hot.wasm'));
  const libraries = new Map(LIBRARIES.map((name) => [name, new Cold(coldOf(fileOf(name)))]));
  const onLinked = (name, ...linked) => libraries.get(name).attach(...linked);
  const failed = Promise.race([downloads.replace(PYTHON, parts.python, cold.instantiate.bind(cold)), parts.lost]);
  failed.catch(() => {}); // whoever awaits it hears of it
  const { loadPyodide, createModule } = await Promise.race([importPyodide(downloads, 'python.mjs'), failed]);
  const pyodide = await withoutStacks(() =>
    Promise.race([restore(loadPyodide, createModule, options(downloads), parts.libraries, onLinked, parts.snapshot), failed]),
  );
  const late = pyodide.pyimport('kerata.late');
  late.fetch = () => pyodide.toPy(fetchAtOnce(LATE));
  pyodide.pyimport('random').seed(); // or it would give the same numbers each time
  return { pyodide, cold: [cold, ...libraries.values()], late };
}

/** For Pyodide, which asks for a zip of the standard library whether it needs one or not. */
const options = (downloads) => ({ indexURL: INDEX, stdLibURL: downloads.empty(`${INDEX}empty.zip`) });

/** Where the second part is of a file that is the first. */
const coldOf = (file) => INDEX + file.replace(/(\.hot)?\.wasm$/, '.cold.wasm');

/** For the stack of an error, and Emscripten makes some that it only keeps, V8 reads all of Pyodide's script again. */
async function withoutStacks(start) {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return await start();
  } finally {
    Error.stackTraceLimit = limit;
  }
}

let completed; // promise of it, of the one Python there is

/**
 * Brings what a restored Python does without until its first answer, once: the functions that are seldom used, of
 * WebAssembly and of Python, and the modules that are not imported.
 *
 * @param {import('./downloads.js').Downloads} downloads
 * @param {{pyodide: object, cold: Cold[], late: object}} restored what `restorePython` returned
 */
export function completePython(downloads, restored) {
  completed ??= bringRest(downloads, restored).catch((error) => {
    completed = undefined; // the next who needs them tries again
    throw error;
  });
  return completed;
}

async function bringRest(downloads, { pyodide, cold, late }) {
  readSizes(downloads);
  const coming = downloads.content(LATE);
  coming.catch(() => {}); // whoever awaits it hears of it
  await Promise.all(cold.map((part) => part.complete()));
  const code = pyodide.toPy(await coming);
  late.bring(code);
  code.destroy();
  install(pyodide.FS, await fetchModules(INDEX, downloads));
  pyodide.pyimport('importlib').invalidate_caches();
}

/**
 * From the modules, by Pyodide's public interface alone.
 *
 * @param {import('./downloads.js').Downloads} downloads
 * @returns {Promise<object>} Pyodide
 */
export async function startPython(downloads) {
  readSizes(downloads);
  downloads.compile(PYTHON);
  const modules = fetchModules(INDEX, downloads);
  modules.catch(() => {}); // whoever awaits them hears of it
  const { loadPyodide } = await importPyodide(downloads, 'pyodide.asm.mjs');
  const never = () => new Promise(() => {}); // without them Pyodide would start in vain
  const fsInit = (FS) => modules.then((files) => install(FS, files), never);
  const [pyodide] = await Promise.all([loadPyodide({ ...options(downloads), fsInit }), modules]);
  return pyodide;
}

/** Not before something large is to be downloaded; without it, nobody knows how much that is. */
function readSizes(downloads) {
  downloads.readSizes(SIZES).catch(() => {});
}

/** Pyodide imports its second module only after reading the first: asked for together, they arrive together. */
async function importPyodide(downloads, second) {
  const [{ loadPyodide }, { default: createModule }] = await Promise.all([
    downloads.importModule(`${INDEX}pyodide.mjs`),
    downloads.importModule(INDEX + second),
  ]);
  return { loadPyodide, createModule };
}
