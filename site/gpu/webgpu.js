/** A device for `kerata.backends.gpu` on WebGPU: values are buffers, a kernel is a compute shader that fills one. */
import { loadShaders } from './shaders.js';

const BLOCK = 16; // bytes: four float32
const WORKGROUP = 64; // threads

export class WebGPU {
  /** Whether results arrive in promises. */
  asynchronous = true;
  lost = false;
  #device;
  #shaders;
  #pipelines = new Map();
  #compiled = []; // promises of what was wrong with pipelines that nobody has used yet
  #idle = []; // buffers to read results from

  /** Rejects with the reason where this browser cannot. */
  static async open() {
    const adapter = await navigator.gpu?.requestAdapter();
    if (!adapter) throw new Error('expected a browser with a WebGPU adapter, received none');
    const [device, shaders] = await Promise.all([adapter.requestDevice(), loadShaders('wgsl')]);
    return new WebGPU(device, shaders);
  }

  constructor(device, shaders) {
    this.#device = device;
    this.#shaders = shaders;
    device.lost.then(() => {
      this.lost = true;
    });
    const { maxStorageBufferBindingSize, maxComputeWorkgroupsPerDimension } = device.limits;
    this.largest = Math.min(maxStorageBufferBindingSize / BLOCK, maxComputeWorkgroupsPerDimension * WORKGROUP);
  }

  /**
   * @param {number} blocks of four float32
   * @returns {GPUBuffer}
   */
  value(blocks) {
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    return this.#device.createBuffer({ size: blocks * BLOCK, usage });
  }

  /**
   * @param {Float32Array} weights whole blocks
   * @returns {GPUBuffer}
   */
  constant(weights) {
    const buffer = this.value(weights.length / 4);
    this.#device.queue.writeBuffer(buffer, 0, weights);
    return buffer;
  }

  /**
   * A kernel with the values that it works on. Where its shader does not compile, the first run rejects.
   *
   * @param {object} call
   * @param {string} call.shader the kernel's name
   * @param {Object<string, number>} call.constants
   * @param {Object<string, GPUBuffer>} call.sources in the order of the shader's bindings
   * @param {GPUBuffer} call.target
   * @param {number} call.threads for an image
   * @returns {(images: number, pass: GPUComputePassEncoder) => void}
   */
  kernel({ shader, constants, sources, target, threads }) {
    const pipeline = this.#pipeline(shader, constants);
    const entries = [...Object.values(sources), target].map((buffer, binding) => ({ binding, resource: { buffer } }));
    const bindings = this.#device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
    return (images, pass) => {
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, bindings);
      pass.dispatchWorkgroups(Math.ceil((threads * images) / WORKGROUP));
    };
  }

  /**
   * Runs kernels one after another, in one submission.
   *
   * @param {number} images
   * @param {GPUBuffer[]} inputs
   * @param {Float32Array[]} floats what to write to them
   * @param {((images: number, pass: GPUComputePassEncoder) => void)[]} kernels
   * @param {{value: GPUBuffer, blocks: number}[]} outputs with the blocks of an image
   * @returns {Promise<Float32Array[]>} what is in them then
   */
  async run(images, inputs, floats, kernels, outputs) {
    if (this.lost) throw new Error('the device was lost');
    inputs.forEach((buffer, place) => this.#device.queue.writeBuffer(buffer, 0, floats[place]));
    const sizes = outputs.map(({ blocks }) => blocks * images * BLOCK);
    const results = this.#resultBuffer(sizes.reduce((total, size) => total + size, 0));
    const encoder = this.#device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    for (const dispatch of kernels) dispatch(images, pass);
    pass.end();
    let start = 0;
    outputs.forEach(({ value }, place) => {
      encoder.copyBufferToBuffer(value, 0, results, start, sizes[place]);
      start += sizes[place];
    });
    this.#device.queue.submit([encoder.finish()]);
    return this.#read(results, sizes);
  }

  async #read(results, sizes) {
    const compiled = this.#compiled.splice(0);
    const arrived = results.mapAsync(GPUMapMode.READ).catch(() => {
      if (compiled.length === 0) throw new Error('the device was lost');
    });
    const [faults] = await Promise.all([Promise.all(compiled), arrived]);
    const fault = faults.find(Boolean);
    if (fault) throw new Error(fault);
    const mapped = results.getMappedRange();
    let start = 0;
    const floats = sizes.map((size) => new Float32Array(mapped.slice(start, (start += size))));
    results.unmap();
    this.#idle.push(results);
    return floats;
  }

  #resultBuffer(size) {
    const place = this.#idle.findIndex((buffer) => buffer.size >= size);
    if (place >= 0) return this.#idle.splice(place, 1)[0];
    return this.#device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  }

  /** Where the same shader is used with the same constants, its pipeline is shared. */
  #pipeline(shader, constants) {
    const key = shader + JSON.stringify(constants);
    if (!this.#pipelines.has(key)) this.#pipelines.set(key, this.#compile(shader, constants, key));
    return this.#pipelines.get(key);
  }

  #compile(shader, constants, key) {
    this.#device.pushErrorScope('validation');
    const module = this.#device.createShaderModule({ code: this.#shaders.get(shader) });
    const pipeline = this.#device.createComputePipeline({ layout: 'auto', compute: { module, constants } });
    const fault = this.#device.popErrorScope().then(
      (error) => {
        if (!error) return undefined;
        this.#pipelines.delete(key); // whoever needs it next shall learn it, too
        return `the shader ${shader} does not compile: ${error.message.split('\n')[0]}`;
      },
      () => 'the device was lost',
    );
    this.#compiled.push(fault);
    return pipeline;
  }
}
