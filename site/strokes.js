/**
 * @typedef {[number, number]} Point x to the right, y down
 * @typedef {Point[]} Stroke the path of the pen from touching down to lifting
 */

/**
 * Draws strokes with a round pen, in the context's current colour and transform.
 *
 * A pointer reports corners, a hand draws curves: each reported point is the control point of a quadratic Bézier
 * curve between the middles of its two neighbouring segments, so the line bends at the points and never overshoots.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Stroke[]} strokes
 * @param {number} penWidth in the strokes' own unit
 */
export function drawStrokes(context, strokes, penWidth) {
  context.lineWidth = penWidth;
  context.lineCap = 'round';
  context.lineJoin = 'round';
  for (const stroke of strokes) {
    if (isDot(stroke)) {
      drawDot(context, stroke[0], penWidth);
    } else {
      drawCurve(context, stroke);
    }
  }
}

/** Canvas draws nothing for a path without length, not even its round caps, so a dot needs a way of its own. */
function isDot(stroke) {
  return stroke.every(([x, y]) => x === stroke[0][0] && y === stroke[0][1]);
}

function drawDot(context, point, penWidth) {
  if (!point) return; // a stroke without points leaves no ink
  context.beginPath();
  context.arc(...point, penWidth / 2, 0, 2 * Math.PI);
  context.fill();
}

function drawCurve(context, stroke) {
  context.beginPath();
  context.moveTo(...stroke[0]);
  for (let i = 1; i < stroke.length - 1; i++) {
    context.quadraticCurveTo(...stroke[i], ...middle(stroke[i], stroke[i + 1]));
  }
  context.lineTo(...stroke.at(-1));
  context.stroke();
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
