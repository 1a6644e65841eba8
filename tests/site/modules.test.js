import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import { install, unpacked, unzipped } from '../../site/modules.js';

const TEXT = 'größe '.repeat(99);

/** A zip (PKWARE's APPNOTE.TXT) of {name, data, stored}; a name that ends in a slash is a folder. */
function zip(files) {
  const parts = [];
  const directory = [];
  let at = 0;
  for (const { name, data, stored } of files) {
    const packed = stored ? Buffer.from(data) : deflateRawSync(data);
    const path = Buffer.from(name);
    const extra = Buffer.alloc(4); // the header before the data may have another one than the directory
    const header = Buffer.alloc(30);
    header.writeUInt32LE(0x04034b50, 0);
    header.writeUInt16LE(path.length, 26);
    header.writeUInt16LE(extra.length, 28);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(stored ? 0 : 8, 10);
    entry.writeUInt32LE(packed.length, 20);
    entry.writeUInt16LE(path.length, 28);
    entry.writeUInt16LE(7, 32); // of a comment
    entry.writeUInt32LE(at, 42);
    directory.push(entry, path, Buffer.from('comment'));
    parts.push(header, path, extra, packed);
    at += header.length + path.length + extra.length + packed.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(at, 16);
  const whole = Buffer.concat([...parts, listed, end]);
  return whole.buffer.slice(whole.byteOffset, whole.byteOffset + whole.length);
}

const FILES = [
  { name: 'kerata/', data: '', stored: true },
  { name: 'kerata/größe.txt', data: TEXT, stored: false },
  { name: 'kerata/stored', data: TEXT, stored: true },
  { name: 'empty', data: '', stored: true },
];

test('a zip’s files are what was put in, packed or stored', async () => {
  const files = await unzipped(zip(FILES));
  const texts = files.map(({ name, data }) => [name, new TextDecoder().decode(data)]);
  assert.deepEqual(texts, [['kerata/größe.txt', TEXT], ['kerata/stored', TEXT], ['empty', '']]);
});

test('what is no whole zip is refused', () => {
  const damaged = /A part of Python is damaged/;
  const bad = [new ArrayBuffer(0), new TextEncoder().encode('<!doctype html>'.repeat(9)).buffer, zip(FILES).slice(0, -1)];
  for (const file of bad) assert.throws(() => unzipped(file), damaged);
});

test('archives’ files are installed in their folders', async () => {
  const written = new Map();
  const FS = {
    folders: new Set(),
    mkdirTree: (path) => FS.folders.add(path),
    writeFile: (path, data) => FS.folders.has(path.slice(0, path.lastIndexOf('/'))) && written.set(path, data.length),
  };
  install(FS, await unpacked([{ folder: '/lib/', zip: zip(FILES) }, { folder: '/other/', zip: zip(FILES.slice(3)) }]));
  const size = Buffer.byteLength(TEXT);
  const expected = [['/lib/kerata/größe.txt', size], ['/lib/kerata/stored', size], ['/lib/empty', 0], ['/other/empty', 0]];
  assert.deepEqual([...written], expected);
});
