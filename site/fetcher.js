/**
 * A worker that fetches and compiles what Python starts from: the page's own thread is for ink, and Python's has enough
 * to do.
 *
 * In:  {port} on which Python's worker hears what `sendParts` sends.
 * Out: {type: 'fetched', loaded, total} in bytes.
 */
import { Counter } from './downloads.js';
import { sendParts } from './parts.js';

const SIZES = new URL('./runtime.json', import.meta.url).href;

self.onmessage = async ({ data: { port } }) => {
  const counter = new Counter((progress) => postMessage({ type: 'fetched', ...progress }));
  counter.readSizes(SIZES).catch(() => {}); // without them, nobody knows how much there is to come
  await sendParts(port, counter);
  self.close();
};
