import type { Usage } from '../../protocol/results.ts'
import type { RunSpent } from '../../protocol/runs.ts'
import type { AnsweredBy } from '../providers/adapter.ts'

/** One call of a run, as far as it is known. */
export interface SpentCall {
  usage: Usage | null
  costUsd: number | null
  answeredBy?: AnsweredBy | undefined
}

/** What a run has spent, as its meters see it: a resumed run goes on counting. */
export interface RunSpending {
  /** US dollars, from before the run was resumed; what calls under way may cost counts as spent. */
  readonly usd: number
  /** A call was answered, or may have been. */
  count(call: SpentCall): void
  /** Keeps the sum in the journal; settles when a killed process would not lose it. */
  keep(usd: number): Promise<void>
}

/**
 * The meters need it before there is a journal, since whatever can be found wrong with a model is found before the run exists. Until
 * the journal is open no call is made that could cost anything, and after it is closed nobody waits for one.
 */
export class JournaledSpending implements RunSpending {
  readonly usd: number
  #used: RunSpent
  #note: ((usd: number) => Promise<void>) | null = null

  constructor(usd: number, used: RunSpent) {
    this.usd = usd
    this.#used = used
  }

  /** What the run's calls used, from before it was resumed on. Another object after each call. */
  get used(): RunSpent {
    return this.#used
  }

  count(call: SpentCall): void {
    this.#used = addCall(this.#used, call)
  }

  async keep(usd: number): Promise<void> {
    await this.#note?.(usd)
  }

  openJournal(note: (usd: number) => Promise<void>): void {
    this.#note = note
  }

  closeJournal(): void {
    this.#note = null
  }
}

/** What was used with one more call. What a provider did not report, or reported wrongly, is not counted. */
function addCall(used: RunSpent, { usage, costUsd, answeredBy }: SpentCall): RunSpent {
  return {
    costUsd: used.costUsd + (costUsd ?? 0),
    unpricedCalls: used.unpricedCalls + (costUsd === null ? 1 : 0),
    input: used.input + tokens(usage?.input),
    output: used.output + tokens(usage?.output),
    calls: used.calls + 1,
    ...countNames(used, answeredBy),
  }
}

/** Only so many names are told apart; a server may name them as it likes. */
const mostNames = 20

type Names = Pick<RunSpent, 'fallbacks' | 'versions'>

function countNames({ fallbacks, versions }: RunSpent, answeredBy: SpentCall['answeredBy']): Names {
  if (answeredBy?.isFallback) return named(addName(fallbacks, answeredBy.model ?? ''), versions)
  return named(fallbacks, answeredBy?.model ? addName(versions, answeredBy.model) : versions)
}

function named(fallbacks: Names['fallbacks'], versions: Names['versions']): Names {
  return { ...(fallbacks ? { fallbacks } : {}), ...(versions ? { versions } : {}) }
}

function addName(known: Readonly<Record<string, number>> | undefined, name: string): Record<string, number> {
  const counts = new Map(Object.entries(known ?? {}))
  const counted = counts.has(name) || counts.size < mostNames ? name : ''
  return Object.fromEntries(counts.set(counted, (counts.get(counted) ?? 0) + 1))
}

const mostPlausibleTokens = 1e9

function tokens(reported: number | null | undefined): number {
  const isPlausible = typeof reported === 'number' && Number.isSafeInteger(reported) && reported >= 0
  return isPlausible && reported <= mostPlausibleTokens ? reported : 0
}
