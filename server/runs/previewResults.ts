import type { TaskContext } from '../engine/taskContext.ts'
import type { Reuse, Reused, WorkItem } from '../engine/workItem.ts'
import { canonicalJson, sha256 } from '../items/hashes.ts'
import { asResultOf } from '../results/reuse.ts'

/** By whom items are judged, and how. */
interface Judges {
  tasks: readonly Pick<TaskContext, 'route' | 'strategy' | 'profileHash' | 'model'>[]
}

/** Two thousand results of a preview are a few megabytes; those that were judged longest ago go first. */
const mostResults = 2_000

/**
 * What previews have judged, for the run that follows: it takes a verdict of the same text, judged in the same way, as its own, with the
 * receipt that it was paid by. In memory only: whoever starts later, in another process, is judged anew.
 */
export class PreviewResults {
  readonly #results = new Map<string, string>()

  remember(by: Judges, { inputHash }: Pick<WorkItem, 'inputHash'>, resultJson: string): void {
    this.#results.set(keyOf(wayOf(by), inputHash), resultJson)
    const [oldest] = this.#results.keys()
    if (this.#results.size > mostResults && oldest !== undefined) this.#results.delete(oldest)
  }

  /** Results of earlier runs, and where those have none, of previews. `runId`: of the run that takes them. */
  after(earlier: Reuse | null, by: Judges, runId: string): Reuse | null {
    if (this.#results.size === 0) return earlier
    const way = wayOf(by)
    return {
      find: async (items) => {
        const found = new Map<WorkItem, Reused>(await earlier?.find(items))
        for (const item of items) {
          const before = found.get(item)
          const judged = before && before.status !== 'open' ? undefined : this.#results.get(keyOf(way, item.inputHash))
          const resultJson = judged === undefined ? null : asResultOf(judged, item, runId)
          if (resultJson !== null) found.set(item, { status: 'ok', resultJson, origin: 'judged' })
        }
        return found
      },
      close: async () => await earlier?.close(),
    }
  }
}

function keyOf(way: string, inputHash: string): string {
  return `${way} ${inputHash}`
}

/** By whom and how: the same facts that a result of an earlier run has to have. */
function wayOf({ tasks }: Judges): string {
  const judged = tasks.map(
    ({ route: { task, provider, kind, model, endpoint }, strategy, profileHash, model: client }) => ({
      ...{ tasks: strategy.tasks, task, provider, kind, model, endpoint },
      ...{ promptHash: strategy.questionHash, profileHash, optionsHash: client.optionsHash },
    }),
  )
  return sha256(canonicalJson(judged))
}
