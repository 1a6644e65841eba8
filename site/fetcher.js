/**
 * A worker that fetches and compiles what Python starts from: the page's own thread is for ink, and Python's has enough
 * to do. It stays when it is done, for only then V8 may keep what it has compiled.
 *
 * In:  anything, where Python cannot start from its snapshot although that came.
 * Out: {type: 'fetched', loaded, total} in bytes, and what `sendParts` sends.
 */
import { Counter } from './downloads.js';
import { fileUrl } from './files.js';
import { sendParts } from './parts.js';
import { DIGITS } from './scenarios.js';

const counter = new Counter((progress) => postMessage({ type: 'fetched', ...progress }));
self.onmessage = sendParts(self, counter, DIGITS, fileUrl('models/mnist.safetensors'));
counter.readSizes().catch(() => {}); // without them, nobody knows how much there is to come
