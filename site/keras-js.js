/**
 * `KerasJS` as Keras.js 1.0.3 defines it, for pages that load it with a script tag. It is an adapter: kerata.js, beside
 * this file, does the work. The table in model/KERASJS.md says what differs, and how to move on.
 */
{
  const GPU_SUPPORT = 'gpu' in navigator || 'WebGL2RenderingContext' in window; // as in kerata.js, which is not here yet

  // Asked for at once, to be here when the page makes a model. The address is given in full, for a script of another
  // origin has none to be relative to.
  const kerata = import(besideThis('kerata.js')).catch(() => {
    throw errorOf('download', 'Could not load kerata.js from beside keras-js.js: check the connection and the server’s CORS.');
  });
  kerata.catch(() => {}); // a model's ready() tells of it

  /** On a CDN, a package's address may stand for its script: https://cdn.example/kerata for …/kerata/keras-js.js. */
  function besideThis(name) {
    const script = /** @type {HTMLScriptElement} */ (document.currentScript);
    if (!script?.src) throw errorOf('unsupported', 'keras-js.js needs a script tag with its src; modules import kerata.js instead.');
    const { src } = script;
    return new URL(name, new URL(src).pathname.endsWith('.js') ? src : `${src}/`).href;
  }

  /** An error that looks like kerata.js's. */
  function errorOf(code, sentence) {
    return Object.assign(new Error(sentence), { name: 'KerataError', code });
  }

  /** As much of npm's eventemitter3 as pages use. */
  class EventEmitter {
    #listeners = new Map(); // sets of functions, by event

    on(event, listener) {
      if (!this.#listeners.has(event)) this.#listeners.set(event, new Set());
      this.#listeners.get(event).add(listener);
      return this;
    }

    once(event, listener) {
      const first = (...values) => {
        this.off(event, first);
        listener(...values);
      };
      return this.on(event, first);
    }

    off(event, listener) {
      this.#listeners.get(event)?.delete(listener);
      return this;
    }

    removeAllListeners(event) {
      if (event === undefined) this.#listeners.clear();
      else this.#listeners.delete(event);
      return this;
    }

    emit(event, ...values) {
      const listeners = [...(this.#listeners.get(event) ?? [])];
      for (const listener of listeners) listener(...values);
      return listeners.length > 0;
    }
  }

  /** As much of npm's ndarray as reads values: its other functions take one of these for one of theirs. */
  class NDArray {
    constructor(data, shape, stride = stridesOf(shape), offset = 0) {
      this.data = data;
      this.shape = shape;
      this.stride = stride;
      this.offset = offset;
    }

    get dimension() {
      return this.shape.length;
    }

    get size() {
      return sizeOf(this.shape);
    }

    get dtype() {
      return this.data.constructor.name.replace('Array', '').toLowerCase();
    }

    /** The axes, that with the smallest stride first. */
    get order() {
      return [...this.stride.keys()].sort((a, b) => this.stride[a] - this.stride[b]);
    }

    get(...index) {
      return this.data[index.reduce((place, each, axis) => place + each * this.stride[axis], this.offset)];
    }

    /** The part at these indices; an axis whose index is null or missing stays whole. */
    pick(...index) {
      const axes = [...this.shape.keys()];
      const whole = axes.filter((axis) => (index[axis] ?? null) === null);
      const offset = axes.reduce((place, axis) => place + (index[axis] ?? 0) * this.stride[axis], this.offset);
      const of = (values) => whole.map((axis) => values[axis]);
      return new NDArray(this.data, of(this.shape), of(this.stride), offset);
    }
  }

  const sizeOf = (shape) => shape.reduce((size, axis) => size * axis, 1);

  const stridesOf = (shape) => shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));

  class Tensor {
    /** Without data, zeros. */
    constructor(data, shape, { type = Float32Array } = {}) {
      const size = sizeOf(shape);
      if (data.length && data.length !== size) {
        throw errorOf('input', `Tensor: expected ${size} values for shape [${shape}], received ${data.length}.`);
      }
      const values = data.length ? data : new type(size);
      this.tensor = new NDArray(values instanceof type ? values : type.from(values), shape);
    }
  }

  class Model {
    events = new EventEmitter();
    id = null;
    name = null;
    kerasVersion = null;
    modelLayersInfo = [];
    modelLayersMap = new Map();
    inputTensorsMap = new Map();
    inputLayerNames = [];
    outputLayerNames = [];
    finishedLayerNames = [];
    isRunning = false;
    runningProgress = 0;
    predictStats = {};
    visMap = new Map();

    #model; // kerata.js's
    #opened; // a promise of it
    #ready; // a promise
    #isReady = false;
    #loadingProgress = 0;
    #names = new Map(); // of layers here, by those in the model

    /** `filepaths` is that of Keras.js before 1.0: {model, weights, metadata}. */
    constructor(options) {
      const { filepath = null, filepaths = null, visualizations = [] } = options ?? {};
      if (!filepath && !filepaths) throw errorOf('input', 'Model: expected a filepath, received none.');
      if (visualizations.length) console.warn('KerasJS: Kerata has no visualizations; use transferLayerOutputs.');
      this.filepath = filepath;
      this.filepaths = filepaths;
      this.headers = options.headers ?? {};
      this.gpu = Boolean(options.gpu) && GPU_SUPPORT;
      this.transferLayerOutputs = Boolean(options.transferLayerOutputs);
      this.#opened = this.#open();
      this.#ready = this.#prepare();
      this.#ready.catch(() => {}); // who waits for it hears of it
    }

    /** Of the backend that computes; of Keras's own, Keras.js told here. */
    get backend() {
      return this.#model?.backend || null;
    }

    checkGPUSupport() {
      return GPU_SUPPORT;
    }

    ready() {
      return this.#ready;
    }

    /** Before Keras.js 1.0, there was this for the event "loadingProgress". */
    getLoadingProgress() {
      return this.#loadingProgress;
    }

    /** @returns {Promise<void>} that it is done; where the GPU refuses, `gpu` is false again */
    async toggleGPU(mode = !this.gpu) {
      this.gpu = Boolean(mode) && GPU_SUPPORT;
      try {
        if (!this.#isReady) await this.#ready;
        await this.#model.toggleGPU(this.gpu);
      } catch (error) {
        console.warn(error.message);
      }
      this.gpu = this.#model?.gpu ?? false;
    }

    /**
     * @param {Record<string, Float32Array> | Float32Array} inputData by the names of the inputs; alone for a single one
     * @returns {Promise<Record<string, Float32Array>>} by the names of the outputs
     */
    async predict(inputData) {
      if (!this.#model) await this.#opened;
      this.isRunning = true;
      this.#tell('predictProgress', 0);
      this.finishedLayerNames = [];
      for (const layer of this.modelLayersMap.values()) layer.hasOutput = false;
      try {
        const outputs = await this.#model.predict(this.#isReady ? this.#inputs(inputData) : inputData);
        this.#keep(outputs);
        return this.#isSequential ? { output: Object.values(outputs)[0] } : outputs;
      } finally {
        this.isRunning = false;
        this.#tell('predictProgress', 100);
      }
    }

    /** @returns {Promise<void>} that the model's memory is free */
    async cleanup() {
      this.#isReady = false;
      for (const map of [this.modelLayersMap, this.inputTensorsMap]) map.clear();
      await this.#opened.then((model) => model.cleanup(), () => {});
    }

    async #open() {
      const { Model: KerataModel } = await kerata;
      const { filepath, filepaths, headers, gpu, transferLayerOutputs } = this;
      const files = filepath ? { filepath } : { filepath: filepaths.model, weights: [filepaths.weights, filepaths.metadata] };
      this.#model = new KerataModel({ ...files, headers, gpu, transferLayerOutputs });
      this.#model.events.on('loadingProgress', (percent) => {
        this.#loadingProgress = percent;
        this.events.emit('loadingProgress', percent);
      });
      this.#model.events.on('initProgress', (percent) => {
        if (percent === 100) this.#describe();
        this.#tell('initProgress', percent);
      });
      return this.#model;
    }

    async #prepare() {
      await (await this.#opened).ready();
      this.#isReady = true;
      this.gpu = this.#model.gpu;
      return true;
    }

    get #isSequential() {
      return this.#model.className === 'Sequential';
    }

    #tell(event, percent) {
      this.runningProgress = percent;
      this.events.emit(event, percent);
    }

    #describe() {
      const { name, inputLayerNames, outputLayerNames, modelLayersInfo } = this.#model;
      const here = (layer) => (this.#isSequential && layer === inputLayerNames[0] ? 'input' : layer);
      this.#names = new Map(modelLayersInfo.map((layer) => [layer.name, here(layer.name)]));
      this.name = name;
      this.inputLayerNames = inputLayerNames.map(here).sort();
      this.outputLayerNames = [...outputLayerNames].sort();
      this.modelLayersInfo = modelLayersInfo.map(({ name, layerClass, inbound, outbound, shape, parameters }) => ({
        name: here(name),
        description: describe(layerClass, shape.slice(1), parameters),
        layerClass,
        inbound: inbound.map(here),
        outbound,
      }));
      for (const info of this.modelLayersInfo) this.modelLayersMap.set(info.name, { ...info, hasOutput: false });
      for (const each of modelLayersInfo.filter(({ name }) => inputLayerNames.includes(name))) {
        const shape = each.shape.slice(1).map((size) => size ?? 0); // where the model leaves it open, there is no tensor
        this.modelLayersMap.get(here(each.name)).shape = shape;
        this.inputTensorsMap.set(here(each.name), new Tensor([], shape));
      }
    }

    /** As kerata.js takes them. */
    #inputs(given) {
      const named = given?.constructor === Object ? given : { [this.inputLayerNames[0]]: given };
      const received = Object.keys(named).sort();
      if (String(received) !== String(this.inputLayerNames)) {
        throw errorOf('input', `predict(): expected ${this.inputLayerNames.join(', ')}, received ${received.join(', ')}.`);
      }
      const { inputLayerNames } = this.#model;
      const input = (name) => this.#input(name, named[name]);
      return Object.fromEntries(inputLayerNames.map((name) => [name, input(this.#names.get(name))]));
    }

    /** A Float32Array is one sample, as in Keras.js. */
    #input(name, value) {
      const { data, shape } = this.inputTensorsMap.get(name).tensor;
      if (!(value instanceof Float32Array) || !data.length) return value;
      if (value.length === data.length) data.set(value);
      return { data: value, shape: [1, ...shape] };
    }

    /** Has the layers show what the prediction gave, of a batch the first sample. */
    #keep(outputs) {
      for (const [name, output] of [...this.#model.layerOutputs, ...Object.entries(outputs)]) {
        const layer = this.modelLayersMap.get(this.#names.get(name));
        if (!layer) continue; // after cleanup()
        const [samples, ...shape] = output.shape;
        const first = samples === 1 ? output : output.slice(0, sizeOf(shape));
        layer.output = new Tensor(first, shape, { type: output.constructor });
        layer.hasOutput = true;
      }
      this.finishedLayerNames = [...this.modelLayersMap.keys()];
      this.predictStats = this.#model.predictStats;
    }
  }

  function describe(layerClass, shape, parameters) {
    const text = `shape: ${JSON.stringify(shape)}`;
    return layerClass === 'InputLayer' ? text : `output ${text}, parameters: ${parameters}`;
  }

  window.KerasJS = { Model, Tensor, GPU_SUPPORT };
}
