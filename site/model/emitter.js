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
    first.listener = listener; // by which `off` finds it
    return this.on(event, first);
  }

  /** Without a listener, all of the event are removed. */
  off(event, listener) {
    if (!listener) this.#listeners.delete(event);
    for (const each of this.#listeners.get(event) ?? []) {
      if (each === listener || each.listener === listener) this.#listeners.get(event).delete(each);
    }
    return this;
  }

  /** A listener that throws is an error of the page, and stops nothing. */
  emit(event, ...values) {
    for (const listener of [...(this.#listeners.get(event) ?? [])]) {
      try {
        listener(...values);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
