/**
 * The normalised frame: whatever the size and place of a drawing, the network is shown the same picture of it.
 *
 * MNIST's digits are 20 pixels at their longest in a picture of 28, drawn with a pen of about 2.4. The frame is that
 * picture five times as large; Python reduces it to 28×28. Drawing the strokes again at the right size, rather than
 * shrinking the visible pad, keeps the pen's width the same for a small digit and a large one. Python's
 * `digits/preprocessing.py` draws the same frame from strokes where a browser does not let a canvas be read.
 */
import { StrokeCanvas } from './strokes.js';

/** @typedef {import('./strokes.js').Stroke} Stroke */

const MAGNIFICATION = 5;
const SIDE = 28 * MAGNIFICATION;
const INK_SIDE = 20 * MAGNIFICATION;
const PEN_WIDTH = 2.4 * MAGNIFICATION;

// The frame is read back each time it is drawn; this keeps it in main memory rather than on the GPU.
/** @type {CanvasRenderingContext2DSettings} */
const SETTINGS = { willReadFrequently: true };

const context = createCanvas().getContext('2d', SETTINGS);
const strokeCanvas = new StrokeCanvas(context, SETTINGS);

function createCanvas() {
  const canvas = document.createElement('canvas');
  canvas.width = SIDE;
  canvas.height = SIDE;
  return canvas;
}

/**
 * The strokes in black on a transparent square, fitted and centred.
 *
 * @param {Stroke[]} strokes in any unit, anywhere
 * @returns {ImageData}
 */
export function renderFrame(strokes) {
  context.resetTransform();
  context.clearRect(0, 0, SIDE, SIDE);
  const box = boundingBox(strokes);
  if (box) {
    // A dot has no extent and keeps its scale; all else grows or shrinks until ink, pen included, is INK_SIDE long.
    const extent = Math.max(box.right - box.left, box.bottom - box.top);
    const scale = extent > 0 ? (INK_SIDE - PEN_WIDTH) / extent : 1;
    context.translate(SIDE / 2, SIDE / 2);
    context.scale(scale, scale);
    context.translate(-(box.left + box.right) / 2, -(box.top + box.bottom) / 2);
    strokeCanvas.draw(strokes, PEN_WIDTH / scale);
  }
  return context.getImageData(0, 0, SIDE, SIDE);
}

const boxes = new WeakMap(); // of strokes, as far as they had come

/** Looks at no point twice, because strokes only go on at their ends. Null without points. */
function boundingBox(strokes) {
  const box = emptyBox();
  for (const stroke of strokes) {
    const { left, right, top, bottom } = boxOf(stroke);
    include(box, left, top);
    include(box, right, bottom);
  }
  return box.left <= box.right ? box : null;
}

function boxOf(stroke) {
  if (!boxes.has(stroke)) boxes.set(stroke, { ...emptyBox(), points: 0 });
  const box = boxes.get(stroke);
  for (; box.points < stroke.length; box.points += 1) include(box, ...stroke[box.points]);
  return box;
}

const emptyBox = () => ({ left: Infinity, right: -Infinity, top: Infinity, bottom: -Infinity });

function include(box, x, y) {
  box.left = Math.min(box.left, x);
  box.right = Math.max(box.right, x);
  box.top = Math.min(box.top, y);
  box.bottom = Math.max(box.bottom, y);
}

/**
 * How far the pixels that a canvas gives back are from those that were put on it.
 *
 * Browsers with protection against fingerprinting change the last bits of some (Brave), give back noise instead
 * (Firefox with `resistFingerprinting`, as in LibreWolf and Tor Browser), or refuse.
 *
 * @returns {number} the mean over all channels, of 255; Infinity where refused
 */
export function readBackError() {
  const pattern = context.createImageData(SIDE, SIDE);
  // A pixel a word, opaque, because canvas keeps colour multiplied by opacity and may round anything translucent.
  const words = new Uint32Array(pattern.data.buffer);
  for (let i = 0; i < words.length; i += 1) words[i] = 0xff000000 | (i * 0x1f3d5b);
  try {
    context.putImageData(pattern, 0, 0);
    const { data } = context.getImageData(0, 0, SIDE, SIDE);
    return data.reduce((sum, value, i) => sum + Math.abs(value - pattern.data[i]), 0) / data.length;
  } catch {
    return Infinity;
  }
}
