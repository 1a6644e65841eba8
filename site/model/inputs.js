/** Whatever JavaScript has for an input of a model → {data, shape}, as the worker takes it. */
import { isDictionary, KerataError, nameOf } from './errors.js';
import { isPicture, pixels } from './pictures.js';

/**
 * @typedef {{name: string, shape: (number | null)[], dtype: string}} Description of an input, batch axis first
 * @typedef {{data: ArrayBufferView | string[], shape?: number[]}} Values without a shape, samples follow each other
 */

/**
 * @param {any} given an Input or several by name, as kerata.d.ts has it
 * @param {Description[]} inputs
 * @returns {Record<string, Values>} copies; throws a KerataError, "input", where these cannot be the model's
 */
export function valuesOf(given, inputs) {
  const isNamed = isDictionary(given) && !isTensor(given);
  if (!isNamed && inputs.length > 1) throw wrongNames(inputs, nameOf(given));
  const named = isNamed ? given : { [inputs[0].name]: given };
  const unknown = Object.keys(named).find((name) => inputs.every((each) => each.name !== name));
  if (unknown !== undefined) throw wrongNames(inputs, `'${unknown}'`);
  const missing = inputs.find(({ name }) => !Object.hasOwn(named, name));
  if (missing) throw wrongNames(inputs, `no '${missing.name}'`);
  return Object.fromEntries(inputs.map((input) => [input.name, checked(valueOf(named[input.name], input), input)]));
}

function wrongNames(inputs, received) {
  const names = inputs.map(({ name }) => name).join(', ');
  return new KerataError('input', `Inputs: expected an object with ${names}, received ${received}.`);
}

const wrong = ({ name }, expected, received) =>
  new KerataError('input', `Input '${name}': expected ${expected}, received ${received}.`);

function valueOf(value, input) {
  if (isTyped(value)) return { data: copy(value, input) };
  if (typeof value === 'string') return { data: [value], shape: [1, ...input.shape.slice(1).map(() => 1)] };
  if (isTensor(value)) return { data: valueOf(value.data, input).data, shape: shapeOf(value, input) };
  if (Array.isArray(value)) return nested(value, input);
  if (isPicture(value)) return pixels(value, input);
  throw wrong(input, 'a typed array, nested arrays, text or a picture', nameOf(value));
}

const isTyped = (value) => ArrayBuffer.isView(value) && !(value instanceof DataView);

const isTensor = (value) => Array.isArray(value?.shape) && (Array.isArray(value.data) || isTyped(value.data));

function shapeOf({ shape }, input) {
  if (shape.every((size) => Number.isSafeInteger(size) && size >= 0)) return [...shape];
  throw wrong(input, 'a shape of whole numbers', `(${shape.join(', ')})`);
}

/** Python knows no array of half precision of JavaScript's. */
function copy(values, input) {
  try {
    return nameOf(values) === 'Float16Array' ? Float32Array.from(values) : values.slice();
  } catch {
    throw wrong(input, 'values', 'an array whose memory was transferred');
  }
}

function checked(values, input) {
  const isText = Array.isArray(values.data);
  if (isText === (input.dtype === 'string')) return values;
  throw wrong(input, ...(isText ? ['numbers', 'text'] : ['text', 'numbers']));
}

// Nested arrays

const MOST_AXES = 32; // of NumPy

/** Rows may be typed arrays. One axis alone is taken as a typed array. */
function nested(value, input) {
  const shape = [];
  for (let part = value; isRow(part) && shape.length <= MOST_AXES; part = part[0]) shape.push(part.length);
  if (shape.length > MOST_AXES) throw wrong(input, `at most ${MOST_AXES} axes`, 'more');
  const flat = [];
  flatten(value, shape, 0, flat, input);
  const data = typeof flat[0] === 'string' ? texts(flat, input) : numbers(flat, input);
  return shape.length > 1 ? { data, shape } : { data };
}

const isRow = (part) => Array.isArray(part) || isTyped(part);

function flatten(part, shape, axis, into, input) {
  if (!isRow(part) || part.length !== shape[axis]) {
    throw wrong(input, 'rows of the same length', 'rows of different lengths');
  }
  if (axis < shape.length - 1) for (const each of part) flatten(each, shape, axis + 1, into, input);
  else for (const each of part) into.push(each);
}

function texts(values, input) {
  const other = values.find((each) => typeof each !== 'string');
  if (other !== undefined) throw wrong(input, 'text', nameOf(other));
  return values;
}

const NUMBERS = ['number', 'bigint', 'boolean'];
const ARRAYS = { int8: Int8Array, uint8: Uint8Array, int16: Int16Array, uint16: Uint16Array, int32: Int32Array, uint32: Uint32Array };

/** int64 is given as numbers, which float64 holds exactly up to 2**53. */
function numbers(values, input) {
  const at = values.findIndex((each) => !NUMBERS.includes(typeof each));
  if (at >= 0) throw wrong(input, 'numbers', isRow(values[at]) ? 'rows of different lengths' : nameOf(values[at]));
  const Kind = ARRAYS[input.dtype] ?? (input.dtype.includes('int') ? Float64Array : Float32Array);
  return Kind.from(values, Number);
}
