/**
 * Compiles archives of Python modules with the Pyodide that will run them: node compile.mjs FOLDER, which holds Pyodide.
 * On its standard input: [{source, target, home, kept}], as `compile.py` takes them.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

// Node would print the source line of an error, which is all of Pyodide.
process.on('uncaughtException', ({ message }) => {
  console.error(message.trim().split('\n').at(-1));
  process.exit(1);
});

const folder = `${resolve(process.argv[2])}/`;
const jobs = JSON.parse(readFileSync(0, 'utf8'));
const { loadPyodide } = await import(pathToFileURL(`${folder}pyodide.mjs`));
const pyodide = await loadPyodide({ indexURL: folder });
pyodide.runPython(readFileSync(new URL('compile.py', import.meta.url), 'utf8'));
const compiled = pyodide.globals.get('compiled');

for (const { source, target, home, kept } of jobs) {
  writeFileSync(target, compiled(new Uint8Array(readFileSync(source)), home, kept ? pyodide.toPy(kept) : undefined).toJs());
}
