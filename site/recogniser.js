/** The page's end of the workers that start and run Python: a queue with one request under way at a time. */
import { begin } from './begin.js';

/**
 * @typedef {import('./strokes.js').Stroke[] | ImageData} Drawing
 *
 * @typedef {object} Answer
 * @property {number | null} digit the most probable; null where there was no ink, as are the next four
 * @property {number | null} second the next probable
 * @property {'sure' | 'maybe' | 'none' | null} verdict none: it looks like no digit
 * @property {Float32Array | null} probabilities ten, for the digits 0 to 9
 * @property {Float32Array | null} pixels the 28×28 picture that the network saw, 0 background to 1 ink
 * @property {number} milliseconds spent in Python
 *
 * @typedef {object} Engine
 * @property {string} backend that computes the answers
 * @property {{name: string, milliseconds?: number, reason: string}[]} trials of each that was tried, and why it is used or not
 *
 * @typedef {object} Listeners
 * @property {(progress: {stage: string, loaded: number, total: number}) => void} onProgress while starting, in bytes
 * @property {(reason: string) => void} onUnrestored Python cannot start from its snapshot, and does so from its modules
 * @property {() => void} onRuntime Python runs
 * @property {() => void} onReady the model is loaded
 * @property {(engine: Engine) => void} onBackend from now on, another one computes: before onReady, and whenever it changes
 * @property {(answer: Answer) => void} onAnswer each prediction that finished
 * @property {() => void} onIdle all that was asked is answered
 * @property {(sentence: string) => void} onFailure Python is gone, and refuses all until start() is called again
 */

export class Recogniser {
  #compose;
  #listeners;
  #python = null; // the worker, as `begin` returns it
  #ready = false;
  #failure = 'Python was not started.'; // why nothing is answered; null from when it starts until it is gone
  #queue = [];
  #underWay = null;
  #lastId = 0;

  /**
   * @param {(drawing: Drawing) => {message: object, transfer: Transferable[]}} compose what to send for a drawing
   * @param {Listeners} listeners
   */
  constructor(compose, listeners) {
    this.#compose = compose;
    this.#listeners = listeners;
  }

  /** Starts Python, anew if need be. What is asked meanwhile is answered when it is ready. */
  start() {
    this.#failure = null;
    this.#python = begin((message) => this.#receive(message));
  }

  /**
   * Always answered, in order.
   *
   * @param {Drawing} drawing
   * @returns {Promise<Answer>} rejects with a sentence
   */
  async predict(drawing) {
    const snapshot = structuredClone(drawing); // whoever asks may go on with it
    return this.#enqueue({ compose: () => this.#compose(snapshot), droppable: false });
  }

  /**
   * For ink that is still changing: a newer drawing takes the place of one that still waits.
   *
   * @param {Drawing} drawing may change, and is then asked about again: what is sent is the ink of that time
   * @returns {Promise<Answer | undefined>} undefined where a newer drawing took its place; rejects with a sentence
   */
  predictLatest(drawing) {
    const overtaken = this.#queue.findIndex((job) => job.droppable);
    if (overtaken >= 0) this.#queue.splice(overtaken, 1)[0].resolve(undefined);
    return this.#enqueue({ compose: () => this.#compose(drawing), droppable: true });
  }

  /**
   * Goes on with another backend; rejects with a sentence where that cannot be, and the one before stays.
   *
   * @param {string} backend or 'auto' for the fastest
   * @returns {Promise<void>}
   */
  async switchTo(backend) {
    await this.#enqueue({ compose: () => ({ message: { type: 'switch', backend }, transfer: [] }), droppable: false });
  }

  #enqueue(job) {
    return new Promise((resolve, reject) => {
      if (this.#failure) throw new Error(this.#failure);
      this.#queue.push({ ...job, resolve, reject });
      this.#sendNext();
    });
  }

  #sendNext() {
    if (!this.#ready || this.#underWay) return;
    if (this.#queue.length === 0) return this.#listeners.onIdle();
    this.#underWay = this.#queue.shift();
    try {
      // Composed only now: drawings that are overtaken while waiting cost nothing.
      const { message, transfer } = this.#underWay.compose();
      this.#lastId += 1;
      this.#python.worker.postMessage({ ...message, id: this.#lastId }, transfer);
    } catch (error) {
      this.#settle((job) => job.reject(error));
    }
  }

  #receive(message) {
    const { onUnrestored, onRuntime, onReady, onBackend } = this.#listeners;
    switch (message.type) {
      case 'unrestored':
        return onUnrestored(message.reason);
      case 'runtime':
        return onRuntime();
      case 'ready':
        this.#ready = true;
        this.#sendNext(); // first, for whoever waits
        return onReady();
      case 'fetched':
        return this.#progressed(message);
      case 'broken':
        return this.#fail(
          this.#ready
            ? 'The recogniser stopped unexpectedly.'
            : 'The recogniser could not be started: check the connection and try again.',
        );
      case 'failed':
        return this.#fail(message.message);
      case 'backend':
        return onBackend(message);
      case 'switched':
        return this.#settle((job) => job.resolve());
      case 'answer':
        return this.#settle((job) => {
          this.#listeners.onAnswer(message);
          job.resolve(message);
        });
      case 'refused':
        return this.#settle((job) => job.reject(new Error(message.message)));
    }
  }

  #progressed({ loaded, total }) {
    const stage = loaded < total ? 'Downloading Python' : 'Starting Python';
    if (!this.#ready) this.#listeners.onProgress({ stage, loaded, total });
  }

  #settle(report) {
    const job = this.#underWay;
    this.#underWay = null;
    try {
      report(job);
    } finally {
      this.#sendNext();
    }
  }

  /** What was asked is not asked again: it may be what Python failed at. */
  #fail(sentence) {
    this.#python.end();
    this.#ready = false;
    this.#failure = sentence;
    const jobs = [this.#underWay, ...this.#queue].filter(Boolean);
    this.#underWay = null;
    this.#queue = [];
    this.#listeners.onFailure(sentence);
    for (const job of jobs) job.reject(new Error(sentence));
  }
}
