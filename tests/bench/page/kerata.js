/** Kerata in the page's Python, and what its kernels reach of the processor's peak. */
import { offerDevices } from './gpu/devices.js';

let python;

async function start() {
  const { loadPyodide } = await import(new URL('./pyodide/pyodide.mjs', document.baseURI).href);
  const indexURL = new URL('./pyodide/', document.baseURI).href;
  const pyodide = await loadPyodide({ indexURL, packages: ['kerata', 'pyfive'] });
  for (const module of ['contestant.py', 'peak.py']) {
    pyodide.FS.writeFile(module, await (await fetch(module)).text());
  }
  return pyodide;
}

export async function load(network, shape, values, backend) {
  const pyodide = await (python ??= start());
  const data = new Uint8Array(await (await fetch(`${network}model`)).arrayBuffer());
  const contestant = pyodide.pyimport('contestant').Contestant(data, values, shape);
  await offerDevices(pyodide.pyimport('kerata.backends'), backend);
  await contestant.switch(backend);
  return {
    answer: async () => (await contestant.answer()).toJs(),
    times: async (count) => (await contestant.times(count)).toJs(),
  };
}

export async function peak() {
  const pyodide = await (python ??= start());
  return pyodide.pyimport('peak').measured().toJs();
}
