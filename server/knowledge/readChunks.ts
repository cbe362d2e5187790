import { extname } from 'node:path'
import type { BuildPlan, KnowledgeChunk, KnowledgeSource } from '../../protocol/knowledgeBases.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { RunRequest } from '../../protocol/runs.ts'
import { splitText, type TextKind } from '../domain/splitText.ts'
import { diskFiles } from '../files/diskFiles.ts'
import { sha256 } from '../items/hashes.ts'
import type { ResultQueries } from '../results/resultQueries.ts'
import { openSource } from '../sources/openSource.ts'
import { loadPlainText, type ToPlainText } from '../sources/plainText.ts'
import type { ReadableEntry } from '../sources/sourceEntry.ts'
import { defaultSourceLimits } from '../sources/sourceLimits.ts'

/** A chunk with the text that is embedded for it, and that text's hash. */
export interface ReadChunk extends KnowledgeChunk {
  hash: string
  embedded: string
}

/** What was read beside the chunks. */
export interface ReadSources {
  files: Set<string>
  unreadable: BuildPlan['unreadable']
}

const mostUnreadable = 20

type Runs = () => Promise<Pick<ResultQueries, 'withResults'>>

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
    const stream = opened.value.read()
    for (;;) {
      const next = await stream.next()
      if (next.done) {
        if (!next.value.ok) note(read, opened.value.label, next.value.reason.message)
        break
      }
      for (const entry of next.value) {
        if (entry.kind === 'broken') {
          if (entry.status === 'failed') note(read, entry.place, entry.error.message)
        } else {
          if (entry.file !== null) read.files.add(entry.file)
          yield* chunksOf(entry, toPlainText)
        }
      }
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

function* chunksOf(entry: ReadableEntry, toPlainText: ToPlainText): Generator<ReadChunk> {
  const { file, line, place } = entry
  const found = file === null ? 'prose' : kindOf(file)
  // A Markdown file is one row, since its front matter has fields.
  const isWhole = file !== null && (line === null || found === 'markdown')
  const kind = isWhole ? found : 'prose'
  const text = kind === 'prose' ? toPlainText(entry.text) : entry.text
  const pieces = splitText(text, kind)
  for (const piece of pieces) {
    const heading = piece.headings.length > 0 ? piece.headings.join(' › ') : null
    const own = { text: piece.text, heading, file, line: isWhole ? (line ?? 1) + piece.line - 1 : line }
    const embedded = heading === null ? piece.text : `${heading}\n\n${piece.text}`
    const name = entry.id ?? place
    const id = pieces.length === 1 ? name : `${name}:${piece.line}`
    yield { id, ...own, embedded, hash: sha256(embedded) }
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
