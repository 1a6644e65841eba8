/** What tests/browser/test_keras_js.py has a page do with `KerasJS`. `three` is the article's "3", 0 to 255. */

/** All that a page sees of a Sequential, and what it computes. */
export async function see({ Model, GPU_SUPPORT }, filepath, three) {
  const told = { loadingProgress: [], initProgress: [], predictProgress: [] };
  const heard = { once: 0, off: 0 };
  const model = new Model({ filepath, headers: { 'X-Page': 'yes' }, transferLayerOutputs: true });
  const { events, modelLayersMap: layers, inputTensorsMap: inputs } = model;
  for (const event of Object.keys(told)) events.on(event, (percent) => told[event].push(percent));
  const count = () => (heard.off += 1);
  events.once('predictProgress', () => (heard.once += 1));
  events.on('predictProgress', count).off('predictProgress', count);

  const each = (look) => [...layers.values()].map(look);
  const tensor = ({ tensor: { data, shape, stride, order } }) => ({ size: data.length, shape, stride, order });
  const ready = [
    await model.ready(),
    [model.inputLayerNames, model.outputLayerNames, [...layers.keys()]],
    each(({ name, layerClass, inbound, outbound, hasOutput }) => [name, layerClass, inbound, outbound, hasOutput]),
    model.modelLayersInfo.map(({ description, ...info }) => [typeof description, info]),
    [...inputs].map(([name, input]) => [name, tensor(input), layers.get(name).shape]),
    [model.gpu, typeof model.checkGPUSupport(), typeof GPU_SUPPORT],
    [model.isRunning, model.filepath, model.headers, model.transferLayerOutputs, [...model.visMap]],
  ];

  const input = new Float32Array(three).map((value) => value / 255);
  const prediction = model.predict({ input });
  const { isRunning } = model;
  const outputs = await prediction;
  const part = layers.get('conv2d').output.tensor.pick(null, 4, 7);
  const predicted = [
    [isRunning, model.isRunning, model.runningProgress, typeof model.predictStats.forwardPass],
    Object.entries(outputs).map(([name, output]) => [name, output.constructor.name, output.length]),
    each(({ hasOutput, output }) => [hasOutput, tensor(output)]),
    [...model.finishedLayerNames].sort(),
    [input.length, inputs.get('input').tensor.data.join() === input.join()],
    [part.shape, part.stride, part.offset, part.size],
    { ...heard },
    Object.values(told).map((percents) => percents.at(-1)),
  ];
  const values = [outputs.output, [part.get(3)], ...each(({ output }) => output.tensor.data)].map((data) => [...data]);

  events.removeAllListeners();
  const refusal = (given) => model.predict(given).catch((error) => [error instanceof Error, model.isRunning]);
  const refused = [await refusal({ image: input }), await refusal({}), await refusal({ input, more: input })];
  model.cleanup();
  return { values, told, seen: { ready, predicted, refused, left: [layers.size, inputs.size] } };
}

/** The outputs of all layers as kerata.js gives them. */
export async function trace(filepath, three) {
  const { Model } = await import('./kerata/kerata.js');
  const model = new Model({ filepath });
  await model.ready();
  const traced = await model.trace(new Float32Array(three).map((value) => value / 255));
  await model.cleanup();
  return [...traced.values()].map((output) => [...output]);
}

/** With the three files and the options of Keras.js before 1.0. */
export async function apart(filepaths, image) {
  const model = new KerasJS.Model({ filepaths, gpu: false, layerCallPauses: true });
  const input = new Float32Array(image);
  const early = await model.predict({ input }).catch(({ code }) => code);
  await model.ready();
  const { output } = await model.predict({ input });
  return { early, progress: model.getLoadingProgress(), output: [...output] };
}

/** A model with two inputs, and one that is given all its inputs in the same array. */
export async function inputs(sides, image) {
  const open = (name) => new KerasJS.Model({ filepath: `models/${name}` });
  const [twins, small] = [open('keras3_twins.keras'), open('kerasjs_small.bin')];
  await Promise.all([twins.ready(), small.ready()]);
  const outputs = await Promise.all(
    sides.map(async ([left, right]) => {
      const { head } = await twins.predict({ left: new Float32Array(left), right: new Float32Array(right) });
      return [...head];
    }),
  );
  const input = new Float32Array(image);
  const asked = [small.predict(input)];
  input.fill(0);
  asked.push(small.predict({ input }));
  input.set(image);
  const batch = small.predict(Float64Array.from([...image, ...image]));
  const answers = await Promise.all(asked);
  const { output } = await batch;
  return {
    outputs,
    answers: answers.map((each) => [...each.output]),
    batch: [output.shape, output.slice(0, 10).join() === output.slice(10).join()],
    first: small.modelLayersMap.get('answer').output.tensor.data.join() === output.slice(0, 10).join(),
    names: [twins, small].map(({ inputLayerNames, outputLayerNames }) => [inputLayerNames, outputLayerNames]),
    shown: [...small.modelLayersMap.values()].filter(({ hasOutput }) => hasOutput).map(({ name }) => name),
  };
}

/** Where it runs, each time it is told, and what it reads. */
export async function gpu(filepath, three) {
  const input = new Float32Array(three);
  const model = new KerasJS.Model({ filepath });
  await model.ready();
  const states = [[model.gpu, model.backend]];
  for (const mode of [undefined, false, true]) {
    const toggled = model.toggleGPU(mode);
    states.push(model.gpu);
    const { output } = await model.predict(input); // which waits by itself
    await toggled;
    states.push([model.gpu, model.backend, output.indexOf(Math.max(...output))]);
  }
  await model.cleanup();
  const closed = await model.predict(input).catch(({ code, name }) => [code, name]);
  return { states, closed };
}

/** What a page is told without kerata.js, and without a script tag. */
export async function without(script) {
  await new Promise((resolve) => {
    document.head.append(Object.assign(document.createElement('script'), { src: script, onload: resolve }));
  });
  const told = ({ name, code, message }) => [name, code, message];
  return [await new KerasJS.Model({ filepath: 'models/float.bin' }).ready().catch(told), await import(`./${script}`).catch(told)];
}

export async function errors() {
  const caught = (act) => {
    try {
      return act();
    } catch ({ name, code, message }) {
      return [name, code, message];
    }
  };
  const missing = await new KerasJS.Model({ filepath: 'models/missing.bin' }).ready().catch(({ code }) => code);
  const { tensor } = new KerasJS.Tensor([1, 2, 3, 4, 5, 6], [2, 3]);
  return {
    missing,
    without: caught(() => new KerasJS.Model()),
    short: caught(() => new KerasJS.Tensor([1], [2])),
    tensor: [[...tensor.data], tensor.get(1, 2), [...new KerasJS.Tensor([], [2]).tensor.data]],
  };
}

/** The names of all that a class makes public. */
export function members(Class) {
  const names = [...Object.keys(new Class({ filepath: 'models/float.bin' })), ...Object.getOwnPropertyNames(Class.prototype)];
  return names.filter((name) => name !== 'constructor' && !name.startsWith('_'));
}
