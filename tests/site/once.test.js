import assert from 'node:assert/strict';
import { test } from 'node:test';
import { once } from '../../site/once.js';

test('calls share one try; after one that failed, the next call tries again', async () => {
  const outcomes = [Promise.reject(new Error('no network')), Promise.resolve()];
  outcomes[0].catch(() => {});
  let tries = 0;
  const bring = once(() => outcomes[tries++]);
  const [first, second] = [bring(), bring()];
  await assert.rejects(first, /no network/);
  await assert.rejects(second, /no network/);
  await bring();
  await bring();
  assert.equal(tries, 2);
});
