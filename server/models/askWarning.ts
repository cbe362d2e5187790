import type { Profile } from '../../protocol/profile.ts'
import type { ReasonFacts } from '../../protocol/reasons.ts'
import type { ResolvedRoute, Warning } from '../../protocol/routing.ts'
import { explainReason } from '../../shared/describe/reason.ts'
import { localizable, toEnglish } from '../../shared/message.ts'
import type { Directory } from '../directory/directory.ts'
import type { HealthRecords } from '../health/healthRecords.ts'
import type { Store } from '../store/store.ts'
import { type KnownDecisions, knownDecisions } from './knownDecisions.ts'
import { isLearnedHere } from './learnedViews.ts'

interface AskWarningParts {
  store: Pick<Store, 'read' | 'generation'>
  directory: Pick<Directory, 'open'>
  health: Pick<HealthRecords, 'of'>
  /** Of the stored profile. */
  categories(): Profile['categories']
}

/**
 * What a run of the stored categories would be refused for although its route is ready, because of the way that its model is asked.
 * Null: nothing that is known. The longest list is counted once a generation: a status read costs no query.
 */
export class AskWarnings {
  readonly #parts: AskWarningParts
  #longest: { generation: number; options: number } | null = null

  constructor(parts: AskWarningParts) {
    this.#parts = parts
  }

  of(route: ResolvedRoute): Warning | null {
    const reason = this.#problemOf(route)
    if (reason === null) return null
    const explained = explainReason(reason)
    const sentence = localizable('A run with the stored categories would be refused: {0}')
    const message = toEnglish({ ...sentence, values: [explained.message] })
    return { code: 'run_refused', message, localizable: sentence, reason: explained }
  }

  #problemOf(route: ResolvedRoute): ReasonFacts | null {
    const { task, provider, model, options } = route
    const open = this.#parts.directory.open(provider)
    if (!open?.ok) return null
    if (task === 'scoring' && isLearnedHere(route, { modelSources: { openProvider: () => open.value } }))
      return { code: 'learned_unfit', provider, model, why: 'scoring', names: [] }
    const known = knownDecisions(this.#parts, open.value, model)
    const ask = options.ask ?? 'auto'
    const cannot = (ask === 'text' && known?.isOnly) || (ask === 'decisions' && known === null)
    if (cannot) return { code: 'ask_unsupported', provider, model, ask, why: 'model' }
    return task === 'categorization' && known !== null && decides(ask, known) ? this.#tooMany(route, known) : null
  }

  #tooMany({ provider, model, task }: ResolvedRoute, { limits }: KnownDecisions): ReasonFacts | null {
    const most = limits.options
    const wanted = this.#longestList()
    if (most === undefined || wanted <= most) return null
    return { code: 'questions_unfit', provider, model, task, problem: 'options', wanted, most }
  }

  /** Of the stored categories that stand side by side, with the option for none of them, or for the one that they are under. */
  #longestList(): number {
    const { store, categories } = this.#parts
    if (this.#longest?.generation === store.generation) return this.#longest.options
    const offered = categories().filter(({ hidden }) => !hidden)
    const lists = [offered, ...offered.map(({ children = [] }) => children.filter(({ hidden }) => !hidden))]
    const options = Math.max(0, ...lists.map(({ length }) => (length === 0 ? 0 : length + 1)))
    this.#longest = { generation: store.generation, options }
    return options
  }
}

function decides(ask: string, { isKnown }: KnownDecisions): boolean {
  return ask === 'decisions' || (ask === 'auto' && isKnown)
}
