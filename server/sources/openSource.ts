import { basename, dirname, resolve, sep } from 'node:path'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { RunRequest } from '../../protocol/runs.ts'
import { type LineRange, lastLine, type Shard, type SourceSettings } from '../../protocol/sources.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, localizableText } from '../../shared/message.ts'
import type { RunFiles } from '../files/diskFiles.ts'
import { ignoreFileErrors } from '../files/fileErrors.ts'
import { countEntries, countItems, type ItemCounting } from './countItems.ts'
import { fileFailure } from './fileFailure.ts'
import { listFolderFiles } from './folderFiles.ts'
import { type FindInEditor, type OpenedFile, westernEncoding } from './openedFile.ts'
import { openSourceFile } from './openSourceFile.ts'
import { type FileReading, planReading } from './readFile.ts'
import {
  type OpenFile,
  type ReadingContext,
  readFoundFile,
  readFoundOpened,
  readInputs,
  readOpenedFile,
} from './readInputs.ts'
import { selectShard } from './selectShard.ts'
import type { EntryStream, SourceEntry } from './sourceEntry.ts'
import { type SourceInput, sharedFolder } from './sourceInput.ts'
import type { SourceLimits } from './sourceLimits.ts'
import { notUtf8 } from './textFileEntry.ts'

/** Where a run's items come from, checked as far as possible without reading it whole. */
export interface Source {
  /** For people. */
  label: string
  /** Empty for a selection. */
  inputs: readonly SourceInput[]
  read(): EntryStream
  /** The same, each entry with the fields of its row. */
  readWithFields(): EntryStream
  /** One of its files alone. Null: it is none of them. */
  readFile(path: string): EntryStream | null
  /** The same of a file that is open already, or of its text in an editor, read as `reading` says. */
  readOpened(file: OpenedFile, reading?: FileReading): EntryStream | null
  /** Goes through it only to count its items. */
  count(): ItemCounting
  /** Every file that it reads; ends with a failure where a folder cannot be listed. Null: a selection has none. */
  files(): AsyncGenerator<string, Outcome<null>, void> | null
}

/**
 * What the user names must be there and readable; what else a folder holds is reported item by item. `inEditor` absent: only the
 * disk is read.
 */
export async function openSource(
  request: Pick<RunRequest, 'source' | 'fields'>,
  files: RunFiles,
  limits: SourceLimits,
  inEditor: FindInEditor = async () => null,
): Promise<Outcome<Source>> {
  const { source, fields } = request
  if (source.kind === 'text') return openSelection(source.name, source.text)
  return await openPaths(source, settingsByPath(source, fields), { files, limits, inEditor })
}

type SourcePaths = Extract<RunRequest['source'], { kind: 'paths' }>

async function openPaths(
  source: SourcePaths,
  settingsOf: (path: string) => SourceSettings,
  { files, limits, inEditor }: { files: RunFiles; limits: SourceLimits; inEditor: FindInEditor },
): Promise<Outcome<Source>> {
  const open: OpenFile = async (path, settings) => {
    const edited = await inEditor(path)
    return edited ? succeed(edited) : await openSourceFile(files, path, settings)
  }
  const inputs: SourceInput[] = []
  const { lines, shard } = source
  for (const path of await distinctPaths(files, source.paths)) {
    const input = await inspectInput({ files, open }, path, settingsOf(path))
    if (!input.ok) return input
    inputs.push({ ...input.value, ...(lines && { lines }), ...(shard && { shard }) })
  }
  const [first] = inputs as [SourceInput]
  if (lines && (inputs.length > 1 || first.kind === 'folder'))
    return fileFailure(first.path, 'not_a_file', localizable('lines can be selected in one file only'))
  if (lines && shard)
    return fileFailure(first.path, 'not_a_file', localizable('a shard is of whole files, not of some lines'))
  const isSeveral = inputs.length > 1 || inputs[0]?.kind === 'folder'
  const { knownAs } = source
  const context: ReadingContext = { files, open, settingsOf, limits, base: baseOf(inputs), knownAs, isSeveral }
  const read = (how = context): EntryStream => {
    const entries = readInputs(inputs, how)
    return shard ? selectShard(entries, shard) : entries
  }
  return succeed({
    label: labelOf(source, inputs),
    inputs,
    read: () => read(),
    // Some items of a file are counted as they are read.
    count: () => (lines || shard ? countEntries(read()) : countItems(inputs, context)),
    readWithFields: () => read({ ...context, keepsFields: true }),
    readFile: (path) => (holdsFile(inputs, path) ? readFoundFile(path, context) : null),
    readOpened(file, reading) {
      if (!holdsFile(inputs, file.path)) return null
      const isNamed = inputs.some(({ path }) => path === file.path)
      return isNamed ? readOpenedFile(file, context, reading) : readFoundOpened(file, context, reading)
    },
    files: () => listFiles(inputs, files),
  })
}

