import { basename } from 'node:path'
import { probableCategories, type ResultRecord } from '../../protocol/results.ts'
import { correctedMark, correctedResult } from '../../shared/correctedResult.ts'
import { criteriaCell } from '../../shared/criteriaText.ts'
import type { JournalHeader } from '../journal/journalLines.ts'
import { reportStart } from '../sources/reportStarts.ts'

const mostScored = 20
const mostFailed = 100
const mostCategories = 1000

type Shown = ReturnType<typeof correctedResult<ResultRecord>>

interface Sums {
  items: number
  scored: number
  score: number
}

/** A report for people. Nothing of it grows with the number of results but the counts. */
export async function* writeReport(
  results: AsyncIterable<{ result: ResultRecord }[]>,
  header: JournalHeader,
): AsyncGenerator<string> {
  const counts = { ok: 0, failed: 0, skipped: 0, blocked: 0, corrected: 0, doubtful: 0 }
  const categories = new Map<string, Sums>()
  let top: Shown[] = []
  let doubtful: Shown[] = []
  const failed: ResultRecord[] = []
  for await (const group of results) {
    const shown = group.map(({ result }) => correctedResult(result))
    for (const result of shown) {
      counts[result.status]++
      if (result.corrected.size > 0) counts.corrected++
      if (result.blockedBy !== null) counts.blocked++
      if (result.status === 'ok') addTo(categories, result)
      if (result.status === 'failed' && failed.length < mostFailed) failed.push(result)
    }
    const scored = shown.filter(({ score }) => score !== null && score > 0)
    top = [...top, ...scored].sort(byScore).slice(0, mostScored)
    const unsure = shown.filter(isDoubtful)
    doubtful = [...doubtful, ...unsure].sort(byConfidence).slice(0, mostScored)
    counts.doubtful += unsure.length
  }
  yield `${reportStart}${header.runId} -->\n\n${summary(header, counts)}`
  yield categoryTable(categories)
  yield topTable(top)
  yield doubtfulTable(doubtful, counts.doubtful)
  yield failedTable(failed, counts.failed)
}

/** Decided with a probability that is little, and by nobody corrected. What a model says of itself is no such figure. */
function isDoubtful({ probabilities, confidence, corrected }: Shown): boolean {
  return probabilities != null && confidence !== null && confidence < doubtfulBelow && !corrected.has('categories')
}

const doubtfulBelow = 0.6

function byConfidence(one: ResultRecord, other: ResultRecord): number {
  return (one.confidence ?? 0) - (other.confidence ?? 0)
}

function byScore(one: ResultRecord, other: ResultRecord): number {
  return (other.score ?? 0) - (one.score ?? 0)
}

function addTo(categories: Map<string, Sums>, { categories: names, score }: ResultRecord): void {
  if (names === null) return
  for (const name of names.length > 0 ? names : [none]) {
    const sums = categories.get(name) ?? { items: 0, scored: 0, score: 0 }
    if (!categories.has(name) && categories.size >= mostCategories) continue
    sums.items++
    if (score !== null) {
      sums.scored++
      sums.score += score
    }
    categories.set(name, sums)
  }
}

/** No category has this name: they are not empty. */
const none = ''

function summary(
  { runId, inputs, request, routes, startedAt }: JournalHeader,
  counts: { ok: number; failed: number; skipped: number; blocked: number; corrected: number },
): string {
  const source =
    request.source.kind === 'text' ? request.source.name : inputs.map(({ path }) => basename(path)).join(', ')
  const lines = [
    `Source: ${asCode(source)}`,
    `Items: ${counts.ok} ok, ${counts.failed} failed, ${counts.skipped} skipped${counts.blocked > 0 ? `, ${counts.blocked} blocked` : ''}${counts.corrected > 0 ? `, ${counts.corrected} corrected by a person` : ''}`,
    ...routes.map(
      ({ task, provider, model }) =>
        `${task === 'scoring' ? 'Scored' : 'Categorized'} by: ${asCode(`${provider} / ${model}`)}`,
    ),
    `Started: ${startedAt}`,
    `Run: ${asCode(runId)}`,
  ]
  return `# Results\n\n${lines.map((line) => `- ${line}`).join('\n')}\n`
}

