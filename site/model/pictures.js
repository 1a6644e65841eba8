/** Pictures as inputs of a model: values from 0 to 255, as Keras's `load_img` and `img_to_array` give them. */
import { KerataError, kindOf } from './errors.js';

const KINDS = ['ImageData', 'ImageBitmap', 'HTMLImageElement', 'HTMLCanvasElement', 'OffscreenCanvas', 'HTMLVideoElement'];

export const isPicture = (value) => KINDS.includes(kindOf(value));

/**
 * @param {import('../kerata').Picture} picture is drawn at the input's size; where the model leaves that open, at its own
 * @param {import('./inputs.js').Description} input
 * @returns {import('./inputs.js').Values} one sample; throws a KerataError, "input"
 */
export function pixels(picture, { name, shape }) {
  const sizes = shape.slice(1);
  const isFirst = sizes.length === 3 && isChannels(sizes[0]) && !isChannels(sizes[2]);
  const channels = (sizes.length === 3 ? sizes[isFirst ? 0 : 2] : 1) ?? 3;
  if (![2, 3].includes(sizes.length) || !isChannels(channels)) {
    throw new KerataError('input', `Input '${name}': expected values of shape (${shape.join(', ')}), received a picture.`);
  }
  const [height, width] = isFirst ? sizes.slice(1) : sizes;
  const image = drawn(picture, width, height);
  const area = [image.height, image.width];
  const own = sizes.length === 2 ? area : isFirst ? [channels, ...area] : [...area, channels];
  return { data: valuesOf(image.data, channels, isFirst), shape: [1, ...own] };
}

const isChannels = (size) => [1, 3, 4].includes(size);

/** The picture as an ImageData of that size, or of its own where the model leaves it open. */
function drawn(picture, width, height) {
  const [ownWidth, ownHeight] = sizeOf(picture);
  const [w, h] = [width ?? ownWidth, height ?? ownHeight];
  const isData = kindOf(picture) === 'ImageData';
  if (isData && w === ownWidth && h === ownHeight) return picture;
  let source = picture;
  if (isData) {
    source = new OffscreenCanvas(ownWidth, ownHeight);
    source.getContext('2d').putImageData(picture, 0, 0);
  }
  const context = new OffscreenCanvas(w, h).getContext('2d', { willReadFrequently: true });
  context.imageSmoothingQuality = 'high';
  try {
    context.drawImage(source, 0, 0, w, h);
    return context.getImageData(0, 0, w, h);
  } catch {
    throw new KerataError('input', 'The picture cannot be read: it is from another site that does not permit it, or is damaged.');
  }
}

function sizeOf(picture) {
  const width = picture.naturalWidth ?? picture.videoWidth ?? picture.width;
  const height = picture.naturalHeight ?? picture.videoHeight ?? picture.height;
  if (!width || !height) throw new KerataError('input', 'The picture is empty or not loaded yet: await its load first.');
  return [width, height];
}

/** @returns {Float32Array} (height, width, channels), or (channels, height, width) where channels come first */
function valuesOf(rgba, channels, isFirst) {
  const area = rgba.length / 4;
  const values = new Float32Array(area * channels);
  const [ofPixel, ofChannel] = isFirst ? [1, area] : [channels, 1]; // distances between values
  for (let pixel = 0; pixel < area; pixel += 1) {
    const [at, into] = [4 * pixel, ofPixel * pixel];
    if (channels === 1) values[into] = gray(rgba[at], rgba[at + 1], rgba[at + 2]);
    else for (let channel = 0; channel < channels; channel += 1) values[into + ofChannel * channel] = rgba[at + channel];
  }
  return values;
}

/** ITU-R BT.601 in whole numbers, to the bit as Pillow, which Keras loads pictures with. */
const gray = (red, green, blue) => (19595 * red + 38470 * green + 7471 * blue + 32768) >> 16;
