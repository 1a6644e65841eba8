/**
 * What Node.js gives as random and as the time is the same in each run, so that the same sources make the same snapshot.
 * Python's hash seed is one of these numbers: no secret, as it lies in the snapshot.
 */
import crypto from 'node:crypto';

let state = 1;
let time = Date.UTC(2020, 0);

/** By a linear congruential generator (W. H. Press et al., *Numerical recipes*, 1992): Emscripten asks for no better. */
crypto.randomFillSync = (view) => {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  for (let i = 0; i < bytes.length; i += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return view;
};

Date.now = () => (time += 1);
performance.now = () => (time += 1);
