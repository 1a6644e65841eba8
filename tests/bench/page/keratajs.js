/** kerata.js, whose Python is in a worker: a prediction is a message to it and one back, with each layer's output or not. */
import { timed } from './arena.js';

export async function load(network, shape, values, outputs) {
  const { Model } = await import(new URL('site/kerata.js', document.baseURI).href);
  const model = new Model({ filepath: `${network}model`, backend: 'wasm', transferLayerOutputs: outputs === 'layers' });
  await model.ready();
  return timed(async () => Object.values(await model.predict(values))[0]);
}
