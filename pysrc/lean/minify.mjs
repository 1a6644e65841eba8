/**
 * Minifies a module, and drops what nothing in it refers to: node minify.mjs TERSER SOURCE TARGET
 * TERSER: its script for browsers, which needs no other package.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { runInThisContext } from 'node:vm';

import './brief.mjs';

const [terser, source, target] = process.argv.slice(2);
runInThisContext(readFileSync(terser, 'utf8'));
const { code } = await globalThis.Terser.minify(readFileSync(source, 'utf8'), { module: true, compress: { passes: 2 } });
writeFileSync(target, code);
