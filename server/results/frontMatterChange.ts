import type { Page } from '../../protocol/names.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ResultRecord } from '../../protocol/results.ts'
import type { FrontMatterChange } from '../../protocol/sources.ts'
import { fail } from '../../shared/fail.ts'
import { fileErrorCode, ignoreFileErrors } from '../files/fileErrors.ts'
import { fileErrorInEnglish } from '../files/fileTrouble.ts'
import { openRegularFile, readRegularFile } from '../files/regularFile.ts'
import { sha256 } from '../items/hashes.ts'
import { identify } from '../items/identity.ts'
import type { ItemIndex } from '../journal/itemIndex.ts'
import type { JournalHeader } from '../journal/journalLines.ts'
import { inputMark, type ReadJournal, readHeaderOf, readJournal } from '../journal/readJournal.ts'
import { parseResult, readResultTexts } from '../journal/readResults.ts'
import { openSource, type Source } from '../sources/openSource.ts'
import { loadPlainText } from '../sources/plainText.ts'
import type { ReadableEntry } from '../sources/sourceEntry.ts'
import { brokenDetail } from '../sources/textFileEntry.ts'
import { writeFrontMatter } from './frontMatterText.ts'
import { headerNow, type StoredPlaces } from './headerNow.ts'
import { openLabels, withHuman } from './humanLabels.ts'
import { confinedOutput } from './outputPath.ts'
import type { ResultsContext } from './resultsContext.ts'

type Context = Pick<ResultsContext, 'files' | 'limits' | 'journalPath' | 'labelsOf'> & {
  /** Null: there is no such run any more. */
  storedPlaces(runId: string): StoredPlaces | null
}

/** Results as they would stand in the files that were judged. Nothing is written here. */
export interface FrontMatterChanges {
  change(runId: string, path: string): Promise<Outcome<FrontMatterChange>>
  markdownFiles(
    runId: string,
    page: { cursor?: string | null | undefined; limit: number },
  ): Promise<Outcome<Page<string>>>
}

interface OpenRun {
  journal: ReadJournal
  source: Source
}

export function createFrontMatterChanges(context: Context): FrontMatterChanges {
  /** Of the run that was asked for last: a folder of notes is asked for one by one. */
  let last: { mark: string; run: OpenRun } | null = null

  function now(header: JournalHeader): JournalHeader {
    const stored = context.storedPlaces(header.runId)
    return stored ? headerNow(header, stored) : header
  }

  async function open(runId: string): Promise<Outcome<OpenRun>> {
    const path = context.journalPath(runId)
    const mark = await context.files.stat(path).then(
      ({ size, mtimeMs }) =>
        `${runId} ${size} ${mtimeMs} ${JSON.stringify(context.storedPlaces(runId)?.request.source)}`,
      (error: unknown) => {
        ignoreFileErrors(error)
        return null
      },
    )
    if (mark === null) return fail({ code: 'not_found', what: 'run', id: runId })
    if (last?.mark === mark) return succeed(last.run)
    const journal = await readJournal(context.files, path, runId)
    if (!journal.ok) return journal
    const header = now(journal.value.header)
    const source = await openSource(header.request, context.files, context.limits)
    if (!source.ok) return source
    const run = { journal: { ...journal.value, header }, source: source.value }
    last = { mark, run }
    return succeed(run)
  }

  /** Its journal's first line says it: which files there are has nothing to do with results, which may be a million. */
  async function openSourceOf(runId: string): Promise<Outcome<Source>> {
    const header = await readHeaderOf(context.files, context.journalPath(runId))
    if (header?.runId === runId) return await openSource(now(header).request, context.files, context.limits)
    return fail({ code: 'not_found', what: 'run', id: runId })
  }

  return {
    async change(runId, path) {
      const run = await open(runId)
      if (!run.ok) return run
      const confined = await confinedOutput(context.files, run.value.journal.header.request.workspaceFolder, path)
      if (!confined.ok) return confined
      const entry = await judgedEntry(run.value.source, path)
      if (!entry.ok) return entry
      const item = await findItem(run.value.journal.index, entry.value, path)
      if (!item.ok) return item
      return await changeOf(context, { runId, path, journal: run.value.journal, item: item.value })
    },
    async markdownFiles(runId, page) {
      const source = await openSourceOf(runId)
      return source.ok ? await listMarkdownFiles(source.value, page) : source
    },
  }
}

