/** Starts Python: from the snapshot of its memory that the build took, or else from its modules. */
import { Cold, fetchAtOnce } from './cold.js';
import { DownloadError } from './errors.js';
import { fileUrl } from './files.js';
import { fetchModules, install, unpacked } from './modules.js';
import { fileOf, LIBRARIES, restore } from './snapshot.js';

// Pyodide composes the addresses of its files from it. What it asks for there is put in place of them: nothing is fetched.
const INDEX = fileUrl('pyodide/');
const PYTHON = `${INDEX}pyodide.asm.wasm`;

/** @typedef {{pyodide: any, cold: Cold[], late: any, scenario: import('./scenarios.js').Scenario}} Restored */

/**
 * From the snapshot: what is imported already runs, for the rest there are no modules yet.
 *
 * @param {import('./downloads.js').Downloads} downloads
 * @param {import('./parts.js').Parts} parts
 * @returns {Promise<Restored>} rejects with the reason where that cannot be
 */
export async function restorePython(downloads, parts) {
  const cold = new Cold(coldOf('python.hot.wasm'));
  const libraries = new Map(LIBRARIES.map((name) => [name, new Cold(coldOf(fileOf(name)))]));
  const onLinked = (name, instance, imports) => libraries.get(name).attach(instance, imports);
  const failed = Promise.race([downloads.replace(PYTHON, parts.hot, cold.instantiate.bind(cold)), parts.lost]);
  failed.catch(() => {}); // whoever awaits it hears of it
  const { loadPyodide, createModule } = await Promise.race([importPyodide('python.mjs'), failed]);
  const pyodide = await withoutStacks(() =>
    Promise.race([restore(loadPyodide, createModule, options(downloads), parts.libraries, onLinked, parts.snapshot), failed]),
  );
  const late = pyodide.pyimport('kerata.late');
  late.fetch = () => pyodide.toPy(fetchAtOnce(fileUrl(`pyodide/${parts.scenario.late}`)));
  pyodide.pyimport('random').seed(); // or it would give the same numbers each time
  return { pyodide, cold: [cold, ...libraries.values()], late, scenario: parts.scenario };
}

/** For Pyodide, which asks for a zip of the standard library whether it needs one or not. */
const options = (downloads) => ({ indexURL: INDEX, stdLibURL: downloads.empty(`${INDEX}empty.zip`) });

/** Where the second part is of a file that is the first. */
const coldOf = (file) => fileUrl(`pyodide/${file.replace(/(\.hot)?\.wasm$/, '.cold.wasm')}`);

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

/**
 * Brings what a restored Python does without until its first answer: the functions that are seldom used, of WebAssembly
 * and of Python, and the modules that are not imported.
 *
 * @param {import('./downloads.js').Downloads} downloads
 * @param {Restored} restored what `restorePython` returned
 */
export async function completePython(downloads, { pyodide, cold, late, scenario }) {
  downloads.readSizes().catch(() => {}); // without them, nothing is asked for in packed form, or checked
  const coming = downloads.content(fileUrl(`pyodide/${scenario.late}`));
  coming.catch(() => {}); // whoever awaits it hears of it
  await Promise.all(cold.map((part) => part.complete(downloads)));
  const code = pyodide.toPy(await coming);
  late.bring(code);
  code.destroy();
  install(pyodide.FS, await unpacked(await fetchModules(downloads, scenario.packages)));
  pyodide.pyimport('importlib').invalidate_caches();
}

/**
 * From the modules, by Pyodide's public interface alone.
 *
 * @param {import('./downloads.js').Downloads} downloads
 * @param {import('./parts.js').Parts} parts
 * @returns {Promise<any>} Pyodide
 */
export async function startFromModules(downloads, parts) {
  const failed = downloads.replace(PYTHON, parts.python, (module, imports) => WebAssembly.instantiate(module, imports));
  const modules = parts.modules.then(unpacked);
  const never = () => new Promise(() => {}); // without them Pyodide would start in vain
  const fsInit = (FS) => modules.then((files) => install(FS, files), never);
  const start = async () => {
    const { loadPyodide, createModule } = await importPyodide('pyodide.asm.mjs');
    const lockFileURL = fileUrl('pyodide/pyodide-lock.json');
    return loadPyodide({ ...options(downloads), lockFileURL, fsInit, createPyodideModule: createModule });
  };
  const [pyodide] = await Promise.race([Promise.all([start(), modules]), failed]);
  return pyodide;
}

/** Pyodide imports its second module only after reading the first: asked for together, they arrive together. */
async function importPyodide(second) {
  const [{ loadPyodide }, { default: createModule }] = await Promise.all(['pyodide.mjs', second].map(importFrom));
  return { loadPyodide, createModule };
}

function importFrom(file) {
  return import(fileUrl(`pyodide/${file}`)).catch(() => {
    throw new DownloadError(fileUrl(`pyodide/${file}`));
  });
}
