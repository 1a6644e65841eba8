import assert from 'node:assert/strict';
import { test } from 'node:test';
import './canvas.js';

const { renderFrame } = await import('../../site/frame.js');

const SIDE = 140; // five times MNIST's 28
const INK = 100;
const SEVEN = [[[0.28, 0.24], [0.72, 0.24]], [[0.72, 0.24], [0.45, 0.82]]];

const moved = (strokes, by) => strokes.map((stroke) => stroke.map(by));

/** The box of the ink, pen included. */
function boxOf({ drawn }) {
  const bounds = (axis, sign) => Math.max(...drawn.map((point) => sign * point[axis] + point[2])) * sign;
  return { left: bounds(0, -1), right: bounds(0, 1), top: bounds(1, -1), bottom: bounds(1, 1) };
}

function assertNear(actual, expected) {
  assert.ok(Math.abs(actual - expected) < 1e-9, `expected ${expected}, received ${actual}`);
}

test('the longer side of the ink is 100 pixels, in the middle of the frame', () => {
  for (const strokes of [SEVEN, [[[0, 0], [300, 0]]], [[[1, 5], [1, 2]]]]) {
    const frame = renderFrame(strokes);
    const { left, right, top, bottom } = boxOf(frame);
    assert.deepEqual([frame.width, frame.height], [SIDE, SIDE]);
    assertNear(Math.max(right - left, bottom - top), INK);
    assertNear((left + right) / 2, SIDE / 2);
    assertNear((top + bottom) / 2, SIDE / 2);
  }
});

test('neither the place nor the size of a drawing changes its frame', () => {
  const frame = renderFrame(SEVEN).drawn.flat();
  const other = renderFrame(moved(SEVEN, ([x, y]) => [400 * x - 31, 400 * y + 7])).drawn.flat();
  assert.equal(other.length, frame.length);
  other.forEach((value, i) => assertNear(value, frame[i]));
});

test('a dot is as wide as the pen', () => {
  const [x, y, radius] = renderFrame([[[0.9, 0.1]]]).drawn[0];
  [x, y].forEach((value) => assertNear(value, SIDE / 2));
  assertNear(radius, 6);
});

test('a stroke that goes on makes the box of the ink larger', () => {
  const stroke = [[0, 0], [1, 0]];
  renderFrame([stroke]);
  stroke.push([1, 4]);
  const { top, bottom } = boxOf(renderFrame([stroke]));
  assertNear(bottom - top, INK);
});

test('without ink the frame is blank', () => {
  assert.deepEqual(renderFrame([]).drawn, []);
  assert.deepEqual(renderFrame([[]]).drawn, []);
});
