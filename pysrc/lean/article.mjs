/** The article's network as Keras.js's `.bin` (pysrc/kerata/formats/kerasjs.py), with weights of no meaning. */

const convolution = (name, filters, more) => ({
  class_name: 'Conv2D',
  config: { name, filters, kernel_size: [3, 3], strides: [1, 1], padding: 'valid', activation: 'relu', use_bias: true, ...more },
});
const dense = (name, units, activation) => ({ class_name: 'Dense', config: { name, units, activation, use_bias: true } });

const LAYERS = [
  convolution('conv2d_1', 32, { batch_input_shape: [null, 28, 28, 1] }),
  convolution('conv2d_2', 64, {}),
  { class_name: 'MaxPooling2D', config: { name: 'pooling', pool_size: [2, 2], strides: [2, 2], padding: 'valid' } },
  { class_name: 'Dropout', config: { name: 'dropout_1', rate: 0.25 } },
  { class_name: 'Flatten', config: { name: 'flatten' } },
  dense('dense_1', 128, 'relu'),
  { class_name: 'Dropout', config: { name: 'dropout_2', rate: 0.5 } },
  dense('dense_2', 10, 'softmax'),
];

const WEIGHTS = [
  ['conv2d_1', 'kernel', [3, 3, 1, 32]],
  ['conv2d_1', 'bias', [32]],
  ['conv2d_2', 'kernel', [3, 3, 32, 64]],
  ['conv2d_2', 'bias', [64]],
  ['dense_1', 'kernel', [9216, 128]],
  ['dense_1', 'bias', [128]],
  ['dense_2', 'kernel', [128, 10]],
  ['dense_2', 'bias', [10]],
];

/** @param {boolean} isQuantized to a byte each @returns {Uint8Array} */
export function article(isQuantized) {
  const texts = ['article', 'network', '2.1.2', 'tensorflow', JSON.stringify({ class_name: 'Sequential', config: LAYERS })];
  const weights = WEIGHTS.map((weight) => field(6, messageOf(weight, isQuantized)));
  return joined([...texts.map((each, i) => field(i + 1, text(each))), ...weights]);
}

function messageOf([layer, name, shape], isQuantized) {
  const size = shape.reduce((product, each) => product * each, 1);
  const levels = Uint8Array.from({ length: size }, (_, i) => Math.imul(i + 1, 2654435761) >>> 24);
  const values = isQuantized ? levels : new Uint8Array(Float32Array.from(levels, (level) => level / 2550 - 0.05).buffer);
  const bounds = [-0.05, 0.05].map((bound, i) => [...varint((6 + i) * 8 + 5), ...new Uint8Array(Float32Array.of(bound).buffer)]);
  const parts = [text(layer), text(`${layer}/${name}`), shape.flatMap(varint), text(isQuantized ? 'uint8' : 'float32'), values];
  return joined([...parts.map((each, i) => field(i + 1, each)), ...bounds]);
}

const text = (value) => new TextEncoder().encode(value);

/** Wire type 2: a tag, a length, and so many bytes. */
const field = (number, content) => joined([varint(number * 8 + 2), varint(content.length), content]);

/** Seven bits a byte, the lowest first; the eighth bit says that more follow. */
const varint = (value) => (value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))]);

function joined(parts) {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  parts.reduce((at, part) => (whole.set(part, at), at + part.length), 0);
  return whole;
}
