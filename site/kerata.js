/** Keras models in the browser, run by Python in a worker: kerata.d.ts describes it all. */
export { KerataError, Model } from './model/model.js';

/** Whether the browser offers a GPU interface that Kerata can use: WebGPU or WebGL 2. */
export const GPU_SUPPORT = Boolean(globalThis.navigator?.gpu) || 'WebGL2RenderingContext' in globalThis;
