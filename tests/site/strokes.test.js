import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createContext } from './canvas.js';

const { passesNear, StrokeCanvas } = await import('../../site/strokes.js');

const line = (length) => Array.from({ length }, (_, i) => [i, i % 2]);

function drawnAtOnce(strokes) {
  const context = createContext();
  new StrokeCanvas(context).draw(strokes, 2);
  return context.drawn;
}

test('a curve runs through the middles between reported points, from the first to the last', () => {
  const drawn = drawnAtOnce([[[0, 0], [2, 0], [2, 2]]]);
  assert.deepEqual(drawn, [[0, 0, 1], [2, 1, 1], [2, 2, 1]]);
});

test('a stroke without length is a dot as wide as the pen', () => {
  assert.deepEqual(drawnAtOnce([[[5, 7]]]), [[5, 7, 1]]);
  assert.deepEqual(drawnAtOnce([[[5, 7], [5, 7]]]), [[5, 7, 1]]);
  assert.deepEqual(drawnAtOnce([[]]), []);
});

test('strokes that grow look as if drawn at once, and the work of a step does not grow with them', () => {
  const whole = [line(3), line(1000)];
  const strokes = [];
  const context = createContext();
  const canvas = new StrokeCanvas(context);
  let curves = 0;
  const { quadraticCurveTo } = context;
  context.quadraticCurveTo = (...points) => {
    curves += 1;
    quadraticCurveTo(...points);
  };
  for (const stroke of whole) {
    strokes.push([]);
    for (const point of stroke) {
      strokes.at(-1).push(point);
      context.clearRect();
      curves = 0;
      canvas.draw(strokes, 2);
    }
  }
  const places = (drawn) => new Set(drawn.map(String)); // a part begins where the one before ended
  assert.deepEqual(places(context.drawn), places(drawnAtOnce(whole)));
  assert.ok(curves < 300, `expected a part of the 1000 points, received ${curves}`);
});

test('a stroke that was taken back is gone', () => {
  const context = createContext();
  const canvas = new StrokeCanvas(context);
  const strokes = [line(3), line(9)];
  canvas.draw(strokes, 2);
  context.clearRect();
  canvas.draw([strokes[1]], 2);
  assert.deepEqual(context.drawn, drawnAtOnce([strokes[1]]));
});

test('a point is near a stroke by its distance to the line, ends included', () => {
  const stroke = [[0, 0], [10, 0]];
  assert.ok(passesNear(stroke, [5, 1], 1));
  assert.ok(!passesNear(stroke, [5, 1.01], 1));
  assert.ok(passesNear(stroke, [11, 0], 1));
  assert.ok(!passesNear(stroke, [11.01, 0], 1));
  assert.ok(passesNear([[3, 3]], [3, 4], 1));
  assert.ok(!passesNear([], [0, 0], 1));
});
