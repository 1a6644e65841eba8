import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kept, readFiles } from '../../site/model/files.js';

const { signal } = new AbortController();

test('bytes stay what they were when they were given', async () => {
  const bytes = Uint8Array.of(9, 1, 2, 9);
  const shared = new Uint8Array(new SharedArrayBuffer(2)).fill(7);
  const files = [bytes.buffer, bytes.subarray(1, 3), shared, new Blob([bytes]), '{"a": 1}'].map(kept);
  bytes.fill(0);
  shared.fill(0);
  for (const time of ['once', 'again']) {
    const [whole, part, ofShared, blob, json] = await readFiles(files, { signal }, () => {});
    assert.deepEqual([...new Uint8Array(whole)], [9, 1, 2, 9], time);
    assert.deepEqual([...new Uint8Array(part)], [1, 2]);
    assert.deepEqual([...new Uint8Array(ofShared)], [7, 7]);
    assert.equal(blob.byteLength, 4);
    assert.equal(new TextDecoder().decode(json), '{"a": 1}');
  }
});

test('files from the network tell how much of them has arrived', async () => {
  const url = `data:application/octet-stream;base64,${btoa('x'.repeat(300))}`;
  const seen = [];
  const [data, other] = await readFiles([new URL(url), url], { signal }, (progress) => seen.push(progress));
  assert.deepEqual([data.byteLength, other.byteLength], [300, 300]);
  assert.deepEqual(seen.at(-1), { loaded: 600, total: 600 });
});

test('what is no file is one sentence', () => {
  const expected = { code: 'input', message: /^A model's file: expected a URL, .* or a Blob, received Map\.$/ };
  assert.throws(() => kept(new Map()), expected);
});
