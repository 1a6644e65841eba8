/** The kernels' source text: one file a kernel, and a prelude for all. */
import { sourceOf } from './sources.js';

const KERNELS = [
  'activation',
  'add',
  'conv2d',
  'dense',
  'depthwise_conv2d',
  'flatten',
  'global_pooling2d',
  'pooling2d',
  'scale',
  'softmax',
  'total',
  'zero_padding2d',
];

/**
 * @param {'glsl' | 'wgsl'} language
 * @returns {Promise<Map<string, string>>} by the kernel's name, the prelude put before it
 */
export async function loadShaders(language) {
  const [prelude, ...sources] = await Promise.all(['prelude', ...KERNELS].map((name) => sourceOf(name, language)));
  return new Map(KERNELS.map((name, place) => [name, prelude + sources[place]]));
}
