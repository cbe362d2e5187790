import type { Disposable } from 'vscode'
import type { RunView } from '../../protocol/runs.ts'
import { createDisposableStore } from './disposables.ts'
import type { ServerLifetime } from './serverLifetime.ts'
import { createSignal } from './signal.ts'

export interface RunWatch extends Disposable {
  /** The server told how a run goes. */
  heard(run: RunView): void
  /** A run begins anew: what was told of it before no longer counts. */
  forget(runId: string): void
  /** Those that this window's own server works on now. */
  live(): RunView[]
  /** Something was told, or what was told no longer counts. */
  listen(listener: () => void): Disposable
  /** Resolves with the run's end, or null when the server went before it. `onProgress` is told every step, the present one first. */
  untilEnd(first: RunView, onProgress: (run: RunView) => void): Promise<RunView | null>
  readonly listenerCount: number
}

/** News of a run may come before the answer that names it, so all news is kept, as long as the server lives that told it. */
export function createRunWatch(lifetime: ServerLifetime): RunWatch {
  const news = createSignal<RunView | null>()
  const latest = new Map<string, RunView>()
  const ends = lifetime.changes.listen(() => {
    latest.clear()
    news.fire(null)
  })
  return {
    heard(run) {
      latest.set(run.runId, run)
      news.fire(run)
    },
    forget: (runId) => void latest.delete(runId),
    live: () => [...latest.values()].filter(({ state }) => state === 'running'),
    listen: (listener) => news.listen(listener),
    untilEnd(first, onProgress) {
      const store = createDisposableStore()
      const process = lifetime.state
      return new Promise<RunView | null>((resolve) => {
        const look = (run: RunView | null) => {
          if (run?.runId !== first.runId) return
          onProgress(run)
          if (run.state !== 'running') resolve(run)
        }
        store.add(news.listen(look))
        store.add(lifetime.changes.listen((state) => state !== process && resolve(null)))
        look(latest.get(first.runId) ?? first)
      }).finally(() => store.dispose())
    },
    get listenerCount() {
      return news.listenerCount
    },
    dispose() {
      ends.dispose()
      latest.clear()
    },
  }
}
