import type { Task } from '../../protocol/names.ts'
import type { Receipt, ResultRecord } from '../../protocol/results.ts'
import type { CompiledProfile } from '../domain/work.ts'
import type { JournalHeader } from '../journal/journalLines.ts'

/** By whom the items of a run are judged: a result counts for another run only where all of it is the same. */
export interface ReuseQuestion {
  /** `runId` is empty where only how many items a run would take over is wanted. */
  header: JournalHeader
  profile: CompiledProfile
  tasks: readonly (JudgedBy & { fallbacks: readonly JudgedBy[] })[]
}

/** By whom, and how. */
export interface JudgedBy {
  task: Task
  provider: string
  kind: string
  model: string
  endpoint: string | null
  promptHash: string
  /** Other prompt hashes that count as well: the same words in another number of calls. */
  alsoAsked?: readonly string[] | undefined
  profileHash: string
  optionsHash: string | undefined
}

/** The receipts of a result that would be the same today. */
export function stillTrue({ receipts }: ResultRecord, { tasks }: ReuseQuestion): ResultRecord['receipts'] {
  const kept = tasks.flatMap((judged) => {
    const receipt = receipts[judged.task]
    // What was nearly the same then has to be so by what this run wants.
    return receipt && receipt.likeness === undefined && isBy(receipt, judged) ? [[judged.task, receipt]] : []
  })
  return Object.fromEntries(kept)
}

export function hasPart(result: ResultRecord, question: ReuseQuestion): boolean {
  return Object.keys(stillTrue(result, question)).length > 0
}

/** Each task that the new run asks for has a receipt that says the same of how it was judged; a blocked item was not scored. */
export function compareReceipts({ tasks }: ReuseQuestion): (result: ResultRecord) => boolean {
  return ({ receipts, blockedBy }) => {
    if (Object.values(receipts).some((receipt) => receipt?.likeness !== undefined)) return false
    if (Object.keys(receipts).some((task) => !tasks.some((each) => each.task === task))) return false
    return tasks.every((judged) => {
      const receipt = receipts[judged.task]
      return receipt ? isBy(receipt, judged) : judged.task === 'scoring' && blockedBy !== null
    })
  }
}

/** Whether it would be judged like that today, by the model itself or in its place. */
export function isBy(receipt: Receipt, judged: ReuseQuestion['tasks'][number]): boolean {
  // It says in whose place it was decided, which holds for that run alone.
  if (receipt.proxy !== undefined) return false
  if (receipt.fallbackFor === undefined || receipt.fallbackFor.when === 'not_ready') return isMarkOf(receipt, judged)
  return judged.fallbacks.some((fallback) => isMarkOf(receipt, fallback))
}

function isMarkOf(receipt: Receipt, { alsoAsked = [], ...judged }: JudgedBy): boolean {
  const mark = markOf(receipt)
  return mark === markOf(judged) || alsoAsked.some((promptHash) => mark === markOf({ ...judged, promptHash }))
}

type Judged = Pick<Receipt, 'provider' | 'kind' | 'model' | 'endpoint' | 'promptHash' | 'profileHash' | 'optionsHash'>

function markOf({ provider, kind, model, endpoint, promptHash, profileHash, optionsHash }: Judged): string {
  return [provider, kind, model, endpoint, promptHash, profileHash, optionsHash].join('\n')
}
