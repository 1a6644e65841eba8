/** Python's packages. Pyodide would unpack them by Python, which takes a tenth of a second or two; a zip is soon read. */

const SITE_PACKAGES = '/lib/python3.14/site-packages/';

/**
 * @param {string} index the folder of Pyodide's files
 * @returns {Promise<ArrayBuffer[]>} all wheels that its list of packages names
 */
export async function fetchWheels(index) {
  const { packages } = await (await fetch(`${index}pyodide-lock.json`)).json();
  const whole = async ({ file_name: name }) => (await fetch(index + name)).arrayBuffer();
  return Promise.all(Object.values(packages).map(whole));
}

/**
 * Puts wheels' files where Python imports them from.
 *
 * @param {object} pyodide
 * @param {ArrayBuffer[]} wheels
 */
export async function install({ FS, pyimport }, wheels) {
  for (const { name, data } of (await Promise.all(wheels.map(unzipped))).flat()) {
    const path = SITE_PACKAGES + name;
    FS.mkdirTree(path.slice(0, path.lastIndexOf('/')));
    FS.writeFile(path, data, { canOwn: true });
  }
  pyimport('importlib').invalidate_caches();
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
  if (end < 0 || view.getUint32(end, true) !== 0x06054b50) throw new Error('a package is damaged');
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
