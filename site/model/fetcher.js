/** A worker that fetches and compiles what Python starts from, as ../fetcher.js does for the page, without its model. */
import './addressed.js';
import { Counter } from '../downloads.js';
import { sendParts } from '../parts.js';
import { MODELS } from '../scenarios.js';

const counter = new Counter((progress) => postMessage({ type: 'fetched', ...progress }));
self.onmessage = sendParts(self, counter, MODELS);
counter.readSizes().catch(() => {}); // without them, nobody knows how much there is to come
