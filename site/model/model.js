/** A Keras model that runs in Python's worker. The interface is that of Keras.js 1.0, as far as it has one for it. */
import { Emitter } from './emitter.js';
import { KerataError } from './errors.js';
import { kept, readFiles } from './files.js';
import { valuesOf } from './inputs.js';
import { python, untilHeard } from './python.js';

export { KerataError };

const GPU = ['webgpu', 'webgl'];

/** @type {{signal?: AbortSignal, transfer?: ArrayBufferLike[], onStart?: () => void, onEnd?: () => void}} */
const NO_OPTIONS = {};

let lastKey = 0; // of a model in the worker

export class Model {
  events = new Emitter();
  name = '';
  className = '';
  backend = '';
  modelLayersInfo = [];
  inputLayerNames = [];
  outputLayerNames = [];
  layerOutputs = new Map();
  predictStats = {};

  #options;
  #files; // URLs and Blobs
  #key; // in the worker
  #python; // where it is open
  #inputs = [];
  #trials = [];
  #state = 'loading'; // 'ready' once it is loaded, 'failed', 'closed'
  #loading; // a promise
  #reopening = null; // a promise, while Python has died and the model is being opened in another
  #running = 0; // predictions
  #stops = new Set(); // AbortControllers of all that is under way
  #percent = 0; // of the loading that was told last

