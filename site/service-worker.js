/**
 * Keeps the whole site, so that it opens without a network: whatever is kept is not asked for again.
 *
 * The build puts `const FILES = {path: its SHA-256 in base64}` before this text, and `SIZES`, the path of the list of the
 * files that have a packed form, among others. Any change of the site is therefore a change of this file, which is how the
 * browser notices a new version; that one waits until the visitor wants it.
 * A file is kept under its hash: versions share what is the same in both, though it lies in another folder.
 */
const worker = /** @type {ServiceWorkerGlobalScope & typeof globalThis} */ (self);
const SCOPE = worker.registration.scope;
const CACHE = `kerata ${SCOPE}`; // an origin may have several such sites, each below its own path

/** @param {string} path */
const key = (path) => `${SCOPE}?${encodeURIComponent(FILES[path])}`;

/** All or nothing: what is missing or not as it should be fails the installation, and the version before goes on. */
async function keepAll() {
  const cache = await caches.open(CACHE);
  await keep(cache, SIZES, []);
  const { packed } = await (await cache.match(key(SIZES))).json();
  const folder = SIZES.slice(0, SIZES.lastIndexOf('/') + 1); // from which its paths are
  const packedPaths = packed.map((path) => folder + path);
  await Promise.all(Object.keys(FILES).map((path) => keep(cache, path, packedPaths)));
}

async function keep(cache, path, packed) {
  if (await cache.match(key(path))) return;
  const response = await fetchSmallest(path, packed);
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await response.clone().arrayBuffer()));
  if (btoa(String.fromCharCode(...digest)) !== FILES[path]) throw new Error(`${path} is not as it should be`);
  const { body, headers } = response;
  await cache.put(key(path), new Response(body, { headers })); // which has no URL: modules go by that of their request
}

/** As downloads.js does it. What is kept says that it was packed, so that the page does not look for a packed form. */
async function fetchSmallest(path, packed) {
  const plain = await ask(path);
  if (plain.headers.has('Content-Encoding') || !packed.includes(path)) return plain;
  plain.body.cancel().catch(() => {}); // it may have broken off already
  const small = await ask(`${path}.gz`).catch(() => null);
  const isPacked = small && !small.headers.has('Content-Encoding');
  const { body } = small ?? (await ask(path));
  const headers = new Headers(plain.headers);
  headers.set('Content-Encoding', 'gzip');
  return new Response(isPacked ? body.pipeThrough(new DecompressionStream('gzip')) : body, { headers });
}

async function ask(path) {
  const response = await fetch(new URL(path, SCOPE), { cache: 'no-cache' });
  if (!response.ok) throw new Error(`${path}: status ${response.status}`);
  return response;
}

async function forgetOthers() {
  const cache = await caches.open(CACHE);
  const wanted = new Set(Object.keys(FILES).map(key));
  for (const { url } of await cache.keys()) if (!wanted.has(url)) await cache.delete(url);
}

async function kept(path, request) {
  const found = caches.open(CACHE).then((cache) => cache.match(key(path)));
  return (await found.catch(() => null)) ?? fetch(request); // it may have been removed, or cannot be read
}

/** Whether every file is there. The browser, or the visitor, may have emptied the cache. */
async function isComplete() {
  const urls = new Set((await (await caches.open(CACHE)).keys()).map(({ url }) => url));
  return Object.keys(FILES).every((path) => urls.has(key(path)));
}

/** What the page asks for by a message; answers on its port with whether every file is kept. */
const actions = {
  check: isComplete,
  keep: () => keepAll().then(isComplete),
  update: () => worker.skipWaiting(),
};

worker.addEventListener('install', (event) => event.waitUntil(keepAll()));
worker.addEventListener('activate', (event) => event.waitUntil(forgetOthers()));
worker.addEventListener('message', (event) => {
  const done = actions[event.data]().catch(() => false);
  event.waitUntil(done.then((answer) => event.ports[0]?.postMessage(answer)));
});
worker.addEventListener('fetch', (event) => {
  const { origin, pathname } = new URL(event.request.url);
  const asked = origin + pathname;
  const { method, cache } = event.request;
  if (method !== 'GET' || cache === 'reload' || !asked.startsWith(SCOPE)) return;
  const path = asked.slice(SCOPE.length).replace(/^(index\.html)?$/, '.');
  if (path in FILES) event.respondWith(kept(path, event.request));
});
