import { useEffect, useState } from 'preact/hooks';

/** One value that several look at, and a few change. */
export type Store<Value> = {
  get(): Value;
  set(value: Value): void;
  onChange(listener: () => void): () => void;
};

export function createStore<Value>(initial: Value): Store<Value> {
  let value = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set(next) {
      value = next;
      for (const listener of listeners) listener();
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

export function useStore<Value>(store: Store<Value>): Value {
  const [value, setValue] = useState(store.get);
  useEffect(() => {
    const read = () => setValue(store.get);
    read(); // it may have changed since it was drawn
    return store.onChange(read);
  }, [store]);
  return value;
}
