import { assertNever } from '../../protocol/names.ts'
import type { LostResults } from '../../protocol/resultQueries.ts'
import type { RunCounts, RunHint, RunView } from '../../protocol/runs.ts'
import { formatNumberIn } from '../format.ts'
import type { Language } from '../language.ts'
import { formatPluralIn } from '../plural.ts'

/** "1,203 ok, 4 failed": how many items came to which end; what there is none of is left out. */
export function describeCounts(
  language: Language,
  { ok, failed, skipped, waiting }: Pick<RunCounts, 'ok' | 'failed' | 'skipped' | 'waiting'>,
): string {
  const { t } = language
  return [
    t('{0} ok', formatNumberIn(language, ok)),
    ...(failed > 0 ? [t('{0} failed', formatNumberIn(language, failed))] : []),
    ...(skipped > 0 ? [t('{0} skipped', formatNumberIn(language, skipped))] : []),
    ...(waiting > 0 ? [t('{0} waiting', formatNumberIn(language, waiting))] : []),
  ].join(', ')
}

/** `formatPause`: how a surface writes the instant until which a provider asked to wait. */
export function describeRunState(
  { t }: Language,
  { state, parkedUntil }: Pick<RunView, 'state' | 'parkedUntil'>,
  formatPause: (instant: string) => string,
): string {
  switch (state) {
    case 'running':
      return parkedUntil === null ? t('running') : t('waiting until {0}', formatPause(parkedUntil))
    case 'paused':
      return t('paused')
    case 'completed':
      return t('completed')
    case 'stopped':
      return t('stopped')
    case 'cancelled':
      return t('cancelled')
    case 'interrupted':
      return t('interrupted')
    default:
      return assertNever(state)
  }
}

/** Why the verdicts of a run are doubtful, in one sentence. */
export function describeHint(language: Language, hint: RunHint): string {
  const { t } = language
  const [items, of] = [formatNumberIn(language, hint.items), formatNumberIn(language, hint.of)]
  switch (hint.code) {
    case 'no_category':
      return t(
        '{0} of {1} items got no category: the categories do not fit them, or the model cannot judge.',
        items,
        of,
      )
    case 'most_categories':
      return t(
        '{0} of {1} items got {2} categories, the maximum: the model may not tell them apart.',
        items,
        of,
        hint.each,
      )
    case 'same_category':
      return t('{0} of {1} items got the category "{2}": the model may not tell them apart.', items, of, hint.category)
    case 'no_confidence':
      return t('The confidence is 0 for {0} of {1} items: the model may be guessing.', items, of)
    default:
      return assertNever(hint)
  }
}

/** What helps most against what a hint says. */
export type HintAction = 'connectModel' | 'editCategories' | 'chooseModel'

export function hintLabel({ t }: Language, action: HintAction): string {
  switch (action) {
    case 'connectModel':
      return t('Connect a model')
    case 'editCategories':
      return t('Show the categories')
    case 'chooseModel':
      return t('Choose a larger model')
    default:
      return assertNever(action)
  }
}

/** A route that calls nothing is the built-in baseline: any model does better. Where nothing fits the list is looked at first. */
export function hintAction({ code }: RunHint, { routes }: Pick<RunView, 'routes'>): HintAction {
  if (routes.find(({ task }) => task === 'categorization')?.endpoint == null) return 'connectModel'
  return code === 'no_category' ? 'editCategories' : 'chooseModel'
}

/** That a search could not look into all texts. `items`: how many it missed. */
export function describeUnsearched(language: Language, items: number): string {
  return formatPluralIn(
    language,
    items,
    'The text of {0} item was not searched: its source has changed since the run, or is gone.',
    'The texts of {0} items were not searched: their source has changed since the run, or is gone.',
  )
}

/** What a run's journal has lost since its end; null: nothing, and at most its results file. */
export function describeLost(language: Language, { results, lines }: LostResults): string | null {
  const resume = language.t('Resume the run to judge what is missing.')
  if (results > 0) {
    const sentence = formatPluralIn(
      language,
      results,
      '{0} result is lost because the journal of the run was damaged.',
      '{0} results are lost because the journal of the run was damaged.',
    )
    return `${sentence} ${resume}`
  }
  if (lines === 0) return null
  const sentence = formatPluralIn(
    language,
    lines,
    '{0} line in the journal of the run is damaged and was skipped.',
    '{0} lines in the journal of the run are damaged and were skipped.',
  )
  return `${sentence} ${resume}`
}
