import { basename, dirname, relative, resolve, sep } from 'node:path'
import { fail, type Outcome, succeed } from '../../../protocol/outcome.ts'
import type { Reason } from '../../../protocol/reasons.ts'
import type { RunRequest } from '../../../protocol/runs.ts'
import { fileErrorCode, type RunFiles } from '../files.ts'
import type { RunLimits } from '../limits.ts'
import { readCsvRows } from './csvRows.ts'
import { recogniseFormat } from './fileFormat.ts'
import { listFolderFiles, noFiles } from './folderFiles.ts'
import { readJsonArray } from './jsonArray.ts'
import { readJsonLines } from './jsonLines.ts'
import { type FileProblem, fileFailure, type OpenedFile, openTextFile } from './openedFile.ts'
import type { RowStream } from './row.ts'
import { type FieldChoice, readRowEntries, usedNames } from './rowEntries.ts'
import type { EntryStream, SourceEntry } from './sourceEntry.ts'
import { type SourceInput, sharedFolder } from './sourceInput.ts'
import { brokenFile, notUtf8, readTextFile, unopenedFile } from './textFileEntry.ts'

/** Where a run's items come from, checked as far as possible without reading it whole. */
export interface Source {
  /** For people. */
  label: string
  /** Empty for a selection. */
  inputs: readonly SourceInput[]
  read(): EntryStream
}

interface Context {
  files: RunFiles
  fields: RunRequest['fields']
  limits: RunLimits
  /** Ids and places are told relative to this folder. */
  base: string
  /** More than one file may come, so that a line's number alone says nothing. */
  isSeveral: boolean
}

/** What the user names must be there and readable; what a folder holds besides is told item by item. */
export async function openSource(
  request: Pick<RunRequest, 'source' | 'fields'>,
  files: RunFiles,
  limits: RunLimits,
): Promise<Outcome<Source>> {
  const { source } = request
  if (source.kind === 'text') return openSelection(source.name, source.text)
  const inputs: SourceInput[] = []
  for (const path of await distinctPaths(files, source.paths)) {
    const input = await inspectInput(files, path)
    if (!input.ok) return input
    inputs.push(input.value)
  }
  const [first] = inputs as [SourceInput]
  const isSeveral = inputs.length > 1 || first.kind === 'folder'
  const base = inputs.length > 1 ? sharedFolder(inputs) : first.kind === 'folder' ? first.path : dirname(first.path)
  const context: Context = { files, fields: request.fields, limits, base, isSeveral }
  const label = inputs.length === 1 ? basename(first.path) : `${inputs.length} ${nameInputs(inputs)}`
  return succeed({ label, inputs, read: () => readInputs(inputs, context) })
}

function nameInputs(inputs: readonly SourceInput[]): string {
  if (inputs.every((input) => input.kind === 'file')) return 'files'
  return inputs.every((input) => input.kind === 'folder') ? 'folders' : 'files and folders'
}

function openSelection(name: string, text: string): Outcome<Source> {
  if (text.trim() === '') {
    return fail({ code: 'source_invalid', source: name, problem: 'empty', detail: 'there is no text in it' })
  }
  const entry: SourceEntry = { kind: 'readable', id: name, isIdNamed: false, place: name, scope: '', text }
  return succeed({
    label: name,
    inputs: [],
    async *read() {
      yield [entry]
      return succeed(null)
    },
  })
}

async function distinctPaths(files: RunFiles, paths: readonly string[]): Promise<string[]> {
  const seen = new Set<string>()
  const distinct: string[] = []
  for (const path of paths.map((each) => resolve(each))) {
    const real = await files.realpath(path).catch((error: unknown) => {
      fileErrorCode(error)
      return path
    })
    if (!seen.has(real)) distinct.push(path)
    seen.add(real)
  }
  return distinct
}

async function inspectInput(files: RunFiles, path: string): Promise<Outcome<SourceInput>> {
  const stats = await files.stat(path).catch((error: unknown) => {
    fileErrorCode(error)
    return null
  })
  if (stats?.isDirectory()) {
    return succeed({ path, kind: 'folder', size: stats.size, modifiedAtMs: stats.mtimeMs })
  }
  const opened = await openTextFile(files, path)
  if (!opened.ok) return opened
  await opened.value.close()
  const { size, modifiedAtMs, isHeadUtf8 } = opened.value
  if (!isHeadUtf8 && recogniseFormat(opened.value) === 'text') return fileFailure(path, 'encoding', notUtf8)
  return succeed({ path, kind: 'file', size, modifiedAtMs })
}

