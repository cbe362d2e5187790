import * as l10n from '@vscode/l10n'
import {
  type CodeAction,
  CodeActionKind,
  type CodeLens,
  type Command,
  type Diagnostic,
  DiagnosticSeverity,
  type InlayHint,
  type Range,
} from 'vscode-languageserver'
import type { TextDocument } from 'vscode-languageserver-textdocument'
import { assertNever } from '../../protocol/names.ts'
import { oneLine } from '../domain/categoryNames.ts'
import { cutWords } from './escapeMarkdown.ts'
import type { ReadResults } from './readDocument.ts'
import type { ShownRecord } from './shownRecord.ts'

/** What a hint says of its record, for when more of it is wanted. */
export interface HintData {
  uri: string
  key: string
}

/** More than so many records in one line, such as an array without line ends, are only counted. */
const mostInLine = 3

/** One hint at the beginning of each record in the range; a text that is one record has its lenses instead. */
export function hintsOf(document: TextDocument, { shown }: ReadResults, range: Range): InlayHint[] {
  const byLine = new Map<number, ShownRecord[]>()
  for (const each of shown) {
    if (each.record.isWhole) continue
    const { line } = document.positionAt(each.record.start)
    if (line < range.start.line || line > range.end.line) continue
    const inLine = byLine.get(line)
    if (inLine) inLine.push(each)
    else byLine.set(line, [each])
  }
  return [...byLine.values()].flatMap((inLine) => {
    const [first] = inLine as [ShownRecord]
    if (inLine.length <= mostInLine) return inLine.map((each) => hintOf(document, each))
    const position = document.positionAt(first.record.start)
    return [{ position, label: l10n.t('{0} results in this line', inLine.length), paddingRight: true }]
  })
}

/** Followed like a link, it leads to its result in the panel. */
function hintOf(document: TextDocument, shown: ShownRecord): InlayHint {
  const data: HintData = { uri: document.uri, key: shown.record.key }
  const label = [{ value: recordLabel(shown), command: showCommand(data) }]
  return { position: document.positionAt(shown.record.start), label, paddingRight: true, data }
}

function showCommand(data: HintData): Command {
  return { title: l10n.t('Show in the results panel'), command: 'llmProviders.openResult', arguments: [data] }
}

const top: Range = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } }

/** What a text that is one record says above it; of rows, how many have a result. */
export function lensesOf(document: TextDocument, results: ReadResults): CodeLens[] {
  const [first] = results.shown
  if (!first) return []
  if (!first.record.isWhole) return [openLens(summaryOf(results.shown), results.run.runId)]
  const show = showCommand({ uri: document.uri, key: first.record.key })
  const commands = [{ ...show, title: recordLabel(first) }, ...commandsFor(document.uri, first)]
  return commands.map((command) => ({ range: top, command }))
}

/** Shown where there is too much to show. */
export function largeLens(runId: string): CodeLens {
  return openLens(l10n.t('This file is too long to show its results in it: open them'), runId)
}

function openLens(title: string, runId: string): CodeLens {
  return { range: top, command: { title, command: 'llmProviders.openResults', arguments: [runId] } }
}

function summaryOf(shown: readonly ShownRecord[]): string {
  const count = (is: (each: ShownRecord) => boolean): number => shown.filter(is).length
  const failed = count(({ result, label }) => result.status === 'failed' && label === null)
  const changed = count(({ isChanged }) => isChanged)
  const corrected = count(({ label }) => label !== null)
  return [
    shown.length === 1 ? l10n.t('1 result') : l10n.t('{0} results', shown.length),
    ...(failed > 0 ? [l10n.t('{0} failed', failed)] : []),
    ...(changed > 0 ? [l10n.t('{0} changed since', changed)] : []),
    ...(corrected > 0 ? [l10n.t('{0} corrected', corrected)] : []),
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
export function diagnosticsOf(document: TextDocument, { shown, errors }: ReadResults): Diagnostic[] {
  const failed = shown.filter(({ result, isChanged, label }) => result.status !== 'ok' && !isChanged && label === null)
  return failed.slice(0, mostDiagnostics).flatMap(({ record, result }) => {
    const error = record.broken ?? errors.get(result.item)
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

const longestCategories = 60

/** A record's result in a few words: `Bug, Interface · 12.4`. A model's words are cut, never more than one line. */
function recordLabel(shown: ShownRecord): string {
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

function categoryWords(categories: readonly string[]): string {
  if (categories.length === 0) return l10n.t('no category')
  return cutWords(oneLine(categories.join(', ')), longestCategories)
}