function categoryTable(categories: ReadonlyMap<string, Sums>): string {
  if (categories.size === 0) return ''
  const rows = [...categories]
    .sort(([, one], [, other]) => other.items - one.items)
    .map(([name, { items, scored, score }]) => {
      const mean = scored === 0 ? '' : (score / scored).toFixed(1)
      return [name === none ? '(no category)' : asCode(name), String(items), mean]
    })
  return `\n## Categories\n\n${table(['Category', 'Items', 'Mean score'], rows)}`
}

function topTable(top: readonly Shown[]): string {
  if (top.length === 0) return ''
  const hasCriteria = top.some(({ criteria }) => criteria)
  const rows = top.map((result) => [
    marked(result, 'score', String(result.score)),
    asCode(itemName(result)),
    marked(result, 'categories', (result.categories ?? []).map(asCode).join(', ') || none),
    ...(hasCriteria
      ? [marked(result, 'criteria', asCode(criteriaCell(result.criteria)))]
      : [
          marked(result, 'interest', String(result.interest ?? '')),
          marked(result, 'quality', String(result.quality ?? '')),
        ]),
    asCode(result.reasoning ?? ''),
  ])
  const names = ['Score', 'Item', 'Categories', ...(hasCriteria ? ['Criteria'] : ['Interest', 'Quality']), 'Why']
  return `\n## Highest scores\n\n${table(names, rows)}`
}

function doubtfulTable(doubtful: readonly Shown[], all: number): string {
  if (doubtful.length === 0) return ''
  const rows = doubtful.map((result) => [
    asCode(itemName(result)),
    probableCategories(result)
      .map(([name, share]) => `${name === none ? '(no category)' : asCode(name)} ${Math.round(share * 100)} %`)
      .join(', '),
  ])
  const more = all > doubtful.length ? `\n${all - doubtful.length} more; they are in the results.\n` : ''
  return `\n## Decided with a probability below ${doubtfulBelow}\n\n${table(['Item', 'Probabilities'], rows)}${more}`
}

/** An id means something only within its file; a place names it already. */
function itemName({ id, source }: Pick<ResultRecord, 'id' | 'source'>): string {
  return source === undefined || id.startsWith(source) ? id : `${source}: ${id}`
}

/** A person's word is told as one. */
function marked({ corrected }: Shown, name: keyof ResultRecord, text: string): string {
  return (corrected as ReadonlySet<string>).has(name) ? `${text || '(no category)'} ${correctedMark}` : text
}

function failedTable(failed: readonly ResultRecord[], all: number): string {
  if (failed.length === 0) return ''
  const rows = failed.map((result) => [
    asCode(itemName(result)),
    asCode(result.error?.code ?? ''),
    asCode(result.error?.message ?? ''),
  ])
  const more = all > failed.length ? `\n${all - failed.length} more failed; they are in the results.\n` : ''
  return `\n## Failed\n\n${table(['Item', 'Code', 'Message'], rows)}${more}`
}

function table(names: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`
  return line(names) + line(names.map(() => '---')) + rows.map(line).join('')
}

const longestCell = 300

/**
 * Text of a model or of the source as inline code: the one form of Markdown in which nothing is a link, a mention, an image or HTML.
 * Its fence is longer than any run of backticks within.
 */
export function asCode(text: string): string {
  const plain = text.replaceAll(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, ' ').trim()
  if (plain === '') return ''
  // A bar is escaped by a backslash, which some renderers take to be escaped itself where another one stands before it.
  const cut = (plain.length > longestCell ? `${plain.slice(0, longestCell)}…` : plain).replaceAll('\\|', '\\ |')
  const runs = cut.match(/`+/g) ?? []
  const fence = '`'.repeat(Math.max(0, ...runs.map((run) => run.length)) + 1)
  const space = runs.length > 0 ? ' ' : ''
  return `${fence}${space}${cut}${space}${fence}`.replaceAll('|', '\\|')
}
