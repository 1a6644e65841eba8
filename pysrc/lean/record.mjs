/**
 * Finds out what is used until the first answers: node record.mjs SCENARIO PYODIDE FILES OUT
 * SCENARIO: "digits" or "models", a script of that name. PYODIDE: the folder of a built page's Pyodide, with the snapshot.
 * FILES: a folder of models. Writes to the folder OUT:
 * - `answers.json`, which must not depend on how the runtime was made;
 * - the snapshot, sealed for this runtime;
 * - `memory`, after the answers;
 * - `names.json`: functions of Python that were called, where the snapshot has them recorded;
 * - `functions.json`: numbers of functions of WebAssembly that were called, by the name of the file that will have them,
 *   where the WebAssembly is as `split.marked` makes it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import './brief.mjs';
import { fileOf, LIBRARIES, restore, sealed, SITE_PACKAGES } from '../../site/snapshot.js';

const [scenario, ...paths] = process.argv.slice(2);
const [runtime, files, out] = paths.map((path) => resolve(path));
const { answers } = await import(`./${scenario}.mjs`);
const { loadPyodide } = await import(pathToFileURL(join(runtime, 'pyodide.mjs')));
const { default: createModule } = await import(pathToFileURL(join(runtime, 'pyodide.asm.mjs')));
const compiled = (file) => WebAssembly.compile(readFileSync(file));

const write = (name, data) => writeFileSync(join(out, name), data);
const writeJson = (name, data) => write(name, JSON.stringify(data));

const libraries = Promise.all(LIBRARIES.map((name) => compiled(join(runtime, fileOf(name)))));
const file = readFileSync(join(runtime, `snapshot-${scenario}.bin`));
const snapshot = file.buffer.slice(file.byteOffset, file.byteOffset + file.length);
const options = { indexURL: `${runtime}/`, stdLibURL: join(runtime, 'empty.zip') };
const seal = (found) => sealed(snapshot, found);
const restored = restore(loadPyodide, createModule, options, libraries, () => {}, Promise.resolve(snapshot), seal);
const pyodide = await restored;
let lacked;
const late = pyodide.pyimport('kerata.late');
late.fetch = () => {
  lacked = new Error('a function of Python was called that was put off');
  throw lacked;
};
pyodide.pyimport('random').seed();
writeJson('answers.json', await answers(pyodide, files));
if (lacked) throw lacked;
write(`snapshot-${scenario}.bin`, new Uint8Array(snapshot));
write('memory', pyodide._module.HEAPU8);
writeJson('names.json', pyodide.pyimport('builtins').sorted(late.used).toJs());
// In the table `used`, a function that runs makes its own entry null.
const loaded = pyodide._module.LDSO.loadedLibsByName;
const used = ({ exports: { used: table } }) =>
  table && Array.from({ length: table.length }, (_, i) => i).filter((i) => table.get(i) === null);
const ofLibraries = LIBRARIES.map((name) => [fileOf(name), used(loaded[SITE_PACKAGES + name])]);
writeJson('functions.json', Object.fromEntries([['python.hot.wasm', used(loaded.__main__)], ...ofLibraries]));
