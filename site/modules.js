/**
 * Python's modules: its standard library and packages. Pyodide would unpack packages by Python, and Python import the
 * library from a zip, each of which takes a tenth of a second or two; JavaScript soon has a zip in files.
 */
import { Failure } from './errors.js';
import { fileUrl } from './files.js';
import { SITE_PACKAGES } from './snapshot.js';

/** Where Python looks for its standard library, after a zip. */
export const LIBRARY = '/lib/python3.14/';

/**
 * @param {import('./downloads.js').Counter} downloads
 * @param {string[]} packages
 * @returns {Promise<{folder: string, zip: ArrayBuffer}[]>} the library and the packages' wheels, whole, and where their
 *   files belong
 */
export async function fetchModules(downloads, packages) {
  const coming = downloads.content(fileUrl('pyodide/python_stdlib.zip'));
  const [library, wheels] = await Promise.all([coming, fetchWheels(downloads, packages)]);
  return [{ folder: LIBRARY, zip: library }, ...wheels.map((wheel) => ({ folder: SITE_PACKAGES, zip: wheel }))];
}

async function fetchWheels(downloads, names) {
  const { packages } = await (await fetch(fileUrl('pyodide/pyodide-lock.json'))).json();
  return Promise.all(names.map((name) => downloads.content(fileUrl(`pyodide/${packages[name].file_name}`))));
}

/**
 * @param {{folder: string, zip: ArrayBuffer}[]} archives what `fetchModules` returned
 * @returns {Promise<{path: string, data: Uint8Array}[]>} their files
 */
export async function unpacked(archives) {
  const files = archives.map(async ({ folder, zip }) =>
    (await unzipped(zip)).map(({ name, data }) => ({ path: folder + name, data })),
  );
  return (await Promise.all(files)).flat();
}

/**
 * Puts files where Python imports them from.
 *
 * @param {any} FS Emscripten's
 * @param {{path: string, data: Uint8Array}[]} files
 */
export function install(FS, files) {
  for (const { path, data } of files) {
    FS.mkdirTree(path.slice(0, path.lastIndexOf('/')));
    FS.writeFile(path, data, { canOwn: true });
  }
}

/**
 * @param {ArrayBuffer} zip (PKWARE's APPNOTE.TXT), smaller than 4 GB
 * @returns {Promise<{name: string, data: Uint8Array}[]>} its files
 */
export function unzipped(zip) {
  return Promise.all(
    entries(new DataView(zip)).map(async ({ name, isStored, packed }) => {
      return { name, data: isStored ? packed : await inflated(packed) };
    }),
  );
}

/** As the directory at a zip's end has them, whose own end has no comment behind it. */
function entries(view) {
  const end = view.byteLength - 22;
  if (end < 0 || view.getUint32(end, true) !== 0x06054b50) throw new Failure('A part of Python is damaged: reload the page.');
  const found = [];
  let at = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left; left -= 1) {
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((place) => view.getUint16(at + place, true));
    const name = new TextDecoder().decode(new Uint8Array(view.buffer, at + 46, nameLength));
    const header = view.getUint32(at + 42, true); // has lengths of its own
    const start = header + 30 + view.getUint16(header + 26, true) + view.getUint16(header + 28, true);
    const packed = new Uint8Array(view.buffer, start, view.getUint32(at + 20, true));
    if (!name.endsWith('/')) found.push({ name, isStored: view.getUint16(at + 10, true) === 0, packed });
    at += 46 + nameLength + extraLength + commentLength;
  }
  return found;
}

async function inflated(packed) {
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
