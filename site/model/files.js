/** Brings a model's files: from URLs, with progress, or as they were given. */
import { KerataError, nameOf } from './errors.js';

/**
 * @param {import('../kerata').File[]} files
 * @param {{headers?: Record<string, string>, signal: AbortSignal}} options of the requests
 * @param {(progress: {loaded: number, total: number}) => void} onProgress in bytes; `total` grows as sizes become known
 * @returns {Promise<{buffer: ArrayBuffer, isOwn: boolean}[]>} isOwn: nobody else needs it, so it may be transferred;
 *   rejects with a KerataError, "download" or "aborted"
 */
export async function readFiles(files, { headers, signal }, onProgress) {
  const progress = files.map(() => ({ loaded: 0, total: 0 }));
  const report = (index, loaded, total) => {
    progress[index] = { loaded, total: Math.max(loaded, total) };
    const sum = (key) => progress.reduce((before, each) => before + each[key], 0);
    onProgress({ loaded: sum('loaded'), total: sum('total') });
  };
  return Promise.all(
    files.map((file, index) => readFile(file, { headers, signal }, (...amounts) => report(index, ...amounts))),
  );
}

/** @returns {Promise<{buffer: any, isOwn: boolean}>} */
async function readFile(file, options, onProgress) {
  if (file instanceof ArrayBuffer) return { buffer: file, isOwn: false };
  if (ArrayBuffer.isView(file)) {
    const { buffer, byteOffset, byteLength } = file;
    return { buffer: buffer.slice(byteOffset, byteOffset + byteLength), isOwn: true };
  }
  if (file instanceof Blob) return { buffer: await file.arrayBuffer(), isOwn: true };
  if (typeof file === 'string' && file.trimStart().startsWith('{')) {
    return { buffer: new TextEncoder().encode(file).buffer, isOwn: true };
  }
  if (typeof file === 'string' || file instanceof URL) return { buffer: await download(file, options, onProgress), isOwn: true };
  throw new KerataError('input', `filepath: expected a URL, an ArrayBuffer, a Uint8Array or a Blob, received ${nameOf(file)}.`);
}

async function download(url, { headers, signal }, onProgress) {
  const name = String(url).split(/[?#]/)[0].split('/').at(-1) || String(url);
  try {
    const response = await fetch(url, { headers, signal });
    if (!response.ok) {
      throw new KerataError('download', `Could not download ${name}: the server answered ${response.status}; check the address.`);
    }
    // A compressed response's length is not that of its content.
    const length = response.headers.has('Content-Encoding') ? 0 : Number(response.headers.get('Content-Length'));
    return await content(response, (loaded) => onProgress(loaded, length));
  } catch (error) {
    if (error instanceof KerataError) throw error;
    if (signal.aborted) throw new KerataError('aborted', 'Loading the model was stopped.');
    throw new KerataError('download', `Could not download ${name}: ${reasonFor(url)}.`);
  }
}

/** Browsers do not tell why a request failed. */
function reasonFor(url) {
  if (!navigator.onLine) return 'there is no network; try again when there is';
  const isForeign = new URL(url, location.href).origin !== location.origin;
  const permission = ', and that its server permits requests from other sites (Access-Control-Allow-Origin)';
  return `check the address and the connection${isForeign ? permission : ''}`;
}

async function content(response, onProgress) {
  const chunks = [];
  let loaded = 0;
  const reader = response.body.getReader(); // Safari cannot iterate over a stream
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    chunks.push(read.value);
    loaded += read.value.length;
    onProgress(loaded);
  }
  return new Blob(chunks).arrayBuffer();
}
