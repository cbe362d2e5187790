import { l10n, workspace } from 'vscode'
import { correctedResult } from '../../protocol/correctedResult.ts'
import type { Task } from '../../protocol/names.ts'
import type { Receipt, ResultRecord } from '../../protocol/results.ts'
import { lastedMs, type RunView } from '../../protocol/runs.ts'
import { tellDuration } from '../describe/age.ts'
import { plural, reasonSentence, taskTitle, tellInstant, tellNumber } from '../describe/language.ts'
import { onOneLine, wrap } from '../describe/plainText.ts'
import { tellCounts, tellState } from '../describe/runWords.ts'

const textWidth = 66

/** A run and its results as a page of plain text: what models wrote stays text, whatever it looks like. */
export function resultsText(run: RunView, records: readonly ResultRecord[], hasMore: boolean): string {
  const columns = columnsOf(run.tasks)
  const indent = ' '.repeat(columns.reduce((width, column) => width + column.title.length + 2, 2))
  const lines = [
    l10n.t('LLM Providers results: {0}', onOneLine(run.source)),
    '',
    ...labelled(runFacts(run, records)),
    '',
    `  ${columns.map(({ title }) => `${title}  `).join('')}${l10n.t('item')}`,
    `  ${columns.map(({ title }) => `${'─'.repeat(title.length)}  `).join('')}${'─'.repeat(textWidth)}`,
    ...records.flatMap((record) => recordLines(correctedResult(record), columns, indent)),
  ]
  if (records.length === 0) lines.push(`  ${l10n.t('There are no results yet.')}`)
  if (hasMore) {
    lines.push(
      plural(
        records.length,
        'This is the first result. The results file has all of them.',
        'These are the first {0} results. The results file has all of them.',
      ),
    )
  }
  return `${lines.join('\n').trimEnd()}\n`
}

interface Column {
  title: string
  value(record: ResultRecord): number | null
  digits: number
}

function columnsOf(tasks: readonly Task[]): Column[] {
  const scoring: Column[] = [
    { title: l10n.t('score'), value: (record) => record.score, digits: 1 },
    { title: l10n.t('interest'), value: (record) => record.interest, digits: 0 },
    { title: l10n.t('quality'), value: (record) => record.quality, digits: 0 },
  ]
  const categorization: Column[] = [{ title: l10n.t('sure'), value: (record) => record.confidence, digits: 2 }]
  return [...(tasks.includes('scoring') ? scoring : []), ...(tasks.includes('categorization') ? categorization : [])]
}

function runFacts(run: RunView, records: readonly ResultRecord[]): [string, string][] {
  const ended = lastedMs(run)
  const state = ended === null ? tellState(run) : l10n.t('{0} in {1}', tellState(run), tellDuration(ended))
  return [
    [l10n.t('Items'), `${tellCounts(run.counts)} (${state})`],
    ...(run.reason ? [[l10n.t('Reason'), onOneLine(reasonSentence(run.reason))] as [string, string]] : []),
    ...run.tasks.map((task): [string, string] => [taskTitle(task), receiptSummary(run, records, task)]),
    [
      l10n.t('Results file'),
      run.resultsPath ? workspace.asRelativePath(run.resultsPath) : l10n.t('none; "Save results" writes one'),
    ],
    [l10n.t('Run'), l10n.t('{0}, started {1}', run.runId, tellInstant(run.startedAt))],
  ]
}

function labelled(rows: readonly [string, string][]): string[] {
  const width = Math.max(...rows.map(([label]) => label.length))
  return rows.map(([label, text]) => `  ${label.padEnd(width)}  ${text}`)
}

/** What the receipts say together: where the verdicts came from, how they were asked for, how long it took. */
function receiptSummary(run: RunView, records: readonly ResultRecord[], task: Task): string {
  const receipts = records.map((record) => record.receipts[task]).filter((receipt) => receipt !== undefined)
  const route = run.routes.find((candidate) => candidate.task === task)
  if (receipts.length === 0) return route ? `${route.provider}, ${onOneLine(route.model)}` : l10n.t('not done')
  const ways = [...new Set(receipts.map(tellWay))]
  const repeated = receipts.filter((receipt) => receipt.attempts > 1).length
  const times = receipts.map((receipt) => receipt.latencyMs).sort((a, b) => a - b)
  const parts = [
    ways.join('; '),
    l10n.t('median {0} a call', tellDuration(times[Math.floor(times.length / 2)] ?? 0)),
    ...(repeated > 0 ? [l10n.t('{0} asked again', repeated)] : []),
  ]
  return parts.join(', ')
}

function tellWay(receipt: Receipt): string {
  const way = `${receipt.provider}, ${onOneLine(receipt.model)}`
  const where = receipt.endpoint ? ` ${l10n.t('at {0}', receipt.endpoint)}` : ''
  return receipt.rule === 'fallback' ? `${way}${where} ${l10n.t('(fallback)')}` : `${way}${where}`
}

function recordLines(record: ResultRecord, columns: readonly Column[], indent: string): string[] {
  const numbers = columns.map((column) => `${tellFigure(column, record).padStart(column.title.length)}  `).join('')
  const texts = [
    ...categoryTexts(record),
    ...(record.reasoning ? [record.reasoning] : []),
    ...(record.error ? [l10n.t('! {0}: {1}', record.error.code, record.error.message)] : []),
  ]
  return [
    `  ${numbers}${onOneLine(record.id)}`,
    ...texts.flatMap((text) => wrap(text, textWidth).map((line) => `${indent}${line}`)),
    '',
  ]
}

function tellFigure(column: Column, record: ResultRecord): string {
  const value = column.value(record)
  return value === null ? '–' : tellNumber(value, { least: column.digits })
}

function categoryTexts(record: ResultRecord): string[] {
  if (record.categories === null) return []
  const names = record.categories.map(onOneLine).join(', ') || l10n.t('no category')
  const suggested = record.suggested?.names.map(onOneLine) ?? []
  const parent = record.suggested?.parent
  return [
    `# ${record.human?.categories ? l10n.t('{0} (by a person)', names) : names}`,
    ...(record.blockedBy ? [l10n.t('Blocked by {0}: the score is 0.', onOneLine(record.blockedBy))] : []),
    ...(suggested.length > 0
      ? [
          parent
            ? l10n.t('Suggested, waiting for approval: {0} (under {1})', suggested.join(', '), onOneLine(parent))
            : l10n.t('Suggested, waiting for approval: {0}', suggested.join(', ')),
        ]
      : []),
  ]
}
