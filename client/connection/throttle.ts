import type { Disposable } from 'vscode'

/** Calls what is due later; a test calls it itself. */
export type Later = (act: () => void, ms: number) => Disposable

export const later: Later = (act, ms) => {
  const timer = setTimeout(act, ms)
  return { dispose: () => clearTimeout(timer) }
}

export interface Throttle<Key> extends Disposable {
  /** `act` is called for it soon, once for however many times it was asked for meanwhile. */
  ask(key: Key): void
}

/** At most one round of calls in `everyMs`: what changes a hundred times a second is drawn a few times. */
export function createThrottle<Key>(
  everyMs: number,
  wait: Later,
  act: (keys: ReadonlySet<Key>) => void,
): Throttle<Key> {
  const asked = new Set<Key>()
  let waiting: Disposable | null = null
  return {
    ask(key) {
      asked.add(key)
      waiting ??= wait(() => {
        waiting = null
        const keys = new Set(asked)
        asked.clear()
        act(keys)
      }, everyMs)
    },
    dispose: () => waiting?.dispose(),
  }
}
