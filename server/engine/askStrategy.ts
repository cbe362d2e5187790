import type { PromptExample } from '../../protocol/labels.ts'
import type { Task } from '../../protocol/names.ts'
import type { Reason } from '../../protocol/reasons.ts'
import type { ConfidenceSource, DecisionFacts, Receipt, ReceiptMode, Usage } from '../../protocol/results.ts'
import type { OutputMode } from '../../protocol/routing.ts'
import type { RunEstimate } from '../../protocol/runs.ts'
import type { CategoryVerdict, ScoreVerdict } from '../domain/work.ts'
import type { AnsweredBy } from '../providers/adapter.ts'
import type { RateLimit } from '../providers/rateLimits.ts'
import type { WorkItem } from './workItem.ts'

/**
 * How a model is asked, as opposed to what it is asked: tasks and profile are settled before, and everything on this side of the
 * interface (prompt and schema, how many items share a call, output modes, how an answer is read) is the strategy's own business.
 *
 * Everything on the other side holds for every strategy: the right to make a call and the waiting for a provider that is away, the
 * halving of a group until the item at fault stands alone, attempts, duplicates, journal, results. Therefore a strategy makes exactly
 * one call at a time, never retries, and reports a failure as the reason that the provider gave.
 *
 * Verdicts come by task, since one that stands for two tasks answers both at once. What such an answer lacks of the second task, the
 * strategy of that task asks for alone.
 *
 * Of `DecisionStrategy`, for models that decide natively, `batchSize` is 1, so that groups hold one item and are never halved. It has no
 * simpler way to fall back to; its verdicts carry probabilities instead of a model's own word. What it has to ask of an item
 * in a second call it does within the same turn.
 */
export interface AskStrategy {
  /** How many items share one call at most; 1: each is asked about alone. */
  readonly batchSize: number
  /** What one turn answers of an item that lacks it. The first is the task that the strategy stands for. */
  readonly tasks: readonly Task[]
  /** SHA-256 of what is asked for the first of them besides the items: results of another run count only where it is the same. */
  readonly questionHash: string
  /** Hashes of the same prompts asked in another number of calls, whose results count as well. Absent: none. */
  readonly alsoAsked?: readonly string[] | undefined
  /** One turn about these items: one call, or those that belong together. An aborted signal may end it with `cancelled`. */
  ask(items: readonly WorkItem[], attempt: Attempt, signal: AbortSignal): Promise<Asked>
  /** Its calls begin alike, and so long that their provider keeps it: the first one goes alone, for the others to find it there. */
  readonly warmsCache?: boolean
  /** How many of these, from the first on, go into one call for their length; at least one. Absent: all. */
  room?(items: readonly WorkItem[]): number
  /** What asking about the items would take, without asking. */
  charactersOf(item: WorkItem): number
  estimate(items: number): CallEstimate
  /** Of what was read out so far: see `RunView.labelMass`. Null: nothing was. Absent: it reads nothing out. */
  labelMass?(): number | null
  /** What chooses the examples of its calls. Absent: they are the same in each call, or there are none. */
  readonly likeness?: ExampleLikeness | undefined
}

/** Says which examples are most like the items of a call. */
export interface ExampleLikeness {
  /** All of them, the nearest to any of these texts first, in turns. Null: it cannot be told now. */
  order(texts: readonly string[], signal: AbortSignal): Promise<readonly PromptExample[] | null>
  /** What telling it for so many texts, of so many characters together, would send. Nobody is called. Undefined: nothing. */
  estimate(texts: { count: number; characters: number }): Promise<RunEstimate['embedding']>
}

/** What has become of the items before this call. */
export interface Attempt {
  /** Answers that could not be used for the item that had most of them. */
  unusable: number
  /** Answers that were cut off at their limit, of the item that had most of them. */
  cutOff: number
  /** The output mode in which this very call was refused; null: it was not. */
  simplerThan: ReceiptMode | null
  /** A call about one of them was made before. */
  isRepeat: boolean
  /**
   * The answer is to a request that was made before: these keys were dealt to the items then, in this order, and it was asked in this
   * mode. Absent: they are dealt now.
   */
  dealt?: DealtKeys | undefined
}

export interface DealtKeys {
  /** Each with the place of its item in the group. */
  keys: readonly (readonly [key: string, place: number])[]
  mode: OutputMode
}

/** What an answer says of one item, by task. */
export interface Verdicts {
  categorization?: CategoryVerdict
  scoring?: ScoreVerdict
}

export type Asked =
  | {
      ok: true
      /** By the item's place in the group; those that the answer left out are not in it. */
      verdicts: ReadonlyMap<number, Verdicts>
      call: CallFacts
      /** What the provider announced of its limits. Absent: nothing. */
      limits?: readonly RateLimit[] | undefined
    }
  | {
      ok: false
      reason: Reason
      call: CallFacts
      /** From now on the strategy asks in a way that may avoid this failure: the same items are asked about again. */
      asksDifferently: boolean
    }

/** How a call was made and what it took, for the receipts. */
export interface CallFacts {
  /** Absent: the model that was asked, as far as anybody says. */
  answeredBy?: AnsweredBy | undefined
  outputMode: ReceiptMode
  /** The tasks that it was about. Absent: all of the strategy's. */
  tasks?: readonly Task[] | undefined
  /** By task, where the model decided. Absent: it answered in text. */
  decisions?: { readonly [Name in Task]?: DecisionFacts } | undefined
  /** Absent: as the output mode says. */
  confidenceFrom?: ConfidenceSource | undefined
  /** As the receipt has them. */
  examples?: Receipt['examples']
  canary?: Receipt['canary']
  /** Calls that were made. Absent: one. */
  calls?: number | undefined
  /** Paid and sent otherwise than by a call of its own. Absent: by one. */
  lane?: 'batch' | undefined
  /** Null: it failed without an answer that could be timed. */
  latencyMs: number | null
  usage: Usage
  costUsd: number | null
}

export interface CallEstimate {
  calls: number
  /** With those that only some of the items need: how many will, nobody knows. Absent: all need the same. */
  mostCalls?: number
  /** What is sent with all calls besides the items' texts. */
  frameCharacters: number
  /** Of `frameCharacters`, what each call but the first may find in the provider's cache. Absent: nothing. */
  cachedCharacters?: number
  outputTokens: number
}
