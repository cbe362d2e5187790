import type { Task } from '../../protocol/names.ts'
import { type Opinion, probableCategories, type ResultRecord, type ReviewDoubt } from '../../protocol/results.ts'
import { correctedMark, correctedResult } from '../../shared/correctedResult.ts'
import { criteriaNames, criterionText } from '../../shared/criteriaText.ts'
import { describeReview } from '../../shared/describe/ask.ts'
import { describeDoubt } from '../../shared/describe/review.ts'
import { english } from '../../shared/language.ts'
import type { Colours } from '../terminal/colours.ts'
import { type Column, renderTable } from '../terminal/table.ts'
import type { Sink } from '../terminal/terminal.ts'

/** Below this many columns the reasoning gets a line of its own under each row. */
const roomy = 100

/** The results for a person: what the tasks asked for, the reasoning cut to the width, failures in words. */
export function resultsTable(
  sink: Sink,
  tasks: readonly Task[],
  records: readonly ResultRecord[],
  doubts?: readonly (readonly ReviewDoubt[])[],
): string {
  const shown = records.map(correctedResult)
  const both = tasks.length === 2
  const areDecided = records.some(({ probabilities }) => probabilities != null)
  const hasTexts = records.some(({ preview }) => preview !== undefined)
  const columns = [
    hasTexts ? { ...idColumn, most: 20 } : idColumn,
    ...(records.some(({ source }) => source !== undefined) ? [sourceColumn] : []),
    ...(hasTexts ? [textColumn] : []),
    ...(tasks.includes('categorization') ? [categoriesColumn] : []),
    ...(tasks.includes('scoring') ? scoredColumns(records) : []),
    ...(both || records.some(({ criteria }) => criteria) ? [scoreColumn] : []),
    ...(tasks.includes('scoring') && !areDecided ? [] : [numberColumn('confidence', 2)]),
    ...(records.some(({ calibrated }) => calibrated !== undefined) ? [calibratedColumn] : []),
    ...(records.some(({ opinion }) => opinion?.differ) ? [otherColumn] : []),
    ...(doubts ? [doubtColumn(shown, doubts)] : records.some(({ review }) => review) ? [reviewColumn] : []),
  ]
  return renderTable(sink, columns, shown, {
    column: areDecided ? probabilitiesColumn : tasks.includes('scoring') ? reasoningColumn : suggestedColumn,
    below: sink.columns < roomy,
  })
}

type Shown = ReturnType<typeof correctedResult<ResultRecord>>

const idColumn: Column<Shown> = { heading: 'id', text: ({ id }) => id, most: 28 }

/** Of a file deep below, the end says most. */
const sourceColumn: Column<Shown> = {
  heading: 'source',
  text: ({ source = '' }) => source.split('/').slice(-2).join('/'),
  most: 24,
}

/** Enough to know which item it is. */
const textColumn: Column<Shown> = { heading: 'text', text: ({ preview = '' }) => preview, most: 18 }

const categoriesColumn: Column<Shown> = {
  heading: 'categories',
  text: (record) => marked(record, 'categories', categoriesText(record)),
  paint: (text, { categories }, colours) => (categories?.length === 0 ? colours.quiet(text) : text),
  most: 44,
}

/** The profile's own criteria, each in a column, or interest and quality. */
function scoredColumns(records: readonly ResultRecord[]): Column<Shown>[] {
  const names = criteriaNames(records)
  if (names.length === 0) return [numberColumn('interest'), numberColumn('quality')]
  return names.map((name) => ({
    heading: name,
    text: (record) => {
      const value = record.criteria && Object.hasOwn(record.criteria, name) ? record.criteria[name] : undefined
      const said = record.human?.criteria && Object.hasOwn(record.human.criteria, name)
      return value === undefined ? '' : `${criterionText(value)}${said ? ` ${correctedMark}` : ''}`
    },
    most: 24,
  }))
}

function numberColumn(name: 'interest' | 'quality' | 'confidence', digits = 0): Column<Shown> {
  return { heading: name, align: 'right', text: (record) => marked(record, name, record[name]?.toFixed(digits) ?? '') }
}

