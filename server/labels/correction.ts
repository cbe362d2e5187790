import type { CriteriaValues } from '../../protocol/criteria.ts'
import type { Label } from '../../protocol/labels.ts'
import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import type { ResultRecord } from '../../protocol/results.ts'
import { criterionText } from '../../shared/criteriaText.ts'
import { localizable } from '../../shared/message.ts'
import { foldName } from '../domain/categoryNames.ts'
import type { ImportedRow, Judgement } from './importedRows.ts'

/** What a person says with one row of a file. `same`: nothing that was not said before. */
export type Correction =
  | { kind: 'said'; said: Judgement }
  | { kind: 'same' }
  | { kind: 'left'; localizable: LocalizableMessage }

export interface KnownOfItem {
  /** The label that there is. */
  label: Label | null
  /** What the run of the row recorded of the item's text. Null: that run is gone. */
  judged: readonly ResultRecord[] | null
}

/**
 * Of a row of a results file only what a person changed in it counts: most of it is what a model said, and a model's word that nobody
 * touched must neither become a label nor take the place of one. Any other row is a person's as a whole.
 */
export function readCorrection(row: ImportedRow, { label, judged }: KnownOfItem): Correction {
  if (row.runId === undefined || row.inputHash === undefined) {
    const said = { ...known(row.cells), ...known(row.human) }
    return isEmpty(said) ? { kind: 'left', localizable: nothingSaid() } : { kind: 'said', said }
  }
  const recorded = judged?.find(({ id }) => id === row.id) ?? judged?.[0] ?? null
  const edited = recorded ? differing(row.cells, recorded) : {}
  const human = label ? differing(row.human, label) : known(row.human)
  // It was said after the file was written, and nobody changed that in the file.
  const isOld = label !== null && row.human.at !== undefined && Date.parse(row.human.at) < Date.parse(label.at)
  const said = { ...(isOld ? {} : human), ...edited }
  if (!isEmpty(said)) {
    const news = label ? differing(said, label) : said
    return isEmpty(news) ? { kind: 'same' } : { kind: 'said', said: news }
  }
  if (isOld && !isEmpty(human)) {
    return {
      kind: 'left',
      localizable: localizable('it was corrected again after the file was written; that correction stays'),
    }
  }
  if (recorded === null && isEmpty(known(row.human)))
    return { kind: 'left', localizable: whyUncompared(row.runId, judged) }
  if (row.note === undefined || row.note === label?.note) return { kind: 'same' }
  return label ? { kind: 'said', said: {} } : { kind: 'left', localizable: nothingSaid() }
}

function nothingSaid(): LocalizableMessage {
  return localizable('it gives no categories, interest or quality')
}

function whyUncompared(runId: string, judged: KnownOfItem['judged']): LocalizableMessage {
  return judged === null
    ? localizable('the run {0} is gone, so it is unknown what was changed in this row', runId)
    : localizable('the run {0} has no result of this item to compare with', runId)
}

const parts = ['categories', 'interest', 'quality'] as const
type Part = (typeof parts)[number]

function known(judgement: Judgement): Judgement {
  return { ...only(judgement, (part) => judgement[part] != null), ...answers(judgement, () => true) }
}

/** What is said otherwise than before; what is not said differs from nothing. */
function differing(judgement: Judgement, before: Judgement): Judgement {
  const wordsBefore = (name: string): string => answerWords(before.criteria ?? {}, name)
  return {
    ...only(judgement, (part) => judgement[part] != null && wordsOf(judgement[part]) !== wordsOf(before[part])),
    ...answers(judgement, (name, said) => answerWords(said, name) !== wordsBefore(name)),
  }
}

function only({ categories, interest, quality }: Judgement, wanted: (part: Part) => boolean) {
  return Object.fromEntries(Object.entries({ categories, interest, quality }).filter(([part]) => wanted(part as never)))
}

/** The answers that are wanted; none: nothing is said of criteria. */
function answers({ criteria }: Judgement, isWanted: (name: string, said: CriteriaValues) => boolean): Judgement {
  const wanted = Object.entries(criteria ?? {}).filter(([name]) => isWanted(name, criteria ?? {}))
  return wanted.length > 0 ? { criteria: Object.fromEntries(wanted) } : {}
}

/** Whatever the case of name and answer. */
function answerWords(said: CriteriaValues, name: string): string {
  const [, value] = Object.entries(said).find(([each]) => foldName(each) === foldName(name)) ?? []
  return value === undefined ? '' : foldName(criterionText(value))
}

function isEmpty(judgement: Judgement): boolean {
  return Object.keys(judgement).length === 0
}

/** As it would stand in a cell, where a name with a semicolon is two. */
function wordsOf(value: Judgement[Part]): string {
  if (!Array.isArray(value)) return String(value ?? '')
  return JSON.stringify(value.join(';').split(';').map(foldName).filter(Boolean))
}
