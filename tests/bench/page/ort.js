/** ONNX Runtime Web, on one thread, fed images in its own order of axes: (n, channels, height, width). */
import { script, timed } from './arena.js';

const SCRIPTS = { wasm: 'ort.wasm.min.js', webgpu: 'ort.webgpu.min.js' };

export async function load(network, shape, values, backend) {
  await script(SCRIPTS[backend]);
  const { ort } = window;
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = new URL('./', document.baseURI).href;
  const session = await ort.InferenceSession.create(`${network}network.onnx`, { executionProviders: [backend] });
  const [ours, sizes] = shape.length === 4 ? images(values, shape) : [values, shape];
  return timed(async () => {
    const { y } = await session.run({ x: new ort.Tensor('float32', ours, sizes) });
    return y.data;
  });
}

function images(values, [batch, height, width, channels]) {
  return [channelsFirst(values, batch, height * width, channels), [batch, channels, height, width]];
}

function channelsFirst(values, batch, pixels, channels) {
  const planes = new Float32Array(values.length);
  for (let n = 0; n < batch; n++)
    for (let p = 0; p < pixels; p++)
      for (let c = 0; c < channels; c++)
        planes[(n * channels + c) * pixels + p] = values[(n * pixels + p) * channels + c];
  return planes;
}
