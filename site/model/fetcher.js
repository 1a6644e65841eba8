/** A worker that fetches and compiles what Python starts from, as ../fetcher.js does for the page, without its model. */
import { Counter } from '../downloads.js';
import { sendParts } from '../parts.js';

const SIZES = new URL('../runtime.json', import.meta.url).href;

const counter = new Counter((progress) => postMessage({ type: 'fetched', ...progress }));
self.onmessage = sendParts(self, counter);
counter.readSizes(SIZES).catch(() => {}); // without them, nobody knows how much there is to come
