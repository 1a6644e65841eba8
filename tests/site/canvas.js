/** A canvas that draws nothing and notes, in pixels, which points it was asked to draw. */

class Context {
  drawn = []; // [x, y, half the pen's width]
  lineWidth = 1;
  strokeStyle = '#000';
  fillStyle = '#000';
  #transform = [1, 0, 0]; // scale, x, y
  #kept = [];

  constructor(canvas) {
    this.canvas = canvas;
  }

  save = () => this.#kept.push(this.#transform);
  restore = () => (this.#transform = this.#kept.pop());
  resetTransform = () => (this.#transform = [1, 0, 0]);
  getTransform = () => ({ a: this.#transform[0], d: this.#transform[0], e: this.#transform[1], f: this.#transform[2] });
  setTransform = ({ a, e, f }) => (this.#transform = [a, e, f]);

  translate(x, y) {
    const [scale, left, top] = this.#transform;
    this.#transform = [scale, left + scale * x, top + scale * y];
  }

  scale(factor) {
    const [scale, ...origin] = this.#transform;
    this.#transform = [scale * factor, ...origin];
  }

  #add(x, y, halfWidth) {
    const [scale, left, top] = this.#transform;
    this.drawn.push([left + scale * x, top + scale * y, scale * halfWidth]);
  }

  beginPath = () => {};
  stroke = () => {};
  fill = () => {};
  moveTo = (x, y) => this.#add(x, y, this.lineWidth / 2);
  lineTo = (x, y) => this.#add(x, y, this.lineWidth / 2);
  quadraticCurveTo = (_controlX, _controlY, x, y) => this.#add(x, y, this.lineWidth / 2);
  arc = (x, y, radius) => this.#add(x, y, radius);
  clearRect = () => (this.drawn = []);
  drawImage = ({ context }) => this.drawn.push(...context.drawn);
  getImageData = (_x, _y, width, height) => ({ width, height, drawn: [...this.drawn] });
}

class Canvas {
  #width = 300;
  height = 150;
  context = new Context(this);

  get width() {
    return this.#width;
  }

  /** Wipes it. */
  set width(width) {
    this.#width = width;
    this.context.drawn = [];
    this.context.resetTransform();
  }

  getContext = () => this.context;
}

globalThis.document = { createElement: () => new Canvas() };

export const createContext = () => new Canvas().context;
