import * as l10n from '@vscode/l10n'
import { assertNever } from '../../protocol/names.ts'
import { oneLine } from '../domain/categoryNames.ts'
import { cutWords } from './escapeMarkdown.ts'
import type { ShownRecord } from './shownRecord.ts'

const longestCategories = 60

/** A record's result in a few words: `Bug, Interface · 12.4`. A model's words are cut, never more than one line. */
export function recordLabel(shown: ShownRecord): string {
  if (shown.isChanged) return l10n.t('changed since: {0}', verdictWords(shown))
  return shown.label ? l10n.t('corrected: {0}', verdictWords(shown)) : verdictWords(shown)
}

function verdictWords(shown: ShownRecord): string {
  const { status } = shown.result
  switch (status) {
    case 'failed':
      return shown.label ? judgedWords(shown) : l10n.t('failed')
    case 'skipped':
      return shown.label ? judgedWords(shown) : l10n.t('skipped')
    case 'ok':
      return judgedWords(shown)
    default:
      return assertNever(status)
  }
}

function judgedWords({ categories, score }: ShownRecord): string {
  const parts = [
    ...(categories === null ? [] : [categoryWords(categories)]),
    ...(score === null ? [] : [score.toFixed(1)]),
  ]
  return parts.join(' · ') || l10n.t('judged')
}

export function categoryWords(categories: readonly string[]): string {
  if (categories.length === 0) return l10n.t('no category')
  return cutWords(oneLine(categories.join(', ')), longestCategories)
}
