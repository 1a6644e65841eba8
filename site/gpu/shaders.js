/** The kernels' source text, which lies in files beside this one: one a kernel, and a prelude for all. */

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
  const [prelude, ...sources] = await Promise.all(['prelude', ...KERNELS].map((name) => load(name, language)));
  return new Map(KERNELS.map((name, place) => [name, prelude + sources[place]]));
}

async function load(name, language) {
  const url = new URL(`./${language}/${name}.${language}`, import.meta.url);
  const response = await fetch(url);
  if (!response.ok) throw new Error(`could not download ${name}.${language} (the server answered ${response.status})`);
  return response.text();
}
