import * as l10n from '@vscode/l10n'
import {
  type CodeAction,
  CodeActionKind,
  type CodeLens,
  type Command,
  type Diagnostic,
  DiagnosticSeverity,
  type InlayHint,
  type Position,
  type Range,
} from 'vscode-languageserver'
import type { TextDocument } from 'vscode-languageserver-textdocument'
import type { LineRange } from '../../protocol/sources.ts'
import { type ChartColour, categoryColour } from '../../shared/categoryColour.ts'
import { cutWords } from './escapeMarkdown.ts'
import { padding, recordLabel, widthOfLabels } from './hintText.ts'
import type { ReadResults } from './readDocument.ts'
import type { ShownRecord } from './shownRecord.ts'

/** What a hint says of its record, for when more of it is wanted. */
export interface HintData {
  uri: string
  key: string
  /** In which its category is shown. */
  colour?: ChartColour
}

/** More than so many records in one line, such as an array without line ends, are only counted. */
const mostInLine = 3

/**
 * One hint at the beginning of each record in the range, all of one width, so that records go on standing below one another; those that
 * have no result yet, and the names of columns, have an empty one. A text that is one record has its lenses instead.
 */
export function hintsOf(document: TextDocument, results: ReadResults, range: Range): InlayHint[] {
  const { shown, unjudged } = results
  const width = widthOfLabels(shown)
  if (width === 0) return []
  const judged = linesOf(document, shown, range)
  const hints = [...judged.values()].flatMap((inLine) => {
    const [first] = inLine as [ShownRecord]
    if (inLine.length <= mostInLine) return inLine.map((each) => hintOf(document, each, width))
    const position = document.positionAt(first.record.start)
    return [{ position, label: l10n.t('{0} results in this line', inLine.length), paddingRight: true }]
  })
  const others = linesOf(
    document,
    unjudged.map((record) => ({ record })),
    range,
  )
  const starts = [...others].map(([line, [first]]) => ({ line, at: first?.record.start ?? 0 }))
  const empty = starts.filter(({ line }) => !judged.has(line)).map(({ at }) => document.positionAt(at))
  return [
    ...hints,
    ...[...empty, ...headerPlaces(results, range)].map((position) => ({
      position,
      label: padding('', width),
      paddingRight: true,
    })),
  ]
}

/** The records that begin in the range, by their lines. */
function linesOf<Placed extends Pick<ShownRecord, 'record'>>(
  document: TextDocument,
  all: readonly Placed[],
  range: Range,
): Map<number, Placed[]> {
  const byLine = new Map<number, Placed[]>()
  for (const each of all) {
    if (each.record.isWhole) continue
    const { line } = document.positionAt(each.record.start)
    if (line < range.start.line || line > range.end.line) continue
    const inLine = byLine.get(line)
    if (inLine) inLine.push(each)
    else byLine.set(line, [each])
  }
  return byLine
}

/** The names of a table's columns stand above its cells. */
function headerPlaces({ reading: { dialect } }: ReadResults, range: Range): Position[] {
  const line = dialect?.linesBefore ?? 0
  return dialect?.hasHeader && range.start.line <= line && line <= range.end.line ? [{ line, character: 0 }] : []
}

/** Followed like a link, it leads to its result in the panel. */
function hintOf(document: TextDocument, shown: ShownRecord, width: number): InlayHint {
  const colour = colourOf(shown)
  const data: HintData = { uri: document.uri, key: shown.record.key, ...(colour ? { colour } : {}) }
  const text = recordLabel(shown)
  const command = showCommand({ uri: document.uri, key: shown.record.key })
  const label = [{ value: text + padding(text, width), command }]
  return { position: document.positionAt(shown.record.start), label, paddingRight: true, data }
}

/** Of its first category; absent: none, or a verdict that is not of the text as it stands. */
function colourOf({ categories, isChanged, result, label }: ShownRecord): ChartColour | undefined {
  const [first] = categories ?? []
  const isJudged = result.status === 'ok' || label !== null
  return first === undefined || isChanged || !isJudged ? undefined : categoryColour(first)
}

function showCommand(data: HintData): Command {
  return { title: l10n.t('Show in the results panel'), command: 'llmProviders.openResult', arguments: [data] }
}

const top: Range = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } }

/** What a text that is one record says above it; of rows, how many have a result, and what is to be judged again. */
export function lensesOf(document: TextDocument, results: ReadResults): CodeLens[] {
  const [first] = results.shown
  const [newest] = results.layers
  if (!newest) return []
  // A line that went away and came back would move the text.
  if (!first) return newest.run.isRunning ? [openLens(l10n.t('Judging'), newest.run.runId)] : []
  const again = judgeChanged(document, results)
  const lens = (command: Command): CodeLens => ({ range: top, command })
  if (!first.record.isWhole) return [openLens(summaryOf(results), newest.run.runId), ...(again ? [lens(again)] : [])]
  const show = showCommand({ uri: document.uri, key: first.record.key })
  const commands = [
    { ...show, title: recordLabel(first) },
    ...(again ? [again] : []),
    ...commandsFor(document.uri, first),
  ]
  return commands.map(lens)
}

/** What the command that judges changed rows again is given. */
export interface JudgeChanged {
  uri: string
  /** That is begun again. */
  runId: string
  /** Those of the rows that are asked about; null: the run is over all of the file. */
  lines: LineRange[] | null
}

