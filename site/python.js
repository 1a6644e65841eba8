/** Starts Python: from the snapshot of its memory that the build took, or else from its modules. */
import { fileOf, LIBRARIES, restore } from './snapshot.js';

const INDEX = new URL('./pyodide/', import.meta.url).href;
const STANDARD_LIBRARY = '/lib/python314.zip';

/**
 * Begins with what takes longest, whichever way Python starts.
 *
 * @param {import('./downloads.js').Downloads} downloads
 */
export function preparePython(downloads) {
  downloads.compile(`${INDEX}pyodide.asm.wasm`);
}

/**
 * From the snapshot: what is imported already runs, for the rest there are no modules yet.
 *
 * @param {import('./downloads.js').Downloads} downloads
 * @returns {Promise<object>} Pyodide; rejects with the reason where that cannot be
 */
export async function restorePython(downloads) {
  const snapshot = downloads.attempt(`${INDEX}snapshot.bin`).then(unpacked);
  const libraries = Promise.all(
    LIBRARIES.map((name) => WebAssembly.compileStreaming(downloads.attempt(INDEX + fileOf(name)))),
  );
  for (const promise of [snapshot, libraries]) promise.catch(() => {}); // whoever awaits them hears of it
  const { loadPyodide, createModule } = await importPyodide(downloads);
  // Pyodide asks for a standard library whether it needs one or not.
  const options = { indexURL: INDEX, stdLibURL: `${INDEX}empty.zip` };
  const pyodide = await restore(loadPyodide, createModule, options, libraries, snapshot);
  pyodide.pyimport('random').seed(); // or it would give the same numbers each time
  return pyodide;
}

let completed; // promise of it, of the one Python there is

/**
 * Brings the modules that a restored Python has not imported, once.
 *
 * @param {object} pyodide that `restorePython` returned
 */
export function completePython(pyodide) {
  completed ??= bringModules(pyodide).catch((error) => {
    completed = undefined; // the next who needs them tries again
    throw error;
  });
  return completed;
}

async function bringModules(pyodide) {
  const library = await fetch(`${INDEX}python_stdlib.zip`);
  pyodide.FS.writeFile(STANDARD_LIBRARY, new Uint8Array(await library.arrayBuffer()));
  await pyodide.loadPackage('kerata', { messageCallback() {} });
}

/**
 * From the modules, by Pyodide's public interface alone.
 *
 * @param {import('./downloads.js').Downloads} downloads
 * @returns {Promise<object>} Pyodide
 */
export async function startPython(downloads) {
  const { loadPyodide } = await importPyodide(downloads);
  return loadPyodide({ indexURL: INDEX, packages: ['kerata'] });
}

/** Pyodide imports its second module only after reading the first: asked for together, they arrive together. */
async function importPyodide(downloads) {
  const [{ loadPyodide }, { default: createModule }] = await Promise.all([
    downloads.importModule(`${INDEX}pyodide.mjs`),
    downloads.importModule(`${INDEX}pyodide.asm.mjs`),
  ]);
  return { loadPyodide, createModule };
}

async function unpacked(response) {
  return new Response(response.body.pipeThrough(new DecompressionStream('gzip'))).arrayBuffer();
}
