import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Emitter } from '../../site/model/emitter.js';

test('listeners hear what they listen to until they are off', () => {
  const heard = [];
  const listener = (value) => heard.push(value);
  const emitter = new Emitter().on('a', listener).on('a', listener).once('b', listener);
  for (const event of ['a', 'b', 'b', 'c']) emitter.emit(event, event);
  assert.deepEqual(heard, ['a', 'b']);
  emitter.once('b', listener).off('b', listener).off('a').emit('a', 1);
  emitter.emit('b', 2);
  assert.deepEqual(heard, ['a', 'b']);
});

test('a listener that throws keeps nothing from the others', (t) => {
  const [heard, later] = [[], []];
  t.mock.method(globalThis, 'queueMicrotask', (task) => later.push(task));
  const emitter = new Emitter().on('a', () => {
    throw new Error('of the page');
  });
  emitter.on('a', (value) => heard.push(value)).emit('a', 1);
  assert.deepEqual(heard, [1]);
  assert.throws(later[0], /of the page/); // which the browser reports
});
