import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checked, fileOf, LIBRARIES, Recording, restore, sealed } from '../../site/snapshot.js';

const PAGE = 1 << 16;
const HEAD = Uint8Array.from({ length: 32 }, (_, i) => i + 1); // Pyodide's own

/** Emscripten's module, as far as a snapshot touches it: `before` is its memory when it has been initialised. */
function fakeModule(before) {
  const module = {
    preRun: [],
    linked: [],
    API: { restoreSnapshot: (head) => ({ head: [...head] }) },
    __PyRuntime: 64,
    __PyEM_EMSCRIPTEN_TRAMPOLINE_OFFSET: 0,
    wasmTable: { grow: () => {} },
    addRunDependency: () => {},
    newDSO: () => ({}),
    loadWebAssemblyModule(compiled, _options, path) {
      module.linked.push(path);
      new WebAssembly.Instance(compiled);
    },
    growMemory(size) {
      const memory = new Uint8Array(size);
      if (module.HEAPU8) memory.set(module.HEAPU8);
      module.HEAPU8 = memory;
      module.HEAPU32 = new Uint32Array(memory.buffer);
      module.HEAP32 = new Int32Array(memory.buffer);
    },
    _sbrk: () => 0,
    _malloc: () => PAGE, // there is nothing free
    _free: () => {},
  };
  module.growMemory(2 * PAGE);
  module.HEAPU32.set(before);
  return module;
}

/** What pyodide.asm.mjs exports: runs what is to run before, and waits for it. */
const createModule = (before) => async (settings) => {
  const module = fakeModule(before);
  const made = Object.assign(module, settings);
  await new Promise((resolve) => {
    module.removeRunDependency = resolve;
    for (const run of settings.preRun) run(made);
  });
  settings.HEAPU32 = made.HEAPU32;
  settings.onRuntimeInitialized?.();
  return made;
};

/** What pyodide.mjs exports. */
async function loadPyodide({ createPyodideModule, _makeSnapshot }) {
  const module = await createPyodideModule({ preRun: [] });
  const state = _makeSnapshot ? null : module.API.restoreSnapshot(new Uint8Array());
  const makeMemorySnapshot = () => {
    const whole = new Uint8Array(HEAD.length + module.HEAPU8.length);
    whole.set(HEAD);
    new Uint32Array(whole.buffer, 0, 2).set([0, HEAD.length]);
    whole.set(module.HEAPU8, HEAD.length);
    return whole;
  };
  return { _module: module, makeMemorySnapshot, state };
}

const EMPTY = new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
const libraries = () => Promise.resolve(LIBRARIES.map(() => EMPTY));

/** Memory at the start: as everywhere, save for a random word. */
const initialised = (random) => Uint32Array.from({ length: 512 }, (_, i) => (i === 100 ? random : i));

async function recorded() {
  const [one, other] = [1, 2].map((random) => new Recording(createModule(initialised(random)), libraries()));
  const [pyodide] = await Promise.all([one, other].map((each) => loadPyodide(each.options)));
  const memory = pyodide._module.HEAPU32;
  memory.fill(7, 300, 310); // Python has started
  memory[20_000] = 9;
  return { file: one.finish(pyodide, other), memory };
}

async function restored(file, memory, onMemory) {
  const snapshot = Promise.resolve(file);
  return restore(loadPyodide, createModule(memory), {}, libraries(), () => {}, snapshot, onMemory);
}

/** As the build does it: restored once to see what memory is before. */
async function recordedAndSealed() {
  const { file, memory } = await recorded();
  let found;
  await restored(file.buffer, initialised(3), (value) => (found = value));
  return { file: checked(sealed(file.buffer, found)), memory };
}

test('what was recorded is restored, random words included', async () => {
  const { file, memory } = await recordedAndSealed();
  assert.ok(file.byteLength < 2000, 'only what differs is in the file');
  const { _module, state } = await restored(file, initialised(3));
  assert.deepEqual(_module.HEAPU32.subarray(0, memory.length), memory);
  assert.deepEqual(state.head.slice(8), [...HEAD.subarray(8)]);
  assert.equal(_module.linked.length, LIBRARIES.length);
});

test('a memory that is laid out otherwise is refused', async () => {
  const { file } = await recordedAndSealed();
  const other = initialised(3).map((word) => word + 1);
  await assert.rejects(restored(file, other), /memory is not as recorded/);
});

test('a file that is not whole or damaged is refused', async () => {
  const { file } = await recordedAndSealed();
  const damaged = file.slice(0);
  new Uint8Array(damaged)[200] ^= 1;
  for (const bad of [damaged, file.slice(0, -4), file.slice(0, -1), new ArrayBuffer(0)]) {
    assert.throws(() => checked(bad), /the snapshot is damaged/);
  }
});

test('a part that does not come is told', async () => {
  const lost = Promise.reject(new Error('no network'));
  await assert.rejects(restore(loadPyodide, createModule(initialised(1)), {}, lost, () => {}, libraries()), /no network/);
});

test('a library is called on the site by its name alone', () => {
  assert.deepEqual(LIBRARIES.map(fileOf), ['_multiarray_umath.wasm', '_umath_linalg.wasm']);
});
