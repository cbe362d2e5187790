import type { Disposable } from 'vscode'
import type { RunView } from '../../protocol/runs.ts'
import type { ServerLifetime } from '../connection/serverLifetime.ts'
import { createDisposableStore } from '../disposables.ts'
import { createSignal } from '../signal.ts'

export interface RunWatch extends Disposable {
  /** The server told how a run goes. */
  heard(run: RunView): void
  /** A run begins anew: what was told of it before no longer counts. */
  forget(runId: string): void
  /** Resolves with the run's end, or null when the server went before it. `onProgress` is told every step, the present one first. */
  untilEnd(first: RunView, onProgress: (run: RunView) => void): Promise<RunView | null>
  readonly listenerCount: number
}

/** News of a run may come before the answer that names it, so all news is kept. */
export function createRunWatch(lifetime: ServerLifetime): RunWatch {
  const news = createSignal<RunView>()
  const latest = new Map<string, RunView>()
  return {
    heard(run) {
      latest.set(run.runId, run)
      news.fire(run)
    },
    forget: (runId) => void latest.delete(runId),
    untilEnd(first, onProgress) {
      const store = createDisposableStore()
      const process = lifetime.state
      return new Promise<RunView | null>((resolve) => {
        const look = (run: RunView) => {
          if (run.runId !== first.runId) return
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
    dispose: () => latest.clear(),
  }
}
