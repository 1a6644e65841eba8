/**
 * Records the snapshot that `site/snapshot.js` restores: node snapshot.mjs SCENARIO PYODIDE PACKAGES FILES OUT [NAMES]
 * SCENARIO: "digits" or "models", a script of that name, which brings what is to be in the snapshot. PYODIDE: the folder of
 * a built page's Pyodide. PACKAGES: a folder as site-packages is to be. FILES: a folder of models. Writes to the folder OUT
 * the snapshot and its libraries, under the names that the page asks for. NAMES: of functions of Python, as `record.mjs`
 * writes them; the code of all others lies apart then. Without it, the snapshot is one to find them with.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import './brief.mjs';
import './repeatable.mjs';
import { install, LIBRARY, unpacked } from '../../site/modules.js';
import { fileOf, LIBRARIES, Recording, SITE_PACKAGES } from '../../site/snapshot.js';

const [scenario, ...paths] = process.argv.slice(2);
const [runtime, packages, files, out, names] = paths.map((path) => resolve(path));
const { loadPyodide } = await import(pathToFileURL(join(runtime, 'pyodide.mjs')));
const { default: createModule } = await import(pathToFileURL(join(runtime, 'pyodide.asm.mjs')));
const indexURL = `${runtime}/`;
const binaries = LIBRARIES.map((name) => readFileSync(join(packages, name)));
const libraries = Promise.all(binaries.map((binary) => WebAssembly.compile(binary)));

/** Copies a package; of extension modules, which are linked, only their names. */
function copy(FS, name) {
  const from = join(packages, name);
  for (const entry of readdirSync(from, { recursive: true, withFileTypes: true }).filter((each) => each.isFile())) {
    const to = join(SITE_PACKAGES, relative(packages, entry.parentPath));
    FS.mkdirTree(to);
    FS.writeFile(join(to, entry.name), entry.name.endsWith('.so') ? '' : readFileSync(join(entry.parentPath, entry.name)));
  }
}

const zip = new Uint8Array(readFileSync(join(runtime, 'python_stdlib.zip'))).buffer;
const library = await unpacked([{ folder: LIBRARY, zip }]);
const fsInit = async (FS) => install(FS, library);
const options = { indexURL, stdLibURL: join(runtime, 'empty.zip'), fsInit };

const recording = new Recording(createModule, libraries);
const again = new Recording(createModule, libraries);
await loadPyodide({ ...options, ...again.options });
const pyodide = await loadPyodide({ ...options, ...recording.options });
for (const name of readdirSync(packages)) copy(pyodide.FS, name);
for (const name of readdirSync(files)) pyodide.FS.writeFile(name, readFileSync(join(files, name)));
if (names) {
  pyodide.FS.writeFile('names.json', readFileSync(names));
  pyodide.FS.writeFile('late.txt', readFileSync(new URL('late.txt', import.meta.url)));
}
for (const script of [`${scenario}.py`, 'rehearsal.py']) {
  pyodide.runPython(readFileSync(new URL(script, import.meta.url), 'utf8'));
}
if (names) {
  writeFileSync(join(out, `late-${scenario}.bin`), pyodide.FS.readFile('late.bin'));
  pyodide.FS.unlink('late.bin');
}
writeFileSync(join(out, `snapshot-${scenario}.bin`), recording.finish(pyodide, again));
LIBRARIES.forEach((name, i) => writeFileSync(join(out, fileOf(name)), binaries[i]));
