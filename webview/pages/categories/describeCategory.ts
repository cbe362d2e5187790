import * as l10n from '@vscode/l10n'
import type { Category } from '../../../protocol/profile.ts'
import { plural } from '../../parts/language.ts'
import { weightName } from '../../parts/weightName.ts'
import type { SharedChange } from './severalCategories.ts'

/** What was done to one category or several, in a sentence that fits both. */
export function describeChange(
  chosen: readonly Category[],
  change: SharedChange,
  categories: readonly Category[],
): string {
  const who = nameOrCount(chosen)
  if ('weight' in change) {
    return change.weight === null
      ? l10n.t('{0}: weight now comes from the parent.', who)
      : l10n.t('{0}: weight is now {1}.', who, weightName(change.weight))
  }
  if ('parent' in change) {
    const above = categories.find(({ slug }) => slug === change.parent)
    return above ? l10n.t('{0}: moved under {1}.', who, above.name) : l10n.t('{0}: moved to the top level.', who)
  }
  if ('hidden' in change) return change.hidden ? l10n.t('{0}: hidden.', who) : l10n.t('{0}: shown again.', who)
  return change.approved ? l10n.t('{0}: approved.', who) : l10n.t('{0}: waiting for approval again.', who)
}

/** The name of one; how many they are, of several. */
export function nameOrCount(chosen: readonly Category[]): string {
  const [first] = chosen
  return chosen.length === 1 && first ? first.name : plural(chosen.length, '{0} category', '{0} categories')
}
