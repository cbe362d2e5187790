import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { DecisionFacts } from '../../protocol/results.ts'
import type { ResolvedRoute } from '../../protocol/routing.ts'
import { fail } from '../../shared/fail.ts'
import { foldName } from '../domain/categoryNames.ts'
import type { CategoryVerdict, CompiledProfile } from '../domain/work.ts'
import { sha256 } from '../items/hashes.ts'
import type { Asked, AskStrategy, CallEstimate } from './askStrategy.ts'
import type { LearnedPort } from './modelClient.ts'
import type { WorkItem } from './workItem.ts'

const mostNames = 10

/**
 * Asks a model that was learned here. Up to its floor it gives no category, and its probabilities tell what it would have been; whoever
 * decides by the probability alone, as a cascade does, has it answer always.
 */
export class LearnedStrategy implements AskStrategy {
  readonly batchSize = 1
  readonly tasks = ['categorization'] as const
  readonly questionHash: string
  readonly #port: LearnedPort
  readonly #most: number
  readonly #floor: number

  constructor(port: LearnedPort, profile: CompiledProfile, { abstains }: { abstains: boolean }) {
    this.#port = port
    this.#most = profile.choice.most
    this.#floor = abstains ? port.floor : 0
    this.questionHash = sha256(`learned ${port.version} ${this.#floor} ${this.#most}`)
  }

  async ask([item]: readonly WorkItem[]): Promise<Asked> {
    if (!item) throw new Error('A learned model judges one item')
    const started = performance.now()
    const { categories, probability, probabilities } = this.#port.judge(item.text, item.inputHash)
    const abstains = this.#floor > 0 && probability <= this.#floor
    const verdict: CategoryVerdict = {
      categories: abstains ? [] : categories.slice(0, this.#most),
      confidence: Number(probability.toPrecision(4)),
      probabilities,
      suggested: { names: [], parent: null },
    }
    const facts: DecisionFacts = abstains ? { abstained: this.#floor } : {}
    return {
      ok: true,
      verdicts: new Map([[0, { categorization: verdict }]]),
      call: {
        outputMode: 'decisions',
        decisions: { categorization: facts },
        latencyMs: performance.now() - started,
        usage: { input: 0, output: 0, cached: 0 },
        costUsd: 0,
      },
    }
  }

  charactersOf(): number {
    return 0
  }

  estimate(): CallEstimate {
    return { calls: 0, frameCharacters: 0, outputTokens: 0 }
  }
}

/** It answers only for the very categories that it was learned for: of any other list it could only be wrong. */
export function learnedStrategy(
  { task, provider, model }: ResolvedRoute,
  port: LearnedPort,
  profile: CompiledProfile,
  options: { abstains: boolean },
): Outcome<AskStrategy> {
  if (task === 'scoring') return fail({ code: 'learned_unfit', provider, model, why: 'scoring', names: [] })
  const names = differingNames(port.categories, profile.offered)
  if (names.length > 0) return fail({ code: 'learned_unfit', provider, model, why: 'categories', names })
  return succeed(new LearnedStrategy(port, profile, options))
}

type Named = LearnedPort['categories']

function differingNames(one: Named, other: Named): string[] {
  const keyOf = ({ name, parent }: Named[number]): string =>
    JSON.stringify([foldName(name), parent && foldName(parent)])
  const missingIn = (list: Named, from: Named): string[] => {
    const known = new Set(list.map(keyOf))
    return from.filter((category) => !known.has(keyOf(category))).map(({ name }) => name)
  }
  return [...new Set([...missingIn(one, other), ...missingIn(other, one)])].slice(0, mostNames)
}
