/** Something that takes long to load and is made on first use, once. */
export interface Lazy<Value> {
  (): Promise<Value>
  /** Null as long as nobody has asked for it: what was never loaded needs no end. */
  ifLoaded(): Promise<Value> | null
}

export function lazy<Value>(load: () => Promise<Value>): Lazy<Value> {
  let loading: Promise<Value> | null = null
  function get(): Promise<Value> {
    loading ??= load()
    return loading
  }
  return Object.assign(get, { ifLoaded: () => loading })
}