async function listMarkdownFiles(
  source: Source,
  { cursor, limit }: { cursor?: string | null | undefined; limit: number },
): Promise<Outcome<Page<string>>> {
  const from = Number(cursor ?? 0) || 0
  const rows: string[] = []
  const files = source.files()
  if (files === null) return succeed({ rows, next: null })
  for (let at = 0; ; ) {
    const next = await files.next()
    if (next.done) return next.value.ok ? succeed({ rows, next: null }) : next.value
    if (!/\.(md|markdown|mdx|mdown|qmd|rmd)$/i.test(next.value) || at++ < from) continue
    if (rows.length === limit) {
      await files.return(succeed(null))
      return succeed({ rows, next: String(from + limit) })
    }
    rows.push(next.value)
  }
}

function noResult(path: string) {
  const detail = 'the run has no result for it'
  return fail({ code: 'source_invalid', source: path, problem: 'no_items', detail })
}

/** The file as it would be judged now. */
async function judgedEntry(source: Source, path: string): Promise<Outcome<ReadableEntry>> {
  const stream = source.readFile(path)
  if (stream === null) return noResult(path)
  const first = await stream.next()
  await stream.return(succeed(null))
  if (first.done) return first.value.ok ? noResult(path) : first.value
  const [entry] = first.value
  if (entry?.kind === 'readable' && entry.file === path) return succeed(entry)
  const detail = entry?.kind === 'broken' ? brokenDetail(entry) : 'it is not read as one item'
  return fail({ code: 'source_invalid', source: path, problem: 'malformed', detail })
}

/** By its identity and its text: a result of another text is not this file's. */
async function findItem(index: ItemIndex, entry: ReadableEntry, path: string): Promise<Outcome<number>> {
  const hash = sha256((await loadPlainText())(entry.text))
  const item = index.find(identify(entry, hash, index).key)
  if (item === -1 || index.state(item) !== 'ok') return noResult(path)
  return index.input(item) === inputMark(hash) ? succeed(item) : fail({ code: 'conflict', what: 'file', id: path })
}

async function changeOf(
  { files, journalPath, labelsOf }: Context,
  {
    runId,
    path,
    journal: { header, index },
    item,
  }: { runId: string; path: string; journal: ReadJournal; item: number },
): Promise<Outcome<FrontMatterChange>> {
  let before: string
  let judged: ResultRecord | undefined
  try {
    before = await readText(files, path)
    const journal = await openRegularFile(files, journalPath(runId))
    try {
      for await (const group of readResultTexts(journal, index, Uint32Array.of(item))) {
        for (const text of group) judged ??= parseResult(text)
      }
    } finally {
      await journal.close()
    }
  } catch (error) {
    const detail = fileErrorInEnglish(fileErrorCode(error))
    return fail({ code: 'source_invalid', source: path, problem: 'unreadable', detail })
  }
  if (judged === undefined) return noResult(path)
  const result = withHuman(judged, await openLabels(labelsOf, header))
  const after = await writeFrontMatter(before, result)
  if (after.ok) return succeed({ path, before, after: after.text })
  return fail({ code: 'source_invalid', source: path, problem: 'malformed', detail: after.detail })
}

/** Beyond any text of a person; as a source it would be cut, too. */
const longestNote = 64 * 1024 * 1024

async function readText(files: Context['files'], path: string): Promise<string> {
  return (await readRegularFile(files, path, longestNote)).toString()
}
