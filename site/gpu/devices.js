/** The GPUs of this browser, opened when they are first asked for. */

const OPEN = {
  webgpu: async () => (await import('./webgpu.js')).WebGPU.open(),
  webgl: async () => (await import('./webgl.js')).WebGL.open(),
};

const opened = new Map();

/**
 * Hands Python the device that a backend needs, or all of them for 'auto'; of one that cannot be opened, the reason.
 *
 * @param {object} backends Python's module kerata.backends
 * @param {string} name
 */
export async function offerDevices(backends, name) {
  const wanted = Object.keys(OPEN).filter((each) => name === each || name === 'auto');
  await Promise.all(wanted.map((each) => offerDevice(backends, each)));
}

async function offerDevice(backends, name) {
  try {
    if (!opened.has(name) || opened.get(name).lost) opened.set(name, await OPEN[name]());
    backends.register_device(name, opened.get(name));
  } catch (error) {
    backends.mark_unavailable(name, `Backend '${name}': ${error.message}.`);
  }
}
