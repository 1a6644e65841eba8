/** What the tests of kerata.js call in their page. */
import { GPU_SUPPORT, KerataError, Model } from './k/kerata.js';

const opened = async (options) => {
  const model = new Model(typeof options === 'string' ? { filepath: options } : options);
  await model.ready();
  return model;
};

/** What JSON can tell of outputs, given as an object or a Map. */
const told = (outputs) =>
  Object.fromEntries(
    [...(outputs instanceof Map ? outputs : Object.entries(outputs))].map(([name, values]) => [
      name,
      { kind: values.constructor.name, shape: values.shape, values: Array.from(values, (each) => (typeof each === 'bigint' ? Number(each) : each)) },
    ]),
  );

/** The only output of a model with one, told. */
const answer = async (model, input, options) => Object.values(told(await model.predict(input, options)))[0];

/** How a promise is refused; the tests fail where it is not, or by an error that is not Kerata's. */
const refusal = async (promise) => {
  try {
    await promise;
  } catch (error) {
    return [error instanceof KerataError ? error.code : String(error), error.message, error.name];
  }
  return ['resolved'];
};

const heard = (model, ...events) => {
  const seen = Object.fromEntries(events.map((event) => [event, []]));
  for (const event of events) model.events.on(event, (value) => seen[event].push(value));
  return seen;
};

/** Tells Python's worker, where a test has changed that, and waits until it has heard. */
const tell = (what) =>
  new Promise((resolve) => {
    const channel = new BroadcastChannel('test');
    channel.onmessage = resolve;
    channel.postMessage(what);
  });

Object.assign(globalThis, { GPU_SUPPORT, KerataError, Model, answer, heard, opened, refusal, tell, told });
document.documentElement.dataset.state = 'loaded';
