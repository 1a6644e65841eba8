/** A device for `kerata.backends.gpu` on WebGL 2: values are textures, a kernel is a fragment shader that draws one. */
import { loadShaders } from './shaders.js';

const ROW_BITS = 8; // shaders shift by them, which is faster than to divide
const ROW = 2 ** ROW_BITS; // texels; few, because what draws without a GPU shares its work out by rows
const CORNERS = new Float32Array([-1, -1, 3, -1, -1, 3]); // of a triangle that covers everything

/**
 * @typedef {object} Value images of a value
 * @property {WebGLTexture} texture
 * @property {WebGLFramebuffer} framebuffer to draw to it and to read it
 */

export class WebGL {
  /** Whether results arrive in promises. */
  asynchronous = false;
  #gl;
  #shaders;
  #programs = new Map();

  /** Rejects with the reason where this browser cannot. */
  static async open() {
    const gl = new OffscreenCanvas(1, 1).getContext('webgl2', { antialias: false, depth: false });
    if (!gl) throw new Error('expected a browser with WebGL 2, received none');
    if (!gl.getExtension('EXT_color_buffer_float')) {
      throw new Error('expected WebGL 2 that draws to float32, received none');
    }
    return new WebGL(gl, await loadShaders('glsl'));
  }

  constructor(gl, shaders) {
    this.#gl = gl;
    this.#shaders = shaders;
    gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
    gl.bufferData(gl.ARRAY_BUFFER, CORNERS, gl.STATIC_DRAW);
    gl.enableVertexAttribArray(0);
    gl.vertexAttribPointer(0, 2, gl.FLOAT, false, 0, 0);
    this.largest = ROW * gl.getParameter(gl.MAX_TEXTURE_SIZE); // blocks of a value
  }

  get lost() {
    return this.#gl.isContextLost();
  }

  /**
   * @param {number} blocks of four float32
   * @returns {Value}
   */
  value(blocks) {
    const gl = this.#gl;
    const texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA32F, Math.min(blocks, ROW), Math.ceil(blocks / ROW));
    // What is not to be interpolated must say so: float32 often cannot be.
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
    const framebuffer = gl.createFramebuffer();
    gl.bindFramebuffer(gl.FRAMEBUFFER, framebuffer);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
    return { texture, framebuffer };
  }

  /**
   * @param {Float32Array} weights whole blocks
   * @returns {Value}
   */
  constant(weights) {
    const value = this.value(weights.length / 4);
    this.write(value, weights);
    return value;
  }

  /**
   * @param {Value} value
   * @param {Float32Array} floats whole blocks, from the value's beginning
   */
  write({ texture }, floats) {
    const gl = this.#gl;
    const rows = Math.floor(floats.length / (4 * ROW));
    const rest = floats.subarray(4 * ROW * rows);
    gl.bindTexture(gl.TEXTURE_2D, texture);
    if (rows) gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, ROW, rows, gl.RGBA, gl.FLOAT, floats);
    if (rest.length) gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, rows, rest.length / 4, 1, gl.RGBA, gl.FLOAT, rest);
  }

  /**
   * @param {Value} value
   * @param {number} blocks from its beginning
   * @returns {Float32Array}
   */
  read({ framebuffer }, blocks) {
    const gl = this.#gl;
    const [width, height] = [Math.min(blocks, ROW), Math.ceil(blocks / ROW)];
    const floats = new Float32Array(4 * width * height);
    gl.bindFramebuffer(gl.FRAMEBUFFER, framebuffer);
    gl.readPixels(0, 0, width, height, gl.RGBA, gl.FLOAT, floats);
    this.#check();
    return floats.subarray(0, 4 * blocks);
  }

  /**
   * A kernel with the values that it works on. Throws where its shader does not compile.
   *
   * @param {object} call
   * @param {string} call.shader the kernel's name
   * @param {Object<string, number>} call.constants
   * @param {Object<string, Value>} call.sources by their names in the shader
   * @param {Value} call.target
   * @param {number} call.blocks of an image of the target
   * @returns {(images: number) => void} draws
   */
  kernel({ shader, constants, sources, target, blocks }) {
    const gl = this.#gl;
    const program = this.#program(shader, constants);
    const units = Object.entries(sources).map(([name, { texture }]) => [gl.getUniformLocation(program, name), texture]);
    const count = gl.getUniformLocation(program, 'count');
    return (images) => {
      gl.useProgram(program);
      units.forEach(([location, texture], unit) => {
        gl.activeTexture(gl.TEXTURE0 + unit);
        gl.bindTexture(gl.TEXTURE_2D, texture);
        gl.uniform1i(location, unit);
      });
      gl.uniform1i(count, blocks * images);
      gl.bindFramebuffer(gl.FRAMEBUFFER, target.framebuffer);
      gl.viewport(0, 0, Math.min(blocks * images, ROW), Math.ceil((blocks * images) / ROW));
      gl.drawArrays(gl.TRIANGLES, 0, 3);
    };
  }

  /**
   * Runs kernels one after another.
   *
   * @param {number} images
   * @param {Value[]} inputs
   * @param {Float32Array[]} floats what to write to them
   * @param {((images: number) => void)[]} kernels
   * @param {{value: Value, blocks: number}[]} outputs with the blocks of an image
   * @returns {Float32Array[]} what is in them then
   */
  run(images, inputs, floats, kernels, outputs) {
    inputs.forEach((value, place) => this.write(value, floats[place]));
    for (const draw of kernels) draw(images);
    return outputs.map(({ value, blocks }) => this.read(value, blocks * images));
  }

  /** Where the same shader is used with the same constants, its program is shared. */
  #program(shader, constants) {
    const defines = Object.entries({ ROW, ROW_BITS, ...constants }).map(([name, number]) => `#define ${name} ${number}\n`);
    const key = shader + defines.join('');
    if (!this.#programs.has(key)) {
      this.#programs.set(key, this.#link(shader, `#version 300 es\n${defines.join('')}${this.#shaders.get(shader)}`));
    }
    return this.#programs.get(key);
  }

  #link(name, fragment) {
    const gl = this.#gl;
    const program = gl.createProgram();
    const everywhere = '#version 300 es\nin vec2 corner;\nvoid main() { gl_Position = vec4(corner, 0.0, 1.0); }';
    const shaders = [gl.VERTEX_SHADER, gl.FRAGMENT_SHADER].map((type, place) => {
      const shader = gl.createShader(type);
      gl.shaderSource(shader, [everywhere, fragment][place]);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
      return shader;
    });
    gl.bindAttribLocation(program, 0, 'corner');
    gl.linkProgram(program);
    this.#check();
    if (!gl.getProgramParameter(program, gl.LINK_STATUS)) {
      const reason = gl.getShaderInfoLog(shaders[1]) || gl.getProgramInfoLog(program);
      throw new Error(`the shader ${name} does not compile: ${reason.trim().split('\n')[0]}`);
    }
    return program;
  }

  /** A context that is lost goes on silently, with zeros. */
  #check() {
    if (this.lost) throw new Error('the device was lost');
    if (this.#gl.getError() === this.#gl.OUT_OF_MEMORY) throw new Error('the device is out of memory');
  }
}