async function* readInputs(inputs: readonly SourceInput[], context: Context): EntryStream {
  for (const input of inputs) {
    const read = yield* input.kind === 'file' ? readNamedFile(input.path, context) : readFolder(input.path, context)
    if (!read.ok) return read
  }
  return succeed(null)
}

function shownPath(path: string, context: Context): string {
  return relative(context.base, path).split(sep).join('/')
}

async function* readNamedFile(path: string, context: Context): EntryStream {
  const opened = await openTextFile(context.files, path)
  if (!opened.ok) return opened
  try {
    return yield* readOpenedFile(opened.value, context)
  } finally {
    await opened.value.close()
  }
}

async function* readOpenedFile(file: OpenedFile, context: Context): EntryStream {
  const { fields, isSeveral, limits } = context
  const choice = { text: fields?.text ?? null, id: fields?.id ?? null }
  const rows = rowsOf(file, limits, choice)
  const shown = shownPath(file.path, context)
  if (rows === null) {
    yield [await readTextFile(file, shown, limits.longestRowBytes)]
    return succeed(null)
  }
  const placeOf = (line: number): string => (isSeveral ? `${shown}:line:${line}` : `line:${line}`)
  return yield* readRowEntries(
    rows,
    { choice, scope: shown, placeOf },
    { path: file.path, probeRows: limits.probeRows },
  )
}

function rowsOf(file: OpenedFile, limits: RunLimits, choice: FieldChoice): RowStream | null {
  const format = recogniseFormat(file)
  switch (format) {
    case 'json_lines':
      return readJsonLines(file, limits.longestRowBytes)
    case 'json_array':
      return readJsonArray(file, limits.longestRowBytes)
    case 'csv':
      return readCsvRows(file, limits, usedNames(choice))
    case 'text':
      return null
    default:
      return format satisfies never
  }
}

async function* readFolder(folder: string, context: Context): EntryStream {
  const paths = listFolderFiles(context.files, folder)
  let found = 0
  for (;;) {
    const next = await paths.next()
    if (next.done) return next.value.ok && found === 0 ? noFiles(folder) : next.value
    const read = yield* counting(readFoundFile(next.value, context), (count) => {
      found += count
    })
    if (!read.ok) return read
  }
}

async function* counting(entries: EntryStream, count: (entries: number) => void): EntryStream {
  try {
    for (;;) {
      const next = await entries.next()
      if (next.done) return next.value
      count(next.value.length)
      yield next.value
    }
  } finally {
    // Whoever stops in the middle lets the file go.
    await entries.return(succeed(null))
  }
}

/** A file that nobody named: when it cannot be used, that is one item's failure and not the run's. */
async function* readFoundFile(path: string, context: Context): EntryStream {
  const shown = shownPath(path, context)
  const opened = await openTextFile(context.files, path)
  if (!opened.ok) {
    const entry = brokenByReason(shown, opened.reason)
    if (entry) yield [entry]
    return succeed(null)
  }
  try {
    const read = yield* readOpenedFile(opened.value, context)
    if (read.ok || isChanged(read.reason)) return read
    const entry = brokenByReason(shown, read.reason)
    if (entry) yield [entry]
    return succeed(null)
  } finally {
    await opened.value.close()
  }
}

function isChanged(reason: Reason): boolean {
  return reason.code === 'source_invalid' && reason.problem === 'changed'
}

function brokenByReason(shown: string, reason: Reason): SourceEntry | null {
  if (reason.code !== 'source_invalid') return brokenFile(shown, 'file_unreadable', reason.message)
  const { problem, detail, line } = reason
  const where = line === undefined ? detail : `line ${line}: ${detail}`
  switch (problem) {
    case 'malformed':
      return brokenFile(shown, 'row_invalid', where)
    case 'no_text_field':
      return brokenFile(shown, 'text_missing', where)
    case 'no_id_field':
      return brokenFile(shown, 'row_invalid', where)
    case 'no_items':
      return { ...brokenFile(shown, 'file_empty', where), status: 'skipped' }
    default:
      return unopenedFile(shown, problem satisfies FileProblem, detail)
  }
}
