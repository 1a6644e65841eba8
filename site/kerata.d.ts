/** Keras models in the browser, run by Python in a worker. */

export type TypedArray =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

export type NestedArray = readonly (number | NestedArray)[];

export type NestedText = readonly (string | NestedText)[];

/** Is drawn at the size of the model's input, if the model fixes one. Its values are 0 to 255, as Keras loads pictures. */
export type Picture =
  | ImageData
  | ImageBitmap
  | HTMLImageElement
  | HTMLCanvasElement
  | OffscreenCanvas
  | HTMLVideoElement;

/** Values in C order, batch axis first. */
export interface Tensor {
  data: TypedArray | readonly number[] | readonly string[];
  shape: readonly number[];
}

/**
 * One input of a model: one sample or a batch. A typed array, or an array of one axis, holds samples one after the other;
 * where the model leaves more than the batch axis open, give a Tensor or nested arrays.
 */
export type Input = TypedArray | NestedArray | string | NestedText | Picture | Tensor;

/** A batch of an output, one sample after the other, batch axis first in `shape`. Text outputs are arrays of strings. */
export type Output = (TypedArray | string[]) & { shape: number[] };

/** What nearly all models give. */
export type FloatOutput = Float32Array & { shape: number[] };

/** A URL, or the bytes themselves, which are copied at once. */
export type File = string | URL | ArrayBuffer | Uint8Array | Blob;

export type BackendName = 'auto' | 'wasm' | 'webgpu' | 'webgl' | 'numpy';

export interface Options {
  /** `.keras`, `.h5`, Keras.js's `.bin`, `.safetensors` of Kerata, or a model's JSON. */
  filepath: File;
  /** Where the weights are, if not in the file: `.weights.h5`, all of its shards, or the buffer and metadata of Keras.js. */
  weights?: File | readonly File[];
  /** "auto", the default, takes the first backend that passes the model's self-test: WebAssembly, else NumPy. */
  backend?: BackendName;
  /** Whether to run on WebGPU or WebGL where there is one; `model.backends()` says why not, where it does not. */
  gpu?: boolean;
  /** Whether `predict` fills `model.layerOutputs` with the output of every layer. */
  transferLayerOutputs?: boolean;
  /** Of the requests for the files. */
  headers?: Record<string, string>;
  /** Stops loading; `ready()` rejects with an AbortError. */
  signal?: AbortSignal;
}

/** What is told of one layer. */
export interface LayerInfo {
  name: string;
  layerClass: string;
  /** The names of the layers that it reads, and of those that read it. */
  inbound: string[];
  outbound: string[];
  /** Of its output, batch axis first; null where the model leaves it open. */
  shape: (number | null)[];
  parameters: number;
}

/** How a backend did when it was tried. */
export interface Trial {
  name: string;
  /** Of a prediction of the model's self-test; undefined where backends were not compared. */
  milliseconds?: number;
  /** Largest difference from the self-test's outputs; undefined where there is none. */
  difference?: number;
  /** Why it is used, or why it is not. */
  reason: string;
}

export type ErrorCode =
  | 'download' // a file did not arrive
  | 'model' // the file is no model, or damaged
  | 'unsupported' // the model or the browser cannot do it
  | 'input' // what was given does not fit the model's inputs
  | 'memory' // it needs more memory than there is
  | 'device' // the GPU refused
  | 'not-ready' // called before ready()
  | 'closed' // called after cleanup()
  | 'aborted' // by a signal or interrupt(); the error's name is "AbortError"
  | 'python'; // Python stopped or could not start

/** One sentence: what happened and what to do. */
export class KerataError extends Error {
  readonly code: ErrorCode;
}

export interface Events {
  /** Percent of the model's files and of Python that have arrived. */
  loadingProgress: (percent: number) => void;
  /** Percent of the start: Python runs, the model is read, its backend is chosen. */
  initProgress: (percent: number) => void;
  /** 0 when Python turns to a prediction, 100 when it is done. */
  predictProgress: (percent: number) => void;
  /** Another backend computes from now on. */
  backend: (name: string) => void;
}

export interface Emitter {
  on<Name extends keyof Events>(name: Name, listener: Events[Name]): this;
  once<Name extends keyof Events>(name: Name, listener: Events[Name]): this;
  off<Name extends keyof Events>(name: Name, listener?: Events[Name]): this;
}

export class Model {
  constructor(options: Options);

  readonly events: Emitter;
  /** The model's name; empty until ready. */
  readonly name: string;
  /** The name of the backend in use; empty until ready. */
  readonly backend: string;
  readonly gpu: boolean;
  /** All layers in run order, inputs included; empty until ready. */
  readonly modelLayersInfo: LayerInfo[];
  readonly inputLayerNames: string[];
  readonly outputLayerNames: string[];
  readonly isRunning: boolean;
  /** With `transferLayerOutputs`, each layer's output of the last prediction, by the layer's name. */
  readonly layerOutputs: Map<string, Output>;
  readonly predictStats: { forwardPass?: number };

  /** Resolves when the model can predict. */
  ready(): Promise<true>;

  /**
   * The outputs by name. Calls are answered in order. A model with one input takes it without its name. For models that
   * answer with whole numbers or text, say so: `predict<Output>(…)`.
   */
  predict<Values extends Output = FloatOutput>(
    input: Input | Record<string, Input>,
    options?: { signal?: AbortSignal },
  ): Promise<Record<string, Values>>;

  /** The output of every layer, by the layer's name. */
  trace(input: Input | Record<string, Input>, options?: { signal?: AbortSignal }): Promise<Map<string, Output>>;

  /** The backends that were tried. */
  backends(): Trial[];

  /** Goes on with another backend; with "auto", with the fastest. Rejects, and stays with the one before, where it fails. */
  switchTo(backend: BackendName): Promise<void>;

  /** Runs on a GPU from now on, or no longer. Without an argument, the other of the two. */
  toggleGPU(gpu?: boolean): Promise<void>;

  /** Stateful layers start anew. */
  resetStates(): Promise<void>;

  /** Stops loading and refuses all predictions that are not done, with an AbortError. */
  interrupt(): void;

  /** Frees the model. Calls after it are refused. */
  cleanup(): Promise<void>;
}

/** Whether the browser offers a GPU interface that Kerata can use: WebGPU or WebGL 2. */
export const GPU_SUPPORT: boolean;