function baseOf(inputs: readonly SourceInput[]): string {
  const [first] = inputs as [SourceInput]
  if (inputs.length > 1) return sharedFolder(inputs)
  return first.kind === 'folder' ? first.path : dirname(first.path)
}

/** `3-5,9,12-` */
export function nameLines(lines: readonly LineRange[]): string {
  return lines.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to === lastLine ? '' : to}`)).join(',')
}

function labelOf({ lines, shard }: SourcePaths, inputs: readonly SourceInput[]): string {
  const [first] = inputs as [SourceInput]
  if (lines) return `${basename(first.path)}:${nameLines(lines)}`
  const whole = inputs.length === 1 ? basename(first.path) : `${inputs.length} ${nameInputs(inputs)}`
  return shard ? `${whole} (${nameShard(shard)})` : whole
}

/** `2/8` */
export function nameShard({ number, of }: Shard): string {
  return `${number}/${of}`
}

function nameInputs(inputs: readonly SourceInput[]): string {
  if (inputs.every((input) => input.kind === 'file')) return 'files'
  return inputs.every((input) => input.kind === 'folder') ? 'folders' : 'files and folders'
}

/** What the request says counts for all its files; where it says nothing, what a person chose before for each. */
export function settingsByPath(source: SourcePaths, fields: RunRequest['fields']): (path: string) => SourceSettings {
  const { kind: _kind, paths: _paths, lines: _lines, shard: _shard, remembered, knownAs: _known, ...reading } = source
  const given = Object.entries({ ...reading, ...fields }).filter(([, value]) => value !== undefined)
  const settings: SourceSettings = Object.fromEntries(given)
  return (path) => (remembered && Object.hasOwn(remembered, path) ? (remembered[path] ?? settings) : settings)
}

function openSelection(name: string, text: string): Outcome<Source> {
  if (text.trim() === '') {
    return fail({ code: 'source_invalid', source: name, problem: 'empty', detail: 'there is no text in it' })
  }
  const placed = { place: name, scope: '', file: null, line: null }
  const entry: SourceEntry = { kind: 'readable', id: name, isIdNamed: false, ...placed, text }
  async function* read(): EntryStream {
    yield [entry]
    return succeed(null)
  }
  async function* count(): ItemCounting {
    yield { items: 1, share: null }
    return succeed(null)
  }
  return succeed({
    label: name,
    inputs: [],
    read,
    count,
    readWithFields: read,
    readFile: () => null,
    readOpened: () => null,
    files: () => null,
  })
}

async function distinctPaths(files: RunFiles, paths: readonly string[]): Promise<string[]> {
  const seen = new Set<string>()
  const distinct: string[] = []
  for (const path of paths.map((each) => resolve(each))) {
    const real = await files.realpath(path).catch((error: unknown) => {
      ignoreFileErrors(error)
      return path
    })
    if (!seen.has(real)) distinct.push(path)
    seen.add(real)
  }
  return distinct
}

async function inspectInput(
  { files, open }: Pick<ReadingContext, 'files' | 'open'>,
  path: string,
  settings: SourceSettings,
): Promise<Outcome<SourceInput>> {
  const stats = await files.stat(path).catch((error: unknown) => {
    ignoreFileErrors(error)
    return null
  })
  if (stats?.isDirectory()) {
    return succeed({ path, kind: 'folder', size: stats.size, modifiedAtMs: stats.mtimeMs })
  }
  const opened = await open(path, settings)
  if (!opened.ok) return opened
  await opened.value.close()
  const { size, modifiedAtMs, isHeadUtf8, table } = opened.value
  const { format } = planReading(opened.value, settings)
  if (!isHeadUtf8 && (format === 'text' || format === 'markdown'))
    return fileFailure(path, 'encoding', localizableText(notUtf8), { encoding: westernEncoding })
  return succeed({
    ...{ path, kind: 'file', size, modifiedAtMs },
    ...(table?.count === undefined ? {} : { count: table.count }),
  })
}

function holdsFile(inputs: readonly SourceInput[], path: string): boolean {
  return inputs.some(({ path: input, kind }) =>
    kind === 'file' ? input === path : path.startsWith(input.endsWith(sep) ? input : input + sep),
  )
}

async function* listFiles(
  inputs: readonly SourceInput[],
  files: RunFiles,
): AsyncGenerator<string, Outcome<null>, void> {
  for (const input of inputs) {
    if (input.kind === 'file') yield input.path
    else {
      const listed = yield* listFolderFiles(files, input.path)
      if (!listed.ok) return listed
    }
  }
  return succeed(null)
}
