import { dirname, sep } from 'node:path'
import * as l10n from '@vscode/l10n'
import {
  type CodeAction,
  CodeActionKind,
  type CompletionItem,
  type Diagnostic,
  DiagnosticSeverity,
  type Hover,
  MarkupKind,
  type Position,
  type PublishDiagnosticsParams,
  type Range,
} from 'vscode-languageserver'
import { TextDocument } from 'vscode-languageserver-textdocument'
import type { Result } from '../../protocol/contract.ts'
import type { PlacedCategory } from '../../protocol/profile.ts'
import type { Language } from '../../shared/language.ts'
import { localizeOr } from '../../shared/message.ts'
import { workspaceProfile } from '../profiles/loadProfile.ts'
import { pathOfUri } from './documentFile.ts'
import { escapeMarkdown } from './escapeMarkdown.ts'
import type { Timers } from './openDocument.ts'

export interface ProfileDocumentsParts {
  timers: Timers
  publish(diagnostics: PublishDiagnosticsParams): void
  advise(request: { text: string; workspaceFolder: string; name: string }): Promise<Result<'profile/advise'>>
}

interface OpenProfile {
  document: TextDocument
  folder: string
  path: string
  advice: Extract<Result<'profile/advise'>, { ok: true }>['value'] | null
  waiting: { dispose(): void } | null
}

/** Somebody who types is not told of every letter. */
const quietMs = 300
const language: Language = { tag: 'en', t: l10n.t }
const source = 'LLM Providers'

/** Null: it is no folder's profile. */
export function folderOfProfile(uri: string): string | null {
  const path = pathOfUri(uri)
  return path?.endsWith(sep + workspaceProfile) ? dirname(dirname(path)) : null
}

/** The profiles of folders that are open in an editor: what is wrong with them, and what is known of their categories. */
export class ProfileDocuments {
  readonly #parts: ProfileDocumentsParts
  readonly #open = new Map<string, OpenProfile>()

  constructor(parts: ProfileDocumentsParts) {
    this.#parts = parts
  }

  has(uri: string): boolean {
    return this.#open.has(uri)
  }

  open(document: TextDocument, folder: string): void {
    const path = pathOfUri(document.uri) ?? ''
    const open: OpenProfile = { document, folder, path, advice: null, waiting: null }
    this.#open.set(document.uri, open)
    void this.#read(open)
  }

  change(uri: string, changes: Parameters<typeof TextDocument.update>[1], version: number): void {
    const open = this.#open.get(uri)
    if (!open) return
    TextDocument.update(open.document, changes, version)
    this.#plan(open)
  }

  close(uri: string): void {
    this.#open.get(uri)?.waiting?.dispose()
    if (this.#open.delete(uri)) this.#parts.publish({ uri, diagnostics: [] })
  }

  /** Results or labels have changed. */
  renew(): void {
    for (const open of this.#open.values()) this.#plan(open)
  }

  hover(uri: string, position: Position): Hover | null {
    const open = this.#open.get(uri)
    const category = open?.advice?.categories.find((each) => isIn(rangeOf(each), position))
    if (!open?.advice || !category) return null
    const { results, labels, name } = category
    const lines = [
      `**${escapeMarkdown(name)}**`,
      l10n.t('{0} of {1} results in this folder', results, open.advice.results),
      labels === 1 ? l10n.t('1 label') : l10n.t('{0} labels', labels),
    ]
    return { contents: { kind: MarkupKind.Markdown, value: lines.join('  \n') }, range: rangeOf(category) }
  }

  async completions(uri: string, position: Position): Promise<CompletionItem[] | null> {
    const open = this.#open.get(uri)
    if (!open) return null
    const { completeProfile } = await import('./profileCompletion.ts')
    return completeProfile(open.document.getText({ start: { line: 0, character: 0 }, end: position }))
  }

  /** A category that nothing is in can be hidden: then no model is offered it, and what it had stays. */
  actions(uri: string, diagnostics: readonly Diagnostic[]): CodeAction[] {
    const open = this.#open.get(uri)
    if (!open) return []
    return diagnostics.flatMap((diagnostic) => {
      if (diagnostic.source !== source || diagnostic.code !== 'unused') return []
      const { line } = diagnostic.range.start
      const text = open.document.getText({ start: { line, character: 0 }, end: { line: line + 1, character: 0 } })
      const before = /^(\s*(?:- +)?)name:/.exec(text)?.[1]
      if (before === undefined) return []
      const end = { line, character: text.trimEnd().length }
      const newText = `\n${' '.repeat(before.length)}hidden: true`
      const edit = { changes: { [uri]: [{ range: { start: end, end }, newText }] } }
      return [{ title: l10n.t('Hide the category'), kind: CodeActionKind.QuickFix, diagnostics: [diagnostic], edit }]
    })
  }

  dispose(): void {
    for (const { waiting } of this.#open.values()) waiting?.dispose()
    this.#open.clear()
  }

  #plan(open: OpenProfile): void {
    open.waiting?.dispose()
    open.waiting = this.#parts.timers.after(quietMs, () => void this.#read(open))
  }

  async #read(open: OpenProfile): Promise<void> {
    const { document, folder, path } = open
    const { uri, version } = document
    const answer = await this.#parts.advise({ text: document.getText(), workspaceFolder: folder, name: path })
    // What was typed meanwhile is read again, and what was closed is told nothing of.
    if (this.#open.get(uri) !== open || document.version !== version) return
    open.advice = answer.ok ? answer.value : null
    this.#parts.publish({ uri, version, diagnostics: diagnosticsOf(document, answer) })
  }
}

function diagnosticsOf(document: TextDocument, answer: Result<'profile/advise'>): Diagnostic[] {
  if (!answer.ok) {
    const problems = answer.reason.code === 'profile_invalid' ? answer.reason.problems : []
    return problems.map(({ line = 1, column = 1, path, message, localizable }) => ({
      ...{ range: restOfLine(document, line - 1, column - 1), severity: DiagnosticSeverity.Error, source },
      message: [path, localizeOr(language, localizable, message)].filter((part) => part !== '').join(': '),
    }))
  }
  const { categories, notes } = answer.value
  return notes.map(({ code, line, message, localizable, category }) => {
    const placed = categories.find((each) => each.line === line && each.name === category)
    return {
      ...{ code, source, severity: DiagnosticSeverity.Information },
      range: placed ? rangeOf(placed) : restOfLine(document, line - 1, 0),
      message: localizeOr(language, localizable, message),
    }
  })
}

function rangeOf({ line, column, length }: Pick<PlacedCategory, 'line' | 'column' | 'length'>): Range {
  const start = { line: line - 1, character: column - 1 }
  return { start, end: { line: start.line, character: start.character + length } }
}

function restOfLine(document: TextDocument, line: number, character: number): Range {
  const start = { line, character }
  const text = document.getText({ start, end: { line: line + 1, character: 0 } }).trimEnd()
  return { start, end: { line, character: character + Math.max(1, text.length) } }
}

function isIn({ start, end }: Range, { line, character }: Position): boolean {
  return line === start.line && character >= start.character && character <= end.character
}
