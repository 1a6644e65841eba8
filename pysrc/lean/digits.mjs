/** What the digit page asks of Python until its first answers. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What `site/worker.js` asks of Python, of several drawings and pictures. */
export async function answers(pyodide, folder) {
  const recogniser = pyodide.pyimport('digits.recognizer').load(new Uint8Array(readFileSync(join(folder, 'mnist.safetensors'))));
  pyodide.pyimport('kerata.backends');
  recogniser.trials();
  const given = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const strokes of DRAWINGS) given.push(await recogniser.predict_strokes(strokes));
    for (const pixels of pictures()) {
      const side = Math.sqrt(pixels.length / 4);
      given.push(await recogniser.predict_frame(pixels, side, side));
    }
  }
  try {
    recogniser.predict_frame(new Uint8ClampedArray(4), 3, 3);
  } catch (error) {
    given.push(error.message.trim().split('\n').at(-1)); // to be told, an error needs functions of its own
  }
  // What JavaScript says in this engine is not what it says in all.
  const { repr } = pyodide.pyimport('builtins');
  for (const value of [true, false, null, undefined, 1, 1.5, 2 ** 40, 'text']) repr(value);
  if (recogniser.backend !== 'wasm') throw new Error(`the model runs on ${recogniser.backend}`);
  return given;
}

const ROUNDS = 5; // for Python runs in another way what it has run before

const arc = (x, y, radius, from, to) =>
  Array.from({ length: 40 }, (_, i) => {
    const angle = from + ((to - from) * i) / 39;
    return [x + radius * Math.cos(angle), y + radius * Math.sin(angle)];
  });

const DRAWINGS = [
  [],
  [[[10, 10]]], // a dot
  [[[100, 20], [101.5, 120], [99, 250]]],
  [arc(140, 140, 90, 0, 6.5)],
  [[[60, 60], [200, 62], [120, 240]], [[90, 150], [180, 148]]],
  [arc(140, 90, 50, 1, 7), arc(140, 190, 55, -1.5, 5)],
  [[[60, 60], [60, 60]], arc(90, 90, 300, 2, 4)],
];

/** Strokes of several widths, light and dark, on grounds of any kind; specks; nothing at all. */
function* pictures() {
  for (const side of [40, 140, 280]) {
    yield new Uint8ClampedArray(side * side * 4);
    for (const width of [0.012, 0.07, 0.25]) {
      yield picture(side, width, [0, 0, 0], () => 0); // on nothing, as the pad's
      yield picture(side, width, [30, 30, 60], (column) => 245 - 40 * column);
      yield picture(side, width, [250, 250, 250], (column, row) => 20 + 30 * row);
    }
  }
}

/** A slanted stroke with a bar, and specks; `ground(column, row)` is its grey, from 0 to 1 across, 0 transparent. */
function picture(side, width, ink, ground) {
  const pixels = new Uint8ClampedArray(side * side * 4);
  for (let i = 0; i < side * side; i += 1) {
    const [row, column] = [Math.floor(i / side) / side, (i % side) / side];
    const stroke = Math.abs(column - 0.7 + 0.3 * row) < width / 2 && row > 0.2 && row < 0.8;
    const bar = Math.abs(row - 0.45) < width / 2 && column > 0.4 && column < 0.7;
    const grey = ground(column, row);
    const inked = stroke || bar || i % 977 === 0;
    pixels.set(inked ? [...ink, 255] : [grey, grey, grey, grey && 255], 4 * i);
  }
  return pixels;
}
