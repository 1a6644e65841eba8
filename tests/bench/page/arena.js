/**
 * Engines that run the same network on the same input in one page.
 *
 * An engine's module has `load(network, shape, values, backend)`, which resolves to {answer(), times(count)}: the output
 * as a Float32Array, and milliseconds of so many predictions, each from an input in the language's own memory to an
 * output there.
 */
const MODULES = {
  Kerata: './kerata.js',
  'kerata.js': './keratajs.js',
  'TF.js': './tfjs.js',
  'TF.js-layers': './tfjs_layers.js',
  ORT: './ort.js',
  'Keras.js': './kerasjs.js',
};

export class Arena {
  #contestants = new Map();

  /** `engine` is a name and a backend, as in "TF.js wasm"; `network` the address of its folder. */
  async load(engine, network, shape) {
    const [name, backend] = engine.split(' ');
    const { load } = await import(MODULES[name]);
    const values = new Float32Array(await (await fetch(`${network}input.bin`)).arrayBuffer());
    this.#contestants.set(engine, await load(network, shape, values, backend));
  }

  async answer(engine) {
    return [...(await this.#contestants.get(engine).answer())];
  }

  /** GFLOP/s of a loop of multiplications alone, and of a direct convolution: two lists. */
  async peak() {
    return (await import('./kerata.js')).peak();
  }

  times(engine, count) {
    return this.#contestants.get(engine).times(count);
  }
}

/** For engines in JavaScript. */
export function timed(predict) {
  return {
    answer: predict,
    async times(count) {
      const times = [];
      for (let i = 0; i < count; i++) {
        const start = performance.now();
        await predict();
        times.push(performance.now() - start);
      }
      return times;
    },
  };
}

/** Classic scripts, in this order, once. */
const scripts = new Map();
export async function script(...addresses) {
  for (const address of addresses) {
    if (!scripts.has(address)) {
      const element = document.createElement('script');
      element.src = address;
      scripts.set(address, new Promise((resolve, reject) => Object.assign(element, { onload: resolve, onerror: reject })));
      document.head.append(element);
    }
    await scripts.get(address);
  }
}
