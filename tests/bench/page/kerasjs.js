/** Keras.js, whose models take one image at a time. */
import { script, timed } from './arena.js';

export async function load(network, shape, values) {
  await script('keras.min.js');
  const model = new window.KerasJS.Model({ filepath: `${network}kerasjs.bin`, gpu: false });
  await model.ready();
  return timed(async () => Object.values(await model.predict({ input: values }))[0]);
}