/** Null: all is as it was judged, or somebody is at it. */
function judgeChanged(document: TextDocument, { shown, unjudged, layers }: ReadResults): Command | null {
  const [newest] = layers
  const whole = layers.find(({ run }) => !run.isOfLines)?.run
  if (!newest || newest.run.isRunning) return null
  const changed = shown.filter(({ isChanged }) => isChanged)
  // Rows without ids are known by their content: those that were edited look like new ones.
  const fresh = whole && !whole.isLimited ? unjudged.filter(({ hasId }) => !hasId) : []
  const count = changed.length + fresh.length
  if (count === 0) return null
  const data: JudgeChanged = {
    uri: document.uri,
    runId: (whole ?? newest.run).runId,
    lines: whole ? null : changed.slice(0, mostRanges).map(({ record }) => linesOfRecord(document, record)),
  }
  return { title: l10n.t('Judge {0} changed', count), command: 'llmProviders.judgeChanged', arguments: [data] }
}

const mostRanges = 1000

function linesOfRecord(document: TextDocument, { start, end }: ShownRecord['record']): LineRange {
  const line = (offset: number): number => document.positionAt(offset).line + 1
  return { from: line(start), to: line(end) }
}

/** Shown where there is too much to show. */
export function largeLens(runId: string): CodeLens {
  return openLens(l10n.t('This file is too long to show its results in it: open them'), runId)
}

function openLens(title: string, runId: string): CodeLens {
  return { range: top, command: { title, command: 'llmProviders.openResults', arguments: [runId] } }
}

function summaryOf({ shown, layers }: ReadResults): string {
  const count = (is: (each: ShownRecord) => boolean): number => shown.filter(is).length
  const failed = count(({ result, label }) => result.status === 'failed' && label === null)
  const changed = count(({ isChanged }) => isChanged)
  const corrected = count(({ label }) => label !== null)
  return [
    shown.length === 1 ? l10n.t('1 result') : l10n.t('{0} results', shown.length),
    ...(failed > 0 ? [l10n.t('{0} failed', failed)] : []),
    ...(changed > 0 ? [l10n.t('{0} changed since', changed)] : []),
    ...(corrected > 0 ? [l10n.t('{0} corrected', corrected)] : []),
    ...(layers[0]?.run.isRunning ? [l10n.t('still judging')] : []),
  ].join(', ')
}

/** What can be done with a record; a text that was not judged as it stands, or cannot be read, is not corrected. */
function commandsFor(uri: string, shown: ShownRecord): Command[] {
  const { key, broken } = shown.record
  const args: [HintData] = [{ uri, key }]
  const why = { title: l10n.t('Why this model?'), command: 'llmProviders.whyThisModel', arguments: args }
  if (shown.isChanged || broken) return [why]
  return [
    { title: l10n.t('Correct the category…'), command: 'llmProviders.correctCategory', arguments: args },
    { title: l10n.t('Correct the score…'), command: 'llmProviders.correctScore', arguments: args },
    ...(shown.label
      ? [{ title: l10n.t('Remove the correction'), command: 'llmProviders.removeCorrection', arguments: args }]
      : []),
    why,
  ]
}

/** `diagnostics`: those of ours that the editor has there. */
export function actionsOf(uri: string, shown: ShownRecord, diagnostics: readonly Diagnostic[]): CodeAction[] {
  const own = diagnostics.filter(({ source }) => source === diagnosticSource)
  const commands = [...commandsFor(uri, shown), showCommand({ uri, key: shown.record.key })]
  return commands.map((command) => ({
    title: command.title,
    kind: CodeActionKind.QuickFix,
    ...(own.length > 0 ? { diagnostics: own } : {}),
    command,
  }))
}

const diagnosticSource = 'LLM Providers'
/** An editor shows so many at most in a file; the lens counts all of them. */
const mostDiagnostics = 1000

/** Items that failed, as long as they are as they were and nobody has said what they are. */
export function diagnosticsOf(document: TextDocument, { shown }: ReadResults): Diagnostic[] {
  const failed = shown.filter(({ result, isChanged, label }) => result.status !== 'ok' && !isChanged && label === null)
  return failed.slice(0, mostDiagnostics).flatMap(({ record, result, layer }) => {
    const error = record.broken ?? layer.errors.get(result.item)
    if (!error) return []
    return [
      {
        range: firstLineOf(document, record),
        severity: result.status === 'failed' ? DiagnosticSeverity.Warning : DiagnosticSeverity.Information,
        source: diagnosticSource,
        code: error.code,
        message: cutWords(error.message, 1000),
      },
    ]
  })
}

export function rangeOf(document: TextDocument, { record }: Pick<ShownRecord, 'record'>): Range {
  return { start: document.positionAt(record.start), end: document.positionAt(record.end) }
}

function firstLineOf(document: TextDocument, { start, end }: ShownRecord['record']): Range {
  const range = { start: document.positionAt(start), end: document.positionAt(end) }
  if (range.end.line === range.start.line) return range
  const next = document.offsetAt({ line: range.start.line + 1, character: 0 })
  return { start: range.start, end: document.positionAt(next - 1) }
}

/** The record at a place; beside one, such as before its first character, that of the line. */
export function recordAt(document: TextDocument, { shown }: ReadResults, offset: number): ShownRecord | null {
  const { line } = document.positionAt(offset)
  const within = shown.findLast(({ record }) => record.start <= offset && offset <= record.end)
  return within ?? shown.find(({ record }) => record.isWhole || document.positionAt(record.start).line === line) ?? null
}
