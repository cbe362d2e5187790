import type { Disposable } from 'vscode'

/** A value that others watch. One signal carries one thing; `listenerCount` lets a test see that nobody forgets to leave. */
export interface Signal<Value> {
  fire(value: Value): void
  listen(listener: (value: Value) => void): Disposable
  readonly listenerCount: number
}

export function createSignal<Value>(): Signal<Value> {
  const listeners = new Set<(value: Value) => void>()
  return {
    fire(value) {
      for (const listener of [...listeners]) listener(value)
    },
    listen(listener) {
      // A function of its own, so that the same listener given twice is two listeners.
      const entry = (value: Value) => listener(value)
      listeners.add(entry)
      return { dispose: () => void listeners.delete(entry) }
    },
    get listenerCount() {
      return listeners.size
    },
  }
}

/** Resolves with the first value for which `matches` holds, the present one included. */
export function waitFor<Value>(
  present: Value,
  signal: Signal<Value>,
  matches: (value: Value) => boolean,
): Promise<Value> {
  if (matches(present)) return Promise.resolve(present)
  return new Promise((resolve) => {
    const listening = signal.listen((value) => {
      if (!matches(value)) return
      listening.dispose()
      resolve(value)
    })
  })
}