/** How often such answers are right, by the labels. */
const calibratedColumn: Column<Shown> = {
  heading: 'calibrated',
  align: 'right',
  text: ({ calibrated }) => calibrated?.toFixed(2) ?? '',
}

/** Where two models differ, what the one says whose verdict does not count. */
const otherColumn: Column<Shown> = {
  heading: 'other model',
  text: ({ opinion }) => (opinion?.differ ? otherText(opinion) : ''),
  paint: (text, _, colours) => colours.careful(text),
  most: 44,
}

function otherText({ counts, other }: Opinion): string {
  const said = other.categories ? categoriesText(other) : `score ${other.score?.toFixed(1) ?? 'unknown'}`
  return `${counts === 'first' ? 'second' : 'first'}: ${said}`
}

const reviewColumn: Column<Shown> = {
  heading: 'review',
  text: ({ review = [] }) => review.map((cause) => describeReview(english, cause)).join(', '),
  paint: (text, _, colours) => colours.careful(text),
}

/** In place of the causes for the review, which are among them. */
function doubtColumn(records: readonly Shown[], doubts: readonly (readonly ReviewDoubt[])[]): Column<Shown> {
  const doubtsOf = new Map(records.map((record, row) => [record, doubts[row]]))
  return {
    heading: 'why',
    text: (record) => (doubtsOf.get(record) ?? []).map((doubt) => describeDoubt(english, doubt)).join(', '),
    paint: (text, _, colours) => colours.careful(text),
  }
}

function categoriesText({ categories }: Pick<ResultRecord, 'categories'>): string {
  if (categories === null) return ''
  return categories.length === 0 ? 'no category' : categories.join(', ')
}

/** A person's word is told as one. */
function marked({ corrected }: Shown, name: keyof ResultRecord, text: string): string {
  return (corrected as ReadonlySet<string>).has(name) ? `${text} ${correctedMark}` : text
}

const scoreColumn: Column<Shown> = {
  heading: 'score',
  align: 'right',
  text: (record) => marked(record, 'score', record.score?.toFixed(1) ?? ''),
  paint: (text, { score }, colours) => paintScore(text, score ?? 0, colours),
}

/** The composite reaches 20: the upper half stands out, what is blocked or worth nothing steps back. */
function paintScore(text: string, score: number, colours: Colours): string {
  if (score >= 10) return colours.good(text)
  return score < 2.5 ? colours.quiet(text) : text
}

const reasoningColumn: Column<Shown> = {
  heading: 'reasoning',
  text: (record) => outcomeText(record) ?? record.reasoning ?? '',
  paint: paintOutcome,
  share: 1,
}

/** A decision gives no reasons and suggests no names; what else it might have been says more than an empty column. */
const probabilitiesColumn: Column<Shown> = {
  heading: 'probabilities',
  text: (record) =>
    outcomeText(record) ??
    probableCategories(record)
      .map(([name, share]) => `${name || 'no category'} ${Math.round(share * 100)} %`)
      .join(', '),
  paint: paintOutcome,
  share: 1,
}

const suggestedColumn: Column<Shown> = {
  heading: 'suggested',
  text: (record) => outcomeText(record) ?? suggestion(record),
  paint: paintOutcome,
  share: 1,
}

function suggestion({ suggested }: ResultRecord): string {
  if (!suggested || suggested.names.length === 0) return ''
  return `${suggested.names.join(', ')}${suggested.parent ? ` (under ${suggested.parent})` : ''}`
}

/** What became of an item that has no verdict; null for one that has. */
function outcomeText({ status, error, blockedBy }: ResultRecord): string | null {
  if (blockedBy !== null) return `blocked by ${blockedBy}`
  if (status === 'ok') return null
  return `${status}: ${error?.message ?? 'nothing to judge'}`
}

function paintOutcome(text: string, { status }: ResultRecord, colours: Colours): string {
  if (status === 'failed') return colours.bad(text)
  return status === 'skipped' ? colours.careful(text) : colours.quiet(text)
}
