// A cache of loaded values with a bound on their number.

/** Loads each key once, also for requests at the same time. The least recently used values are dropped. */
export class LoadCache<Value> {
  /** In the order of their last use. */
  readonly #values = new Map<string, Promise<Value>>();

  constructor(readonly capacity: number) {}

  get(key: string, load: () => Promise<Value>): Promise<Value> {
    const value = this.#values.get(key) ?? this.#load(key, load);
    this.#values.delete(key);
    this.#values.set(key, value);
    for (const oldest of this.#values.keys()) {
      if (this.#values.size <= this.capacity) break;
      this.#values.delete(oldest);
    }
    return value;
  }

  /** A failed load is not cached, so that it may be repeated. */
  #load(key: string, load: () => Promise<Value>): Promise<Value> {
    const value = load();
    value.catch(() => {
      if (this.#values.get(key) === value) this.#values.delete(key);
    });
    return value;
  }
}
