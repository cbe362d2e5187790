import * as l10n from '@vscode/l10n'
import stringWidth from 'string-width'
import type { CriterionValue } from '../../protocol/criteria.ts'
import { assertNever } from '../../protocol/names.ts'
import { oneLine } from '../domain/categoryNames.ts'
import type { ShownRecord } from './shownRecord.ts'

/** In columns of an editor, which itself cuts hints of a line at 43 characters. */
const widestLabel = 36

/** Most labels have signs of one column only, and there may be tens of thousands of them. */
const narrow = /^[\x20-\x7e·…äöüÄÖÜß]*$/

/** A wide sign takes two columns, and so does an emoji. */
function columnsOf(text: string): number {
  return narrow.test(text) ? text.length : stringWidth(text)
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** A record's result in a few words: `Bug, Interface · 12.4`. A model's words are cut, never more than one line. */
export function recordLabel(shown: ShownRecord): string {
  const before = shown.isChanged ? l10n.t('changed since: {0}', '') : shown.label ? l10n.t('corrected: {0}', '') : ''
  const [words, score] = verdictWords(shown)
  const after = score === null ? '' : ` · ${score}`
  return `${before}${cutToWidth(words, widestLabel - columnsOf(before + after))}${after}`
}

/** Columns of the widest label, so that all of them stand in one column. */
export function widthOfLabels(shown: readonly ShownRecord[]): number {
  return shown.reduce((widest, each) => (each.record.isWhole ? widest : Math.max(widest, labelWidth(each))), 0)
}

const widths = new WeakMap<ShownRecord, number>()

function labelWidth(shown: ShownRecord): number {
  const known = widths.get(shown) ?? columnsOf(recordLabel(shown))
  widths.set(shown, known)
  return known
}

/** What a label lacks of the width of the column. */
export function padding(label: string, width: number): string {
  return ' '.repeat(Math.max(0, width - columnsOf(label)))
}

function cutToWidth(text: string, most: number): string {
  if (columnsOf(text) <= most) return text
  let [kept, width] = ['', 0]
  for (const { segment } of graphemes.segment(text)) {
    width += columnsOf(segment)
    if (width > most - 1) break
    kept += segment
  }
  return `${kept.trimEnd()}…`
}

/** `Severity 4, real yes`: what is cut off stands in the hover. */
function criteriaWords(criteria: ShownRecord['criteria']): string {
  return Object.entries(criteria ?? {})
    .map(([name, value]) => `${name} ${valueWords(value)}`)
    .join(', ')
}

/** An answer as the editor's language says it. */
export function valueWords(value: CriterionValue): string {
  return typeof value === 'boolean' ? (value ? l10n.t('yes') : l10n.t('no')) : String(value)
}

/** The words, and the score where there is one. */
function verdictWords(shown: ShownRecord): [words: string, score: string | null] {
  const { status } = shown.result
  switch (status) {
    case 'failed':
      return shown.label ? judgedWords(shown) : [l10n.t('failed'), null]
    case 'skipped':
      return shown.label ? judgedWords(shown) : [l10n.t('skipped'), null]
    case 'ok':
      return judgedWords(shown)
    default:
      return assertNever(status)
  }
}

function judgedWords({ categories, criteria, score }: ShownRecord): [words: string, score: string | null] {
  const points = score === null ? null : score.toFixed(1)
  const answers = oneLine(criteriaWords(criteria))
  if (answers !== '') {
    const names = categories === null ? [] : [categories.length === 0 ? l10n.t('no category') : categories.join(', ')]
    return [oneLine([...names, answers].join(' · ')), points]
  }
  if (categories === null) return points === null ? [l10n.t('judged'), null] : [points, null]
  return [categories.length === 0 ? l10n.t('no category') : oneLine(categories.join(', ')), points]
}
