import type { Connection } from 'vscode-languageserver'
import type { RunView } from '../protocol/runs.ts'
import type { Evaluations } from './evaluation/evaluations.ts'
import type { ServerLabels } from './labels/loadLabels.ts'
import { loadProfile } from './profiles/loadProfile.ts'
import type { Services } from './store/change.ts'

export interface RunListeners {
  listen(listener: (view: RunView) => void): { dispose(): void }
  heard(view: RunView): void
}

/** What runs of this process tell of themselves, for others in it. */
export function createRunListeners(): RunListeners {
  const listeners = new Set<(view: RunView) => void>()
  return {
    listen(listener) {
      listeners.add(listener)
      return { dispose: () => void listeners.delete(listener) }
    },
    heard(view) {
      for (const listener of listeners) listener(view)
    },
  }
}

/** Loaded when somebody compares something. */
export function createServerEvaluations(
  dataDir: string,
  parts: Pick<Services, 'store' | 'runs' | 'now' | 'log' | 'tellChanged'> & {
    golden: ServerLabels['golden']
    onRun: RunListeners['listen']
  },
  connection: Pick<Connection, 'sendNotification'>,
): { evaluations: Services['evaluations']; shutdown(): Promise<void> } {
  let loading: Promise<Evaluations> | null = null
  async function load(): Promise<Evaluations> {
    const { createEvaluations } = await import('./evaluation/evaluations.ts')
    const { diskFiles } = await import('./runs/files.ts')
    const { systemClock } = await import('./runs/clock.ts')
    return createEvaluations({
      dataDir,
      clock: systemClock,
      files: diskFiles,
      golden: await parts.golden(),
      runs: parts.runs,
      loadProfile: (choice) => loadProfile(parts.store, choice),
      onRun: parts.onRun,
      tell: (progress) => void connection.sendNotification('evaluation/progress', progress),
      changed: () => parts.tellChanged('evaluations'),
      log: (line) => parts.log.warn(line),
      now: parts.now,
    })
  }
  return {
    evaluations() {
      loading ??= load()
      return loading
    },
    shutdown: async () => void (loading && (await (await loading).shutdown())),
  }
}
