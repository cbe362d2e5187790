import type { CriteriaValues } from '../../protocol/criteria.ts'
import type { Task } from '../../protocol/names.ts'
import type { Prediction } from '../domain/cascade/decider.ts'
import type { CompiledProfile, ScoreVerdict } from '../domain/work.ts'
import type { Verdicts } from './askStrategy.ts'
import type { TaskContext, TaskContexts } from './taskContext.ts'

/** Whether a proxy can learn what these tasks answer: categories, and criteria that are chosen from; a number on a scale it does not. */
export function canLearn(tasks: readonly Task[], profile: CompiledProfile): boolean {
  return tasks.includes('categorization') || learnsScores({ profile })
}

function learnsScores({ profile: { rubric } }: Pick<TaskContext, 'profile'>): boolean {
  return rubric?.criteria.every(({ type }) => type !== 'scale') ?? false
}

interface Said {
  categorization?: { categories: string[] }
  scoring?: ScoreVerdict
}

/** Numbers for what can be said of an item as a whole: its categories, in whatever order, together with its criteria. */
export class LabelTable {
  readonly #numbers = new Map<string, number>()
  readonly #said: Said[] = []

  /** Null: what would have to be learned of it is not known. */
  of({ categorization, scoring }: Verdicts, contexts: TaskContexts): number | null {
    const said: Said = {}
    if (contexts.categorization) {
      if (!categorization) return null
      said.categorization = { categories: [...categorization.categories] }
    }
    if (contexts.scoring && learnsScores(contexts.scoring)) {
      if (!scoring?.criteria) return null
      said.scoring = { interest: null, quality: null, criteria: ordered(scoring.criteria), reasoning: null }
    }
    const name = JSON.stringify([said.categorization?.categories.toSorted(), said.scoring?.criteria])
    const known = this.#numbers.get(name)
    if (known !== undefined) return known
    this.#numbers.set(name, this.#said.length)
    return this.#said.push(said) - 1
  }

  verdictsOf(label: number): Said {
    return this.#said[label] ?? {}
  }

  /** Of the first category of each. */
  probabilities(labels: readonly Prediction[]): Record<string, number> {
    const found: Record<string, number> = {}
    for (const { label, probability } of labels) {
      const [name] = this.#said[label]?.categorization?.categories ?? []
      if (name !== undefined) found[name] = Number(Math.min(1, (found[name] ?? 0) + probability).toPrecision(4))
    }
    return found
  }
}

function ordered(criteria: CriteriaValues): CriteriaValues {
  return Object.fromEntries(Object.entries(criteria).sort(([one], [other]) => (one < other ? -1 : 1)))
}
