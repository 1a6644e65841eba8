/** Listeners by the name of an event, as Node.js's EventEmitter has them. */
export class Emitter {
  #listeners = new Map(); // sets of functions, by event

  on(event, listener) {
    if (!this.#listeners.has(event)) this.#listeners.set(event, new Set());
    this.#listeners.get(event).add(listener);
    return this;
  }

  once(event, listener) {
    const first = (...values) => {
      this.off(event, first);
      listener(...values);
    };
    return this.on(event, first);
  }

  /** Without a listener, all of the event are removed. */
  off(event, listener) {
    if (listener) this.#listeners.get(event)?.delete(listener);
    else this.#listeners.delete(event);
    return this;
  }

  emit(event, ...values) {
    for (const listener of [...(this.#listeners.get(event) ?? [])]) listener(...values);
  }
}
