import { extname } from 'node:path'
import type { BuildPlan, KnowledgeChunk, KnowledgeSource } from '../../protocol/knowledgeBases.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Reason } from '../../protocol/reasons.ts'
import type { RunRequest } from '../../protocol/runs.ts'
import { splitText, type TextKind, type TextPiece } from '../domain/splitText.ts'
import { diskFiles } from '../files/diskFiles.ts'
import { sha256 } from '../items/hashes.ts'
import type { ResultQueries } from '../results/resultQueries.ts'
import { openSource } from '../sources/openSource.ts'
import { openSourceFile } from '../sources/openSourceFile.ts'
import { loadPlainText, type ToPlainText } from '../sources/plainText.ts'
import type { ReadableEntry, SourceEntry } from '../sources/sourceEntry.ts'
import { defaultSourceLimits } from '../sources/sourceLimits.ts'
import { readTextFile } from '../sources/textFileEntry.ts'
import { splitJson } from './splitJson.ts'

/** A chunk with the text that is embedded for it, and that text's hash. */
export interface ReadChunk extends KnowledgeChunk {
  hash: string
  embedded: string
}

/** What was read beside the chunks. */
export interface ReadSources {
  files: Set<string>
  unreadable: BuildPlan['unreadable']
  /** Of the first source that ended early; absent: all were read to their end. */
  ended?: Reason
}

const mostUnreadable = 20

export type Runs = () => Promise<Pick<ResultQueries, 'withResults'>>

/**
 * The chunks of all sources, in their order: a record each of what has records, sections, functions and paragraphs of what is one text.
 * Ends with the failure of a source that cannot be read at all; what is broken within one is noted and passed over.
 */
export async function* readChunks(
  sources: readonly KnowledgeSource[],
  runs: Runs,
  read: ReadSources,
): AsyncGenerator<ReadChunk, Outcome<null>, void> {
  const toPlainText = await loadPlainText()
  for (const source of sources) {
    const request = await requestOf(source, runs)
    if (!request.ok) return request
    const opened = await openSource(request.value, diskFiles, defaultSourceLimits)
    if (!opened.ok) return opened
    const [input] = opened.value.inputs
    const stream = opened.value.read()
    for (;;) {
      const next = await stream.next()
      if (next.done) {
        const isTable = !next.value.ok && lacksText(next.value.reason) && input?.kind === 'file'
        if (isTable) yield* structuredChunks(input.path, opened.value.label, read)
        else if (!next.value.ok) noteEnd(read, opened.value.label, next.value.reason)
        break
      }
      for (const entry of next.value) yield* chunksOfEntry(entry, read, toPlainText)
    }
  }
  return succeed(null)
}

async function requestOf(source: KnowledgeSource, runs: Runs): Promise<Outcome<Pick<RunRequest, 'source' | 'fields'>>> {
  if (source.kind === 'path') return succeed({ source: { kind: 'paths', paths: [source.path] } })
  return await (await runs()).withResults(source.runId, async ({ header }) => succeed(header.request))
}

function note({ unreadable }: ReadSources, place: string, message: string): void {
  if (unreadable.length < mostUnreadable) unreadable.push({ place, message })
}

function noteEnd(read: ReadSources, label: string, reason: Reason): void {
  read.ended ??= reason
  note(read, label, reason.message)
}

/** Rows that say nothing in words are looked for all the same: a price list, settings. */
function lacksText(reason: Reason): boolean {
  return reason.code === 'source_invalid' && reason.problem === 'no_text_field'
}

async function* chunksOfEntry(
  entry: SourceEntry,
  read: ReadSources,
  toPlainText: ToPlainText,
): AsyncGenerator<ReadChunk> {
  if (entry.kind === 'readable') {
    if (entry.file !== null) read.files.add(entry.file)
    yield* chunksOf(entry, toPlainText)
    return
  }
  const isWholeFile = entry.line === null && entry.file !== null
  if (isWholeFile && entry.error.code === 'text_missing')
    yield* structuredChunks(entry.file as string, entry.place, read)
  else if (entry.status === 'failed') note(read, entry.place, entry.error.message)
}

/** A file of rows none of which has a text, as one structured text. */
async function* structuredChunks(path: string, name: string, read: ReadSources): AsyncGenerator<ReadChunk> {
  const opened = await openSourceFile(diskFiles, path, {})
  if (!opened.ok) return note(read, name, opened.reason.message)
  // A spreadsheet or a database has no text of its own.
  const isText = opened.value.table === undefined
  const whole = isText ? await readTextFile(opened.value, name, defaultSourceLimits.longestRowBytes) : null
  await opened.value.close()
  if (whole === null) return note(read, name, `${name}: no column of it holds texts.`)
  if (whole.kind === 'broken') return note(read, name, whole.error.message)
  read.files.add(path)
  yield* namePieces(splitJson(whole.text) ?? splitText(whole.text, 'prose'), { file: path, name, line: 1 })
}

function* chunksOf(entry: ReadableEntry, toPlainText: ToPlainText): Generator<ReadChunk> {
  const { file, line, place } = entry
  const found = file === null ? 'prose' : kindOf(file)
  // A Markdown file is one row, since its front matter has fields.
  const isWhole = file !== null && (line === null || found === 'markdown')
  const kind = isWhole ? found : 'prose'
  const judged = toPlainText(entry.text)
  const pieces = splitText(kind === 'prose' ? judged : entry.text, kind)
  const inputHash = sha256(judged)
  const chunks = namePieces(pieces, { file, name: entry.id ?? place, line: isWhole ? (line ?? 1) : 1 })
  for (const chunk of chunks) yield isWhole ? { ...chunk, inputHash } : { ...chunk, inputHash, line }
}

/** `line`: where the text begins in its file. */
function* namePieces(
  pieces: readonly TextPiece[],
  { file, name, line }: { file: string | null; name: string; line: number },
): Generator<ReadChunk> {
  for (const piece of pieces) {
    const heading = piece.headings.length > 0 ? piece.headings.join(' › ') : null
    const embedded = heading === null ? piece.text : `${heading}\n\n${piece.text}`
    const id = pieces.length === 1 ? { id: name } : { id: `${name}:${piece.line}`, item: name }
    const own = { text: piece.text, heading, file, line: line + piece.line - 1 }
    yield { ...id, ...own, embedded, hash: sha256(embedded) }
  }
}

const code = new Set(
  '.ts .tsx .mts .cts .js .jsx .mjs .cjs .py .go .rs .java .kt .kts .scala .c .h .cc .cpp .hpp .cs .swift .rb .php .pl .lua .r .jl .ex .exs .erl .hs .ml .clj .sh .bash .zsh .ps1 .sql .css .scss .vue .svelte .dart .zig .nim'.split(
    ' ',
  ),
)

function kindOf(file: string): TextKind {
  const ending = extname(file).toLowerCase()
  if (['.md', '.markdown', '.mdx', '.mdown'].includes(ending)) return 'markdown'
  return code.has(ending) ? 'code' : 'prose'
}
