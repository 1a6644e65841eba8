/** TensorFlow.js's own layers, the BiLSTM built of them, with Keras's weights. */
import { timed } from './arena.js';
import { opened } from './tfjs.js';

export async function load(network, [batch, steps], values, backend) {
  const tf = await opened(backend);
  const shapes = await (await fetch(`${network}layers.json`)).json();
  const numbers = new Float32Array(await (await fetch(`${network}layers.bin`)).arrayBuffer());
  const model = built(tf, steps, shapes);
  let start = 0;
  const weights = shapes.map((shape) => {
    const size = shape.reduce((a, b) => a * b, 1);
    start += size;
    return tf.tensor(numbers.subarray(start - size, start), shape);
  });
  model.setWeights(weights);
  return timed(async () => {
    const x = tf.tensor(values, [batch, steps]);
    const y = model.predict(x);
    const answer = y.dataSync();
    tf.dispose([x, y]);
    return answer;
  });
}

/** Of two recurrent layers, whose kernels and recurrent kernels are each other's neighbours. */
function built(tf, steps, shapes) {
  const [[words, units]] = shapes;
  const bidirectional = (recurrent, returnSequences) =>
    tf.layers.bidirectional({
      layer: tf.layers.lstm({ units: recurrent[0], recurrentActivation: 'sigmoid', returnSequences }),
    });
  const embedding = tf.layers.embedding({ inputDim: words, outputDim: units, inputLength: steps });
  const head = tf.layers.dense({ units: 1, activation: 'sigmoid' });
  return tf.sequential({
    layers: [embedding, bidirectional(shapes[2], true), bidirectional(shapes[8], false), head],
  });
}
