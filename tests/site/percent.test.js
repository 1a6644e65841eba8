import assert from 'node:assert/strict';
import { test } from 'node:test';
import { percent } from '../../site/percent.js';

test('a share has one decimal, and is never all', () => {
  const shown = [0, 0.00049, 0.0005, 0.1234, 0.5, 0.998, 0.9999, 1].map(percent);
  assert.deepEqual(shown, ['0.0%', '0.0%', '0.1%', '12.3%', '50.0%', '99.8%', '99.9%', '99.9%']);
});
