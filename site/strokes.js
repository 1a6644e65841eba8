/**
 * @typedef {[number, number]} Point x to the right, y down
 * @typedef {Point[]} Stroke the path of the pen from touching down to lifting
 */

const PART = 256; // points of a stroke that are drawn as one path, without a seam

/**
 * Strokes of a round pen on a canvas. They go on at their ends, and the work of drawing them again does not grow with
 * them: all but the latest part is kept as a picture.
 *
 * A pointer reports corners, a hand draws curves: each reported point is the control point of a quadratic Bézier
 * curve between the middles of its two neighbouring segments, so the line bends at the points and never overshoots.
 */
export class StrokeCanvas {
  #context;
  #kept; // the context of a canvas with all strokes before #stroke, and of this one the points before #point
  #strokes = [];
  #stroke = 0;
  #point = 0;
  #look = '';

  /**
   * @param {CanvasRenderingContext2D} context to draw on
   * @param {CanvasRenderingContext2DSettings} [settings] that it was made with
   */
  constructor(context, settings) {
    this.#context = context;
    this.#kept = document.createElement('canvas').getContext('2d', settings);
  }

  /**
   * Draws over what is there, in the context's current color and transform.
   *
   * @param {Stroke[]} strokes whose points do not change, but more may follow
   * @param {number} penWidth in the strokes' own unit
   */
  draw(strokes, penWidth) {
    const context = this.#context;
    Object.assign(context, { lineWidth: penWidth, lineCap: 'round', lineJoin: 'round' });
    if (!this.#goesOn(strokes)) this.#forget();
    this.#strokes = strokes;
    if (strokes.length === 0) return;
    this.#keep();
    context.save();
    context.resetTransform();
    context.drawImage(this.#kept.canvas, 0, 0);
    context.restore();
    drawPart(context, strokes.at(-1), this.#point);
  }

  /** Whether what is kept is the beginning of these strokes, and looks as they do now. */
  #goesOn(strokes) {
    const { canvas, strokeStyle, lineWidth } = this.#context;
    const { a, d, e, f } = this.#context.getTransform();
    const look = [canvas.width, canvas.height, strokeStyle, lineWidth, a, d, e, f].join();
    const changed = look !== this.#look;
    this.#look = look;
    const kept = this.#strokes.slice(0, this.#stroke + 1);
    return !changed && kept.length <= strokes.length && kept.every((stroke, i) => stroke === strokes[i]);
  }

  #forget() {
    const { canvas, strokeStyle, fillStyle, lineWidth, lineCap, lineJoin } = this.#context;
    Object.assign(this.#kept.canvas, { width: canvas.width, height: canvas.height }); // which wipes it
    Object.assign(this.#kept, { strokeStyle, fillStyle, lineWidth, lineCap, lineJoin });
    this.#kept.setTransform(this.#context.getTransform());
    this.#stroke = this.#point = 0;
  }

  #keep() {
    while (this.#stroke < this.#strokes.length - 1) {
      drawPart(this.#kept, this.#strokes[this.#stroke], this.#point);
      this.#stroke += 1;
      this.#point = 0;
    }
    const last = this.#strokes[this.#stroke];
    for (; last.length > this.#point + PART; this.#point += PART) drawPart(this.#kept, last, this.#point, this.#point + PART);
  }
}

/** Draws a stroke from one of its points to before another, or else to its end. */
function drawPart(context, stroke, from, to = stroke.length) {
  if (from === 0 && isDot(stroke)) return drawDot(context, stroke[0]);
  const last = stroke.length - 1;
  context.beginPath();
  context.moveTo(...(from === 0 ? stroke[0] : middle(stroke[from - 1], stroke[from])));
  for (let i = Math.max(from, 1); i < Math.min(to, last); i++) {
    context.quadraticCurveTo(...stroke[i], ...middle(stroke[i], stroke[i + 1]));
  }
  if (to > last) context.lineTo(...stroke[last]);
  context.stroke();
}

/** Canvas draws nothing for a path without length, not even its round caps, so a dot needs a way of its own. */
function isDot(stroke) {
  return stroke.every(([x, y]) => x === stroke[0][0] && y === stroke[0][1]);
}

function drawDot(context, point) {
  if (!point) return; // a stroke without points leaves no ink
  context.beginPath();
  context.arc(...point, context.lineWidth / 2, 0, 2 * Math.PI);
  context.fill();
}

/** @returns {Point} */
function middle([x1, y1], [x2, y2]) {
  return [(x1 + x2) / 2, (y1 + y2) / 2];
}

/**
 * @param {Stroke} stroke
 * @param {Point} point
 * @param {number} distance
 * @returns {boolean} whether the stroke's line passes the point at no more than the distance
 */
export function passesNear(stroke, point, distance) {
  return stroke.some((end, i) => distanceTo(point, stroke[Math.max(i - 1, 0)], end) <= distance);
}

/** From a point to a straight line with ends, which may be one and the same. */
function distanceTo([x, y], [x1, y1], [x2, y2]) {
  const [dx, dy] = [x2 - x1, y2 - y1];
  const along = ((x - x1) * dx + (y - y1) * dy) / (dx * dx + dy * dy || 1);
  const t = Math.min(Math.max(along, 0), 1);
  return Math.hypot(x - x1 - t * dx, y - y1 - t * dy);
}
