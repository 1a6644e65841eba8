/** From a picture's file to its pixels. */
import { Unsupported } from './errors.js';
import { readBackError } from './frame.js';

const LONGEST_SIDE = 448; // pixels; Python looks at no more than half of them
const MOST_NOISE = 2; // of 255, added by a browser that changes last bits: a photo has as much
const VECTORS = 'image/svg+xml';

/**
 * @param {File} file
 * @returns {Promise<ImageData>} rejects with Unsupported where the browser hides pixels, else with what it cannot decode
 */
export async function readPicture(file) {
  const source = file.type === VECTORS ? await loadVectors(file) : await createImageBitmap(file);
  if (readBackError() > MOST_NOISE) {
    throw new Unsupported(
      'This browser hides the pixels of pictures, as a protection against fingerprinting: ' +
        'draw the digit, or allow this page to read canvases.',
    );
  }
  const full = LONGEST_SIDE / Math.max(source.width, source.height);
  const scale = file.type === VECTORS ? full : Math.min(1, full); // vectors have no size of their own
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(source.width * scale));
  canvas.height = Math.max(1, Math.round(source.height * scale));
  const context = canvas.getContext('2d');
  context.imageSmoothingQuality = 'high';
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  if (source instanceof ImageBitmap) source.close();
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

/** Which an ImageBitmap is not made from; by a data URL, for the page's policy admits no other. */
async function loadVectors(file) {
  const image = new Image();
  image.src = `data:${VECTORS},${encodeURIComponent(await file.text())}`;
  await image.decode();
  return image;
}
