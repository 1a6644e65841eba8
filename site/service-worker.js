/**
 * Keeps the whole site, so that it opens without a network: whatever is kept is not asked for again.
 *
 * The build puts `const FILES = {path: its SHA-256 in base64}` before this text. Any change of the site is therefore a
 * change of this file, which is how the browser notices a new version; that one waits until the visitor wants it.
 * A file is kept under its path and hash: versions share what is the same in both.
 */
const SCOPE = self.registration.scope;
const CACHE = `kerata ${SCOPE}`; // an origin may have several such sites, each below its own path

/** @param {string} path */
const key = (path) => `${new URL(path, SCOPE).href}?${encodeURIComponent(FILES[path])}`;

/** All or nothing: what is missing or not as it should be fails the installation, and the version before goes on. */
async function keepAll() {
  const cache = await caches.open(CACHE);
  await Promise.all(
    Object.entries(FILES).map(async ([path, hash]) => {
      if (await cache.match(key(path))) return;
      const response = await fetch(new URL(path, SCOPE), { cache: 'no-cache', integrity: `sha256-${hash}` });
      if (!response.ok) throw new Error(`${path}: status ${response.status}`);
      await cache.put(key(path), response);
    }),
  );
}

async function forgetOthers() {
  const cache = await caches.open(CACHE);
  const wanted = new Set(Object.keys(FILES).map(key));
  for (const { url } of await cache.keys()) if (!wanted.has(url)) await cache.delete(url);
}

async function kept(path, request) {
  const cache = await caches.open(CACHE);
  return (await cache.match(key(path))) ?? fetch(request); // the browser may have needed the room
}

self.addEventListener('install', (event) => event.waitUntil(keepAll()));
self.addEventListener('activate', (event) => event.waitUntil(forgetOthers()));
self.addEventListener('message', ({ data }) => data === 'take over' && self.skipWaiting());
self.addEventListener('fetch', (event) => {
  const { origin, pathname } = new URL(event.request.url);
  const asked = origin + pathname;
  if (event.request.method !== 'GET' || !asked.startsWith(SCOPE)) return;
  const path = asked.slice(SCOPE.length).replace(/^(index\.html)?$/, '.');
  if (path in FILES) event.respondWith(kept(path, event.request));
});
