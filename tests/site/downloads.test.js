import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { DamagedError, DownloadError } from '../../site/errors.js';

globalThis.self = globalThis;
const { Counter, Downloads } = await import('../../site/downloads.js');
const { setFileUrls } = await import('../../site/files.js');

const FILE = Buffer.from('Kerata '.repeat(9999));
const OTHER = Buffer.from('other');
const hashOf = (data) => createHash('sha256').update(data).digest('base64');
const LIST = {
  files: { file: FILE.length, other: OTHER.length, lost: 5, cut: FILE.length },
  hashes: { file: hashOf(FILE), other: hashOf(OTHER), damaged: hashOf(FILE), cut: hashOf(FILE) },
  packed: ['file', 'unpackable'],
};

const asked = []; // paths, of one test
const answers = {
  '/list.json': (response) => response.end(JSON.stringify(LIST)),
  '/file': (response) => response.end(FILE),
  '/file.gz': (response) => response.end(gzipSync(FILE)),
  '/unpackable': (response) => response.end(FILE), // nor is its packed form there
  '/other': (response) => response.end(OTHER),
  '/damaged': (response) => response.end('something else'),
  '/cut': (response) => {
    response.writeHead(200, { 'Content-Length': FILE.length });
    response.write(FILE.subarray(0, 1000), () => response.destroy());
  },
};
const server = createServer(({ url }, response) => {
  asked.push(url);
  if (answers[url]) answers[url](response);
  else response.writeHead(404).end();
});
await once(server.listen(0, '127.0.0.1'), 'listening');
after(() => server.close());
const { port } = server.address();
const at = (path) => `http://127.0.0.1:${port}/${path}`;
const paths = [...Object.keys(LIST.files), ...Object.keys(LIST.hashes), ...LIST.packed];
setFileUrls({ 'runtime.json': at('list.json'), ...Object.fromEntries(paths.map((path) => [path, at(path)])) });

/** A counter that knows the list, and what it says of its progress. */
async function listed() {
  const progress = [];
  const counter = new Counter(({ loaded, total }) => progress.push([loaded, total]));
  await counter.readSizes();
  asked.length = 0;
  return { counter, progress };
}

test('what arrives is counted, over all files that are asked for', async () => {
  const { counter, progress } = await listed();
  const shares = [];
  const contents = [counter.content(at('file'), { onShare: (share) => shares.push(share) }), counter.content(at('other'))];
  assert.deepEqual((await Promise.all(contents)).map((content) => Buffer.from(content)), [FILE, OTHER]);
  const total = FILE.length + OTHER.length;
  assert.deepEqual(progress.at(-1), [total, total]);
  assert.ok(progress.every(([loaded], i) => i === 0 || loaded >= progress[i - 1][0]), 'progress goes forward');
  assert.equal(shares.at(-1), 1);
});

test('without a list, files arrive unchecked, and nothing is said of progress', async () => {
  const counter = new Counter(() => assert.fail('expected no progress'));
  assert.deepEqual(Buffer.from(await counter.content(at('damaged'))), Buffer.from('something else'));
});

test('in place of a large file, its packed form is fetched, if there is one', async () => {
  const { counter } = await listed();
  assert.deepEqual(Buffer.from(await counter.content(at('file'))), FILE);
  assert.deepEqual(asked, ['/file', '/file.gz']);
  asked.length = 0;
  assert.deepEqual(Buffer.from(await counter.content(at('unpackable'))), FILE);
  assert.deepEqual(asked, ['/unpackable', '/unpackable.gz', '/unpackable']);
});

test('a damaged file is refused, and fetched past the cache for the next try', async () => {
  const { counter, progress } = await listed();
  await assert.rejects(counter.content(at('damaged')), DamagedError);
  assert.deepEqual(asked, ['/damaged', '/damaged']);
  assert.deepEqual(progress, []); // nobody waits for it
});

test('what is missing, breaks off or has no server is told in a sentence', async () => {
  const { counter } = await listed();
  const missing = { name: 'Error', message: 'Could not download lost (the server answered 404): reload the page.' };
  await assert.rejects(counter.content(at('lost')), missing);
  const cut = { name: 'Error', message: 'Could not download cut: check the connection and try again.' };
  await assert.rejects(counter.content(at('cut')), cut);
  await assert.rejects(counter.content('http://127.0.0.1:1/file'), DownloadError);
});

test('a response is passed on as it streams, and its end is heard of', async () => {
  const { counter } = await listed();
  const whole = await counter.get(at('other'), () => assert.fail('expected no failure'));
  assert.equal(await whole.text(), 'other');
  const failure = new Promise((resolve) => counter.get(at('cut'), resolve).then((response) => response.text()).catch(() => {}));
  assert.ok((await failure) instanceof DownloadError);
});

test('what Pyodide fetches by itself fails loudly, and what nobody needs is empty', async () => {
  const { fetch } = globalThis;
  try {
    const downloads = new Downloads();
    assert.equal(await (await self.fetch(downloads.empty(at('nowhere')))).text(), '');
    await assert.rejects(self.fetch(new Request(at('lost'))), DownloadError);
    await assert.rejects(downloads.failure, DownloadError);
  } finally {
    globalThis.fetch = fetch;
  }
});