  /** @param {import('../kerata').Options} options */
  constructor(options) {
    this.#options = { ...options };
    this.gpu = Boolean(this.#options.gpu);
    this.#loading = this.#load();
    this.#loading.catch(() => {}); // who waits for it hears of it
  }

  get isRunning() {
    return this.#running > 0;
  }

  async ready() {
    await this.#loading;
    this.#refuseUnready(); // by now it may be closed
    return true;
  }

  predict(input, { signal } = NO_OPTIONS) {
    return this.#run('predict', input, signal, ({ outputs, layers }) => {
      if (layers) this.layerOutputs = toMap(layers);
      return Object.fromEntries(toMap(outputs));
    });
  }

  trace(input, { signal } = NO_OPTIONS) {
    return this.#run('trace', input, signal, ({ layers }) => toMap(layers));
  }

  backends() {
    return this.#trials;
  }

  async switchTo(backend) {
    await this.#request({ type: 'switch', backend: String(backend) });
    this.#options.backend = this.gpu ? 'auto' : this.backend; // where it is opened again
  }

  async toggleGPU(gpu = !this.gpu) {
    await this.switchTo(gpu ? 'gpu' : 'cpu');
  }

  async resetStates() {
    await this.#request({ type: 'reset' });
  }

  interrupt() {
    for (const controller of this.#stops) controller.abort();
  }

  async cleanup() {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.interrupt();
    this.layerOutputs.clear();
    if (this.#python?.isAlive) await this.#python.request({ type: 'close', model: this.#key }).catch(() => {});
  }

  async #load() {
    try {
      const { filepath, weights = [] } = this.#options;
      this.#files = [filepath, ...[weights].flat()].map(kept);
      await this.#open();
      if (this.#state === 'loading') this.#state = 'ready';
    } catch (error) {
      if (this.#state === 'loading') this.#state = 'failed';
      throw error;
    }
  }

  /** Brings the files and Python, and has Python read them. */
  #open() {
    return this.#stoppable(this.#options.signal, async (signal) => {
      this.#percent = -1;
      const current = python();
      const progress = { files: { loaded: 0, total: 0 }, python: { loaded: 0, total: 0 } };
      const report = (part, amounts) => this.#reportLoading(Object.assign(progress, { [part]: amounts }));
      const unwatch = current.watch((amounts) => report('python', amounts));
      try {
        const { headers } = this.#options;
        const files = await readFiles(this.#files, { headers, signal }, (amounts) => report('files', amounts));
        await this.#read(files, signal);
      } finally {
        unwatch();
      }
    });
  }

  async #read(files, signal) {
    const key = (lastKey += 1);
    const { gpu } = this;
    const message = { type: 'open', model: key, files, backend: String(this.#options.backend ?? 'auto'), gpu };
    const onStart = () => {
      this.#percent = 100;
      this.events.emit('loadingProgress', 100);
      this.events.emit('initProgress', 0);
    };
    const { worker, description, ...engine } = await untilHeard(() => this.#ask(message, { signal, onStart }));
    this.#key = key;
    this.#python = worker;
    this.#describe(description);
    this.#computedBy(engine);
    this.events.emit('initProgress', 100);
  }

  async #ask(message, { signal, onStart }) {
    const worker = python();
    try {
      return { worker, ...(await worker.request(message, { transfer: message.files, signal, onStart })) };
    } catch (error) {
      // By then, Python may have opened it.
      if (error.code === 'aborted') worker.request({ type: 'close', model: message.model }).catch(() => {});
      throw error;
    }
  }

  #describe({ name, className, inputs, outputs, layers }) {
    this.name = name;
    this.className = className;
    this.#inputs = inputs;
    this.inputLayerNames = inputs.map((input) => input.name);
    this.outputLayerNames = outputs.map((output) => output.name);
    this.modelLayersInfo = layers;
  }

  #computedBy({ backend, trials }) {
    if (!backend) return;
    this.#trials = trials;
    this.gpu = GPU.includes(backend);
    if (backend === this.backend) return;
    this.backend = backend;
    this.events.emit('backend', backend);
  }

  /** In whole percents that grow; all is there when Python turns to the files. */
  #reportLoading({ files, python }) {
    const total = files.total + python.total;
    const percent = total ? Math.floor((99 * (files.loaded + python.loaded)) / total) : 0;
    if (percent <= this.#percent) return;
    this.#percent = percent;
    this.events.emit('loadingProgress', percent);
  }

  async #run(type, input, signal, read) {
    this.#refuseUnready();
    const inputs = valuesOf(input, this.#inputs); // copies, since whoever asks may go on with its arrays
    const transfer = Object.values(inputs).flatMap(({ data }) => (ArrayBuffer.isView(data) ? data.buffer : []));
    const onStart = () => this.events.emit('predictProgress', 0);
    const onEnd = () => this.events.emit('predictProgress', 100);
    this.#running += 1;
    try {
      const layers = Boolean(this.#options.transferLayerOutputs);
      const answer = await this.#request({ type, inputs, layers }, { signal, transfer, onStart, onEnd });
      this.predictStats = { forwardPass: answer.milliseconds };
      return read(answer);
    } finally {
      this.#running -= 1;
    }
  }

  async #request(message, { signal, ...options } = NO_OPTIONS) {
    this.#refuseUnready();
    return this.#stoppable(signal, async (stop) => {
      const answer = await untilHeard(async () => {
        if (!this.#python.isAlive) await this.#reopen();
        return this.#python.request({ ...message, model: this.#key }, { signal: stop, ...options });
      });
      this.#computedBy(answer);
      return answer;
    });
  }

  async #reopen() {
    this.#reopening ??= this.#open().finally(() => (this.#reopening = null));
    await this.#reopening;
  }

  #refuseUnready() {
    if (this.#state === 'closed') throw new KerataError('closed', 'The model was freed by cleanup(): make a new Model.');
    if (this.#state === 'loading') throw new KerataError('not-ready', 'The model is not loaded yet: await model.ready() first.');
    if (this.#state === 'failed') throw new KerataError('not-ready', 'The model could not be loaded: model.ready() tells why.');
  }

  /** Runs a task with a signal that the caller's own signal and `interrupt` abort. */
  async #stoppable(own, task) {
    const controller = new AbortController();
    const stop = () => controller.abort();
    if (own?.aborted) stop();
    own?.addEventListener('abort', stop);
    this.#stops.add(controller);
    try {
      return await task(controller.signal);
    } finally {
      own?.removeEventListener('abort', stop);
      this.#stops.delete(controller);
    }
  }
}

const toMap = (outputs) => new Map(outputs.map(({ name, data, shape }) => [name, Object.assign(data, { shape })]));
