/** Packs files by Brotli: `node brotli.mjs`, with [[source, target], …] as JSON in its standard input. */
import { readFileSync, writeFileSync } from 'node:fs';
import { brotliCompressSync, constants } from 'node:zlib';

// The highest two qualities make Python's WebAssembly a tenth smaller still, in more than ten times the time.
const QUALITY = 9;

for (const [source, target] of JSON.parse(readFileSync(0, 'utf8'))) {
  const data = readFileSync(source);
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: QUALITY,
    [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
    [constants.BROTLI_PARAM_SIZE_HINT]: data.length,
  };
  writeFileSync(target, brotliCompressSync(data, { params }));
}
