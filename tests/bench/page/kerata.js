/** Kerata in Python: timed there, from a NumPy array to a NumPy array. */
const CODE = `
import time
import numpy as np
import kerata

class Contestant:
    def __init__(self, data, x, shape, backend):
        self.model = kerata.load_model(data.to_bytes(), backend)
        self.x = np.frombuffer(x.to_bytes(), np.float32).reshape(shape.to_py())

    def predict(self):
        return self.model.predict(self.x, batch_size=len(self.x))

    def times(self, count):
        times = []
        for _ in range(count):
            start = time.perf_counter()
            self.predict()
            times.append(1000 * (time.perf_counter() - start))
        return times

Contestant
`;

let python;

async function start() {
  const { loadPyodide } = await import(new URL('./pyodide/pyodide.mjs', document.baseURI).href);
  const indexURL = new URL('./pyodide/', document.baseURI).href;
  return loadPyodide({ indexURL, packages: ['kerata', 'pyfive'] });
}

export async function load(network, shape, values, backend) {
  const pyodide = await (python ??= start());
  const data = new Uint8Array(await (await fetch(`${network}model`)).arrayBuffer());
  const contestant = pyodide.runPython(CODE)(data, values, shape, backend);
  return {
    answer: () => contestant.predict().flatten().tolist().toJs(),
    times: (count) => contestant.times(count).toJs(),
  };
}
