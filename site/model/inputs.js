/** Whatever JavaScript has for an input of a model → {data, shape}, as the worker takes it. */
import { KerataError, nameOf } from './errors.js';

/** @type {(value: any) => boolean} */
const isView = ArrayBuffer.isView;

/**
 * @typedef {{name: string, shape: (number | null)[], dtype: string}} Description of an input, batch axis first
 * @typedef {{data: ArrayBufferView | string[], shape?: number[]}} Values without a shape, samples follow each other
 */

/**
 * @param {import('../kerata').Input | Record<string, import('../kerata').Input>} given
 * @param {Description[]} inputs
 * @returns {Record<string, Values>} copies; throws a KerataError, "input", where these cannot be the model's
 */
export function valuesOf(given, inputs) {
  const isNamed = given?.constructor === Object && !isTensor(given);
  if (!isNamed && inputs.length > 1) {
    const names = inputs.map(({ name }) => name).join(', ');
    throw new KerataError('input', `Inputs: expected an object with ${names}, received ${nameOf(given)}.`);
  }
  const named = isNamed ? given : { [inputs[0].name]: given };
  return Object.fromEntries(
    Object.entries(named).map(([name, value]) => [name, valueOf(value, inputs.find((each) => each.name === name) ?? { name, shape: [] })]),
  );
}

function valueOf(value, input) {
  if (isView(value) && !(value instanceof DataView)) return { data: value.slice() };
  if (typeof value === 'string') return { data: [value], shape: [1, ...input.shape.slice(1).map(() => 1)] };
  if (isTensor(value)) return { data: value.data.slice(), shape: [...value.shape] };
  if (Array.isArray(value)) return nested(value, input);
  if (isPicture(value)) return pixels(value, input);
  throw new KerataError(
    'input',
    `Input '${input.name}': expected a typed array, nested arrays, text or a picture, received ${nameOf(value)}.`,
  );
}

const isTensor = (value) => Array.isArray(value?.shape) && (Array.isArray(value.data) || isView(value.data));

// Nested arrays

function nested(value, { name, dtype }) {
  const shape = [];
  for (let part = value; Array.isArray(part) || isView(part); part = part[0]) shape.push(part.length);
  const flat = [];
  flatten(value, shape, 0, flat, name);
  if (flat.some((each) => typeof each === 'string')) return { data: flat.map(String), shape };
  return { data: typedArray(dtype, flat), shape };
}

function flatten(part, shape, axis, into, name) {
  const isRow = Array.isArray(part) || isView(part);
  if (isRow !== axis < shape.length || (isRow && part.length !== shape[axis])) {
    throw new KerataError('input', `Input '${name}': expected rows of the same length, received rows of different lengths.`);
  }
  if (!isRow) into.push(part);
  else for (const each of part) flatten(each, shape, axis + 1, into, name);
}

const ARRAYS = { int8: Int8Array, uint8: Uint8Array, int16: Int16Array, uint16: Uint16Array, int32: Int32Array, uint32: Uint32Array };

/** int64 is given as numbers, which float64 holds exactly up to 2**53. */
function typedArray(dtype, values) {
  const Kind = ARRAYS[dtype] ?? (dtype?.includes('int') ? Float64Array : Float32Array);
  return Kind.from(values);
}

// Pictures

const KINDS = ['ImageData', 'ImageBitmap', 'HTMLImageElement', 'HTMLCanvasElement', 'OffscreenCanvas', 'HTMLVideoElement'];

const isPicture = (value) => KINDS.some((kind) => kind in globalThis && value instanceof globalThis[kind]);

/** Weights of red, green and blue in gray, by ITU-R BT.601, as Pillow and so Keras's `load_img` have them. */
const GRAY = [0.299, 0.587, 0.114];

function pixels(picture, { name, shape }) {
  const sizes = shape.slice(1);
  const isFirst = sizes.length === 3 && [1, 3, 4].includes(sizes[0]) && ![1, 3, 4].includes(sizes[2]);
  const [height, width] = isFirst ? sizes.slice(1) : sizes;
  const channels = (sizes.length === 3 ? sizes[isFirst ? 0 : 2] : 1) ?? 3;
  if (![2, 3].includes(sizes.length) || ![1, 3, 4].includes(channels)) {
    throw new KerataError('input', `Input '${name}': expected values of shape (${shape.join(', ')}), received a picture.`);
  }
  const image = drawn(picture, width, height);
  const data = isFirst ? planes(image, channels) : interleaved(image, channels);
  const area = [image.height, image.width];
  const own = sizes.length === 2 ? area : isFirst ? [channels, ...area] : [...area, channels];
  return { data, shape: [1, ...own] };
}

/** The picture as an ImageData of that size, or of its own where the model leaves it open. */
function drawn(picture, width, height) {
  const [ownWidth, ownHeight] = sizeOf(picture);
  const [w, h] = [width ?? ownWidth, height ?? ownHeight];
  if (picture instanceof ImageData && w === ownWidth && h === ownHeight) return picture;
  let source = picture;
  if (picture instanceof ImageData) {
    source = new OffscreenCanvas(ownWidth, ownHeight);
    source.getContext('2d').putImageData(picture, 0, 0);
  }
  const context = new OffscreenCanvas(w, h).getContext('2d', { willReadFrequently: true });
  context.imageSmoothingQuality = 'high';
  try {
    context.drawImage(source, 0, 0, w, h);
    return context.getImageData(0, 0, w, h);
  } catch {
    throw new KerataError('input', 'The picture cannot be read: it is from another site that does not permit it, or is not loaded.');
  }
}

function sizeOf(picture) {
  const width = picture.naturalWidth ?? picture.videoWidth ?? picture.width;
  const height = picture.naturalHeight ?? picture.videoHeight ?? picture.height;
  if (!width || !height) throw new KerataError('input', 'The picture is empty or not loaded yet: await its load first.');
  return [width, height];
}

function interleaved({ data }, channels) {
  const count = data.length / 4;
  const values = new Float32Array(count * channels);
  for (let pixel = 0; pixel < count; pixel += 1) {
    for (let channel = 0; channel < channels; channel += 1) {
      values[pixel * channels + channel] = valueAt(data, 4 * pixel, channel, channels);
    }
  }
  return values;
}

function planes({ data }, channels) {
  const count = data.length / 4;
  const values = new Float32Array(count * channels);
  for (let channel = 0; channel < channels; channel += 1) {
    for (let pixel = 0; pixel < count; pixel += 1) {
      values[channel * count + pixel] = valueAt(data, 4 * pixel, channel, channels);
    }
  }
  return values;
}

const valueAt = (data, at, channel, channels) =>
  channels === 1 ? Math.round(GRAY[0] * data[at] + GRAY[1] * data[at + 1] + GRAY[2] * data[at + 2]) : data[at + channel];
