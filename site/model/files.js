/** Brings a model's files: from URLs, with progress, or from memory. */
import { KerataError, kindOf, nameOf } from './errors.js';

/**
 * @param {any} file as kerata.d.ts has it
 * @returns {string | URL | Blob} the same, to be read later and again, whatever happens to the array that it came in;
 *   throws a KerataError, "input"
 */
export function kept(file) {
  if (kindOf(file) === 'ArrayBuffer') return new Blob([file]);
  // A copy, since a Blob takes no memory that is shared.
  if (ArrayBuffer.isView(file)) return new Blob([new Uint8Array(file.buffer, file.byteOffset, file.byteLength).slice()]);
  if (typeof file === 'string' && file.trimStart().startsWith('{')) return new Blob([file]);
  if (typeof file === 'string' || kindOf(file) === 'URL' || isBlob(file)) return file;
  throw new KerataError('input', `A model's file: expected a URL, an ArrayBuffer, a Uint8Array or a Blob, received ${nameOf(file)}.`);
}

const isBlob = (file) => ['Blob', 'File'].includes(kindOf(file));

/**
 * @param {(string | URL | Blob)[]} files
 * @param {{headers: Record<string, string> | undefined, signal: AbortSignal}} options of the requests
 * @param {(progress: {loaded: number, total: number}) => void} onProgress in bytes; `total` grows as sizes become known
 * @returns {Promise<ArrayBuffer[]>} rejects with a KerataError, "download" or "aborted"
 */
export async function readFiles(files, options, onProgress) {
  const progress = files.map(() => ({ loaded: 0, total: 0 }));
  const report = (index, loaded, total) => {
    progress[index] = { loaded, total: Math.max(loaded, total) };
    const sum = (key) => progress.reduce((before, each) => before + each[key], 0);
    onProgress({ loaded: sum('loaded'), total: sum('total') });
  };
  return Promise.all(
    files.map((file, index) => (isBlob(file) ? bytesOf(file) : download(file, options, (...amounts) => report(index, ...amounts)))),
  );
}

async function bytesOf(blob) {
  try {
    return await blob.arrayBuffer();
  } catch {
    throw new KerataError('download', `Could not read ${blob.name ?? 'the file'}: it was moved or changed; choose it again.`);
  }
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
  const origin = originOf(url);
  if (!origin) return 'check the address';
  const isForeign = origin !== location.origin;
  const permission = ', and that its server permits requests from other sites (Access-Control-Allow-Origin)';
  return `check the address and the connection${isForeign ? permission : ''}`;
}

/** Null where it is no URL. */
function originOf(url) {
  try {
    return new URL(url, location.href).origin;
  } catch {
    return null;
  }
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
