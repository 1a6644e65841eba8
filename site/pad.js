/** The sheet of paper: turns mouse, finger and pen into strokes, and shows them, or a picture in their place. */
import { History } from './history.js';
import { passesNear, StrokeCanvas } from './strokes.js';

/** @typedef {import('./strokes.js').Stroke} Stroke */

const PEN_WIDTH = 0.055; // of the pad's side
const STILL = 0.03; // of the pad's side: a resting palm rolls by less
const [DRAWS, ERASES] = [0, 5]; // PointerEvent.button of a pen's tip (or a finger, or the mouse) and of its eraser

export class Pad {
  /** @type {Stroke[]} in 0..1 of the pad's side, so that ink keeps its place when the pad changes size */
  strokes = [];
  /** @type {ImageData | null} instead of strokes */
  picture = null;
  /** Counts every change of the ink, the end of a stroke included. */
  revision = 0;
  /** Counts the changes that were no drawing: an answer from before the latest is about ink that is gone. */
  erasures = 0;

  #canvas;
  #context;
  #strokeCanvas;
  #onChange;
  /**
   * The pointerdown of the pointer that is drawing or erasing. Others are ignored, unless it yields to them.
   * @type {PointerEvent | null}
   */
  #pointer = null;
  #redrawDue = false;
  #history = new History();

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {() => void} onChange called after each change of the ink
   */
  constructor(canvas, onChange) {
    this.#canvas = canvas;
    this.#context = canvas.getContext('2d');
    this.#strokeCanvas = new StrokeCanvas(this.#context);
    this.#onChange = onChange;
    canvas.addEventListener('pointerdown', (event) => this.#begin(event));
    canvas.addEventListener('pointermove', (event) => this.#extend(event));
    // A cancelled stroke (a call comes in, the system takes the gesture) ends as if the pen had been lifted, and a
    // cancelled dot is gone: the system has found out that it was a palm.
    for (const type of ['pointerup', 'pointercancel', 'lostpointercapture']) {
      canvas.addEventListener(type, (event) => this.#end(event));
    }
    // A long press is drawing, too, and so is a movement that begins on selected text: both stay with the pad.
    for (const type of ['contextmenu', 'dragstart']) canvas.addEventListener(type, (event) => event.preventDefault());
    new ResizeObserver(() => this.#draw()).observe(canvas);
    // The ink's colour comes from the style sheet and so changes with the colour scheme.
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#redraw());
    this.#watchResolution();
  }

  /** Zoom, or another screen, changes how many pixels the pad has, and often not its size. */
  #watchResolution() {
    const unchanged = matchMedia(`(resolution: ${devicePixelRatio}dppx)`);
    const changed = () => {
      this.#draw();
      this.#watchResolution();
    };
    unchanged.addEventListener('change', changed, { once: true });
  }

  /** Whether a stroke is being drawn right now. */
  get drawing() {
    return this.#pointer !== null;
  }

  /** Whether there is no ink on the pad. */
  get blank() {
    return this.strokes.length === 0 && !this.picture;
  }

  /** @param {ImageData} picture to take the place of all ink */
  show(picture) {
    this.#history.record(this.#ink);
    this.#replace({ strokes: [], picture });
  }

  /** Takes all ink away. */
  clear() {
    if (this.blank) return;
    this.#history.record(this.#ink);
    this.#replace({ strokes: [], picture: null });
  }

  /** Takes back the latest stroke, or the one being drawn, or what `show`, `clear` or `redo` did. */
  undo() {
    this.#replace(this.#history.undo(this.#ink));
  }

  /** Brings again what `undo` took back. */
  redo() {
    this.#replace(this.#history.redo(this.#ink));
  }

  get #ink() {
    return { strokes: this.strokes, picture: this.picture };
  }

  #replace(ink) {
    if (!ink) return;
    this.#pointer = null;
    Object.assign(this, ink);
    this.erasures += 1;
    this.#changed();
  }

  #begin(event) {
    if (event.button !== DRAWS && event.button !== ERASES) return;
    if (this.drawing && !this.#yieldTo(event)) return;
    this.#pointer = event;
    this.#capture(event.pointerId);
    if (event.button === DRAWS) this.#put(event);
    else this.#rub([event]);
  }

  #put(event) {
    this.#history.record(this.#ink);
    if (this.picture) this.#replace({ strokes: [], picture: null }); // who draws wants the drawing read
    this.#pointer = event; // again, for what is replaced lets it go
    this.strokes = [...this.strokes, [this.#locate(event)]]; // another list, for the history keeps the one before
    this.#changed();
  }

  /**
   * A hand often rests on the pad before its pen or its finger draws: touch yields to a pen, and a still touch to any
   * pointer. A pointer that comes down again yields, too, because its end was never told.
   *
   * @returns {boolean} whether the new pointer may draw; a touch's ink is then gone
   */
  #yieldTo({ pointerId, pointerType }) {
    if (pointerId === this.#pointer.pointerId) return true;
    const yields = pointerType === 'pen' ? this.#pointer.pointerType === 'touch' : this.#restsStill();
    if (yields) this.undo();
    return yields;
  }

  /** Whether the pointer that is down is a touch that has not moved: a palm, more likely than a dot. */
  #restsStill() {
    if (this.#pointer.pointerType !== 'touch') return false;
    const stroke = this.strokes.at(-1);
    return stroke.every(([x, y]) => Math.hypot(x - stroke[0][0], y - stroke[0][1]) < STILL);
  }

  /** Takes away each stroke that an eraser touches. */
  #rub(events) {
    const points = events.map((event) => this.#locate(event));
    const left = this.strokes.filter((stroke) => !points.some((point) => passesNear(stroke, point, PEN_WIDTH)));
    if (left.length === this.strokes.length) return;
    const eraser = this.#pointer;
    this.#history.record(this.#ink);
    this.#replace({ strokes: left, picture: this.picture });
    this.#pointer = eraser; // it stays down
  }

  #capture(pointerId) {
    try {
      this.#canvas.setPointerCapture(pointerId);
    } catch {
      // The pointer was lifted before this event was handled. Its stroke is drawn without capture.
    }
  }

  #extend(event) {
    if (event.pointerId !== this.#pointer?.pointerId) return;
    // One event a frame reaches the page; the positions in between, which make fast curves round, are coalesced in it.
    const coalesced = event.getCoalescedEvents?.() ?? [];
    const events = coalesced.length > 0 ? coalesced : [event];
    if (this.#pointer.button === ERASES) return this.#rub(events);
    this.strokes.at(-1).push(...events.map((each) => this.#locate(each)));
    this.#changed();
  }

  #end(event) {
    if (event.pointerId !== this.#pointer?.pointerId) return;
    if (event.type === 'pointercancel' && this.#restsStill()) return this.undo();
    this.#pointer = null;
    this.#changed();
  }

  /**
   * Kept inside the pad, so that what the visitor sees is what the network is shown.
   *
   * @returns {import('./strokes.js').Point}
   */
  #locate(event) {
    const box = this.#canvas.getBoundingClientRect();
    return [clamp((event.clientX - box.left) / box.width), clamp((event.clientY - box.top) / box.height)];
  }

  #changed() {
    this.revision += 1;
    this.#redraw();
    this.#onChange();
  }

  /** Draws at most once a frame, however many events arrive. */
  #redraw() {
    if (this.#redrawDue) return;
    this.#redrawDue = true;
    requestAnimationFrame(() => {
      this.#redrawDue = false;
      this.#draw();
    });
  }

  #draw() {
    const side = Math.round(this.#canvas.clientWidth * devicePixelRatio);
    if (this.#canvas.width !== side) this.#canvas.width = this.#canvas.height = side;
    this.#context.resetTransform();
    this.#context.clearRect(0, 0, side, side);
    if (this.picture) this.#drawPicture(side);
    this.#context.scale(side, side);
    const { color } = getComputedStyle(this.#canvas);
    this.#context.strokeStyle = color;
    this.#context.fillStyle = color;
    this.#strokeCanvas.draw(this.strokes, PEN_WIDTH);
  }

  /** As large as fits, in the middle. */
  #drawPicture(side) {
    const { width, height } = this.picture;
    const canvas = document.createElement('canvas');
    canvas.width = width;
    canvas.height = height;
    canvas.getContext('2d').putImageData(this.picture, 0, 0);
    const scale = side / Math.max(width, height);
    const [across, down] = [width * scale, height * scale];
    const area = [(side - across) / 2, (side - down) / 2, across, down];
    this.#context.fillStyle = 'gray'; // on which black can be seen and white, should there be nothing around them
    this.#context.fillRect(...area);
    this.#context.drawImage(canvas, ...area);
  }
}

function clamp(value) {
  return Math.min(Math.max(value, 0), 1);
}
