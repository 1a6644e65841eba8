/** Starts Python in a worker: from its snapshot, or from its modules where the snapshot is missing or damaged. */
import { Downloads } from './downloads.js';
import { Unsupported } from './errors.js';
import { once } from './once.js';
import { completePython, restorePython, startFromModules } from './python.js';

/**
 * The worker passes what `sendParts` sends on to `parts`, and tells that sender when the snapshot cannot be used:
 *
 *     const parts = new Parts(MODELS);
 *     self.onmessage = ({ data }) => data.type === 'part' && parts.receive(data);
 *     const load = (pyodide) => (answers = pyodide.pyimport('kerata.javascript'));
 *     const complete = await startPython(parts, load, (reason) => postMessage({ type: 'unrestored', reason }));
 *     … // the first answer
 *     await complete(); // for all that the snapshot does without: other backends, or modules that are not imported
 *
 * @param {import('./parts.js').Parts} parts
 * @param {(pyodide: object) => void | Promise<void>} load makes the worker ready to answer. Where it fails after Python was
 *   restored, it is called again with a Python that was started from modules.
 * @param {(reason: string) => void} onUnrestored hears, in a line, why Python starts from its modules
 * @returns {Promise<() => Promise<void>>} downloads the rest of Python. It takes time, so it is best called after the first
 *   answer. Calls share one download; where that fails, the next call tries again.
 */
export async function startPython(parts, load, onUnrestored) {
  if (typeof WebAssembly !== 'object') {
    throw new Unsupported('This browser has no WebAssembly, which Python needs: please try another browser.');
  }
  const downloads = new Downloads();
  const fromSnapshot = async () => {
    const restored = await restorePython(downloads, parts);
    await load(restored.pyodide);
    return once(() => completePython(downloads, restored));
  };
  const started = fromSnapshot().catch(async (error) => {
    onUnrestored(error.message.split('\n')[0]); // the rest is for developers
    await load(await startFromModules(downloads, parts));
    return async () => {};
  });
  // Pyodide waits for ever when its WebAssembly fails to arrive or to compile, so a failure must overtake it.
  return Promise.race([started, downloads.failure]);
}
