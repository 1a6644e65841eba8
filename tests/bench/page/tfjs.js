/** TensorFlow.js: its graph model, which its converter makes, on one thread. */
import { script, timed } from './arena.js';

const MORE = { wasm: ['tf-backend-wasm.min.js'], webgpu: ['tf-backend-webgpu.min.js'] };

/** TensorFlow.js with this backend. */
export async function opened(backend) {
  await script('tf.min.js', ...(MORE[backend] ?? []));
  const { tf } = window;
  if (backend === 'wasm') {
    tf.wasm.setWasmPaths(new URL('./', document.baseURI).href);
    tf.wasm.setThreadsCount(1);
  }
  await choose(tf, backend);
  return tf;
}

export async function load(network, shape, values, backend) {
  const tf = await opened(backend);
  const { modelTopology, weightSpecs } = await (await fetch(`${network}tfjs.json`)).json();
  const weightData = await (await fetch(`${network}tfjs.bin`)).arrayBuffer();
  const model = await tf.loadGraphModel(tf.io.fromMemory({ modelTopology, weightSpecs, weightData }));
  const contestant = timed(async () => {
    const x = tf.tensor(values, shape);
    const y = model.predict(x);
    const answer = backend === 'webgpu' ? await y.data() : y.dataSync();
    tf.dispose([x, y]);
    return answer;
  });
  const chosen = (method) => async (...all) => {
    await choose(tf, backend); // several backends share one TensorFlow.js
    return contestant[method](...all);
  };
  return { answer: chosen('answer'), times: chosen('times') };
}

async function choose(tf, backend) {
  if (tf.getBackend() !== backend && !(await tf.setBackend(backend))) {
    throw new Error(`TensorFlow.js has no backend ${backend} here.`);
  }
}
