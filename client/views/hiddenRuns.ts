import type { Memento } from 'vscode'
import * as z from 'zod'
import { RunId } from '../../protocol/names.ts'
import { createSignal, type Signal } from '../connection/signal.ts'

/** The state of the workspace is a file that anything may have written. */
const Persisted = z.array(RunId).max(1000).catch([])
const key = 'llmProviders.hiddenRuns'

export interface HiddenRuns {
  has(runId: string): boolean
  hide(runId: string): Promise<void>
  showAll(): Promise<void>
  readonly changes: Signal<void>
}

/** Runs that a person has taken out of the list of this workspace. They stay as they are, and can be shown again. */
export function createHiddenRuns(state: Memento): HiddenRuns {
  const changes = createSignal<void>()
  const hidden = new Set(Persisted.parse(state.get(key)))
  async function persist(): Promise<void> {
    changes.fire()
    // The oldest ones are those of runs that nobody lists any more.
    await state.update(key, [...hidden].slice(-1000))
  }
  return {
    changes,
    has: (runId) => hidden.has(runId),
    hide(runId) {
      hidden.add(runId)
      return persist()
    },
    showAll() {
      hidden.clear()
      return persist()
    },
  }
}
