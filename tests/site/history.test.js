import assert from 'node:assert/strict';
import { test } from 'node:test';
import { History } from '../../site/history.js';

test('undo and redo lead through all states in both directions', () => {
  const history = new History();
  for (const state of ['', 'a', 'ab']) history.record(state);
  assert.equal(history.undo('abc'), 'ab');
  assert.equal(history.undo('ab'), 'a');
  assert.equal(history.redo('a'), 'ab');
  assert.equal(history.undo('ab'), 'a');
  assert.equal(history.undo('a'), '');
  assert.equal(history.undo(''), undefined);
  assert.equal(history.redo(''), 'a');
});

test('a new state leaves nothing to redo', () => {
  const history = new History();
  history.record('');
  history.undo('a');
  history.record('');
  assert.equal(history.redo('b'), undefined);
});

test('the oldest of more than a hundred states is forgotten', () => {
  const history = new History();
  for (let state = 0; state < 150; state += 1) history.record(state);
  let oldest = 150;
  let steps = 0;
  for (let state = history.undo(oldest); state !== undefined; state = history.undo(oldest)) {
    oldest = state;
    steps += 1;
  }
  assert.deepEqual([steps, oldest], [100, 50]);
});
