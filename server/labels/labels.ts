import { basename } from 'node:path'
import type {
  Label,
  LabelImport,
  LabelPage,
  LabelPageRequest,
  LabelProblem,
  LabelToSave,
  LabelView,
} from '../../protocol/labels.ts'
import { fail, type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Profile } from '../../protocol/profile.ts'
import type { ResultRecord } from '../../protocol/results.ts'
import type { RunRequest } from '../../protocol/runs.ts'
import { asTold, say, sayCount, type Told, worded } from '../../protocol/told.ts'
import { compileProfile } from '../domain/compileProfile.ts'
import { cutText } from '../domain/cutText.ts'
import type { CompiledProfile } from '../domain/work.ts'
import { fileErrorCode, type RunFiles } from '../runs/files.ts'
import { tellFileError } from '../runs/fileTrouble.ts'
import { sha256 } from '../runs/items/hashes.ts'
import { loadPlainText } from '../runs/items/plainText.ts'
import type { LoadedProfile } from '../runs/runOptions.ts'
import { withLabel, withoutLabel } from './goldenLines.ts'
import { goldenPath } from './goldenPath.ts'
import type { GoldenSet, GoldenStore } from './goldenStore.ts'
import { type ImportedRow, readImportedRows } from './importedRows.ts'
import { pageOf, problemsTold, viewOf } from './labelPage.ts'
import { personsWord } from './personsWord.ts'
import { findSourceTexts } from './sourceTexts.ts'
import { spellNames } from './spellNames.ts'

/** Which golden set, and whose weights count. */
export type LabelPlace = Pick<LabelPageRequest, 'workspaceFolder' | 'profile'>

export interface Labels {
  list(request: LabelPageRequest): Promise<Outcome<LabelPage>>
  save(place: LabelPlace, label: LabelToSave): Promise<Outcome<LabelView>>
  remove(place: LabelPlace, inputHash: string): Promise<Outcome<null>>
  import(place: LabelPlace, path: string): Promise<Outcome<LabelImport>>
}

export interface LabelParts {
  golden: GoldenStore
  files: RunFiles
  loadProfile(choice: Pick<RunRequest, 'profile' | 'workspaceFolder'>): Promise<Outcome<LoadedProfile>>
  /** What a run was asked for; null: there is no such run. */
  requestOf(runId: string): RunRequest | null
  /** The profile that it judged by; null: that cannot be read any more. */
  profileOf(runId: string): Promise<Profile | null>
  /** What it judged of the texts with these hashes, by their hashes; null: there is no such run, or it cannot be read any more. */
  judgedOf(runId: string, hashes: ReadonlySet<string>): Promise<ReadonlyMap<string, readonly ResultRecord[]> | null>
  now(): string
  /** A golden set has changed: how many labels it had and has. */
  onChange(path: string, action: 'save' | 'remove' | 'import', before: number, after: number): Promise<void>
}

const longestImport = 64 * 1024 * 1024
/** As many characters as a label can hold. */
const longestText = 200_000

export function createLabels(parts: LabelParts): Labels {
  /** Null where the profile cannot be used: labels are shown and kept all the same. */
  async function profileOf(choice: Pick<RunRequest, 'profile' | 'workspaceFolder'>): Promise<CompiledProfile | null> {
    const loaded = await parts.loadProfile(choice)
    const compiled = loaded.ok ? compileProfile(loaded.value.profile) : loaded
    return compiled.ok ? compiled.value : null
  }

  async function change<Value>(
    { workspaceFolder }: LabelPlace,
    action: 'save' | 'remove' | 'import',
    make: Parameters<GoldenStore['change']>[1],
  ): Promise<Outcome<Value>> {
    const path = goldenPath(workspaceFolder)
    let before = 0
    const changed = await parts.golden.change<Value>(path, (golden) => {
      before = golden.labels.size
      return make(golden) as ReturnType<typeof make> & Outcome<{ lines: GoldenSet['lines']; value: Value }>
    })
    if (!changed.ok) return changed
    const after = await parts.golden.read(path)
    await parts.onChange(path, action, before, after.ok ? after.value.labels.size : before)
    return changed
  }

  /** A result may be corrected to any category that it was judged by, and to any that there is by now. */
  async function spell(
    { categories, runId }: LabelToSave,
    profile: CompiledProfile | null,
  ): Promise<Outcome<string[] | null | undefined>> {
    const today = profile ? [profile] : []
    const names = spellNames(categories, today, runId !== undefined)
    if (names.ok || runId === undefined) return names
    const judgedBy = await parts.profileOf(runId)
    const compiled = judgedBy ? compileProfile(judgedBy) : null
    return compiled?.ok ? spellNames(categories, [...today, compiled.value], true) : names
  }

  /** The item's text and where it is from, when the caller does not say. */
  async function sourceText(label: LabelToSave, request: RunRequest | null) {
    if (label.text !== undefined) return { text: (await loadPlainText())(label.text), source: label.source ?? '' }
    if (request === null) return null
    const found = await findSourceTexts(parts.files, request, new Set([label.inputHash]))
    return found.get(label.inputHash) ?? null
  }

  async function save(place: LabelPlace, label: LabelToSave): Promise<Outcome<LabelView>> {
    const request = label.runId === undefined ? null : parts.requestOf(label.runId)
    if (label.runId !== undefined && request === null) return fail({ code: 'not_found', what: 'run', id: label.runId })
    const profile = await profileOf(request ?? place)
    const names = await spell(label, profile)
    if (!names.ok) return names
    const known = await parts.golden.read(goldenPath(place.workspaceFolder))
    if (!known.ok) return known
    const isKnown = known.value.labels.has(label.inputHash)
    const found = label.text === undefined && isKnown ? null : await sourceText(label, request)
    if (label.text !== undefined && found && sha256(found.text) !== label.inputHash) {
      return invalid('text', say('it is not the text that the hash is of'))
    }
    const said = { ...label, categories: names.value, ...(found ? { text: cut(found.text, profile) } : {}) }
    return await change<LabelView>(place, 'save', (golden) => {
      const before = golden.labels.get(label.inputHash)?.label ?? null
      const text = said.text ?? before?.text
      if (text === undefined)
        return invalid('text', say("it is not said, and the run's source does not have it any more"))
      const source = label.source ?? found?.source ?? before?.source ?? ''
      const merged = merge(before, { ...said, text, source }, parts.now())
      const lines = withLabel(golden.lines, merged)
      const line = lines.findLastIndex((each) => each.label?.inputHash === label.inputHash) + 1
      return succeed({ lines, value: viewOf(merged, line, profile) })
    })
  }

  async function textsFor(
    rows: readonly ImportedRow[],
    golden: GoldenSet,
    place: LabelPlace,
  ): Promise<Map<string, { text: string; source: string }>> {
    const texts = new Map<string, { text: string; source: string }>()
    for (const [inputHash, { label }] of golden.labels) texts.set(inputHash, label)
    const wanted = rows.filter(({ inputHash, text }) => text === undefined && !texts.has(inputHash ?? ''))
    for (const [runId, hashes] of hashesByRun(wanted)) {
      const request = parts.requestOf(runId)
      if (!request) continue
      const { workspaceFolder } = place
      const found = await findSourceTexts(parts.files, { ...request, workspaceFolder }, hashes)
      for (const [inputHash, each] of found) texts.set(inputHash, each)
    }
    return texts
  }

  /** By run and hash; null: the run is gone. */
  async function judgedIn(rows: readonly ImportedRow[]) {
    const judged = new Map<string, Awaited<ReturnType<LabelParts['judgedOf']>>>()
    for (const [runId, hashes] of hashesByRun(rows)) judged.set(runId, await parts.judgedOf(runId, hashes))
    return judged
  }

  async function importFile(place: LabelPlace, path: string): Promise<Outcome<LabelImport>> {
    const content = await readWhole(parts.files, path)
    if (!content.ok) return content
    const read = await readImportedRows(path, content.value)
    if (!read)
      return fail({
        code: 'source_invalid',
        source: path,
        problem: 'malformed',
        detail: 'it is not a table of results',
      })
    const profile = await profileOf(place)
    const toPlainText = await loadPlainText()
    const before = await parts.golden.read(goldenPath(place.workspaceFolder))
    if (!before.ok) return before
    const texts = await textsFor(read.rows, before.value, place)
    const judged = await judgedIn(read.rows)
    return await change<LabelImport>(place, 'import', (golden) => {
      const counts = { added: 0, changed: 0, same: 0 }
      const problems: LabelProblem[] = [...read.problems]
      let { lines } = golden
      const at = parts.now()
      for (const row of read.rows) {
        const own = row.text === undefined ? null : toPlainText(row.text)
        const inputHash = own === null ? row.inputHash : sha256(own)
        const old = lines.findLast((line) => line.label?.inputHash === inputHash)?.label ?? null
        const ofRun = judged.get(row.runId ?? '')
        const word = personsWord(row, { label: old, judged: ofRun ? (ofRun.get(row.inputHash ?? '') ?? []) : null })
        if (word.kind === 'same') {
          counts.same++
          continue
        }
        if (word.kind === 'left') {
          problems.push({ line: row.line, ...worded('message', word.told) })
          continue
        }
        const found = own === null ? texts.get(inputHash ?? '') : { text: own, source: row.source ?? basename(path) }
        if (inputHash === undefined || !found) {
          problems.push({ line: row.line, message: 'it has no text, and no source of a run has it' })
          continue
        }
        const { interest, quality } = word.said
        const names = spellNames(word.said.categories, profile ? [profile] : [], false)
        const categories = names.ok ? names.value : word.said.categories
        const id = row.id ?? old?.id ?? `line:${row.line}`
        const said = { id, inputHash, note: row.note, categories, interest, quality }
        const merged = merge(old, { ...said, text: cut(found.text, profile), source: row.source ?? found.source }, at)
        const isSame = old !== null && JSON.stringify({ ...old, at }) === JSON.stringify({ ...merged, at })
        counts[old === null ? 'added' : isSame ? 'same' : 'changed']++
        if (!isSame) lines = withLabel(lines, merged)
      }
      if (counts.added + counts.changed + counts.same === 0) return nothingUsable(path, problems)
      const told = { left: problems.length, problems: problems.slice(0, problemsTold) }
      return succeed({ lines, value: { ...counts, ...told } })
    })
  }

  return {
    async list(request) {
      const golden = await parts.golden.read(goldenPath(request.workspaceFolder))
      if (!golden.ok) return golden
      return succeed(pageOf(golden.value, request, await profileOf(request)))
    },
    save,
    remove: (place, inputHash) =>
      change(place, 'remove', ({ lines, labels }) =>
        labels.has(inputHash)
          ? succeed({ lines: withoutLabel(lines, inputHash), value: null })
          : fail({ code: 'not_found', what: 'label', id: inputHash }),
      ),
    import: importFile,
  }
}

/** The rows of results files, by the run that they are of. */
function hashesByRun(rows: readonly ImportedRow[]): Map<string, Set<string>> {
  const hashes = new Map<string, Set<string>>()
  for (const { inputHash, runId } of rows) {
    if (inputHash === undefined || runId === undefined) continue
    hashes.set(runId, (hashes.get(runId) ?? new Set()).add(inputHash))
  }
  return hashes
}

type Said = Pick<LabelToSave, 'id' | 'inputHash' | 'note'> & {
  categories?: string[] | null | undefined
  interest?: number | null | undefined
  quality?: number | null | undefined
  text: string
  source: string
}

/** What is not said stays as it was. */
function merge(before: Label | null, said: Said, at: string): Label {
  const { id, inputHash, source, text, categories, interest, quality } = said
  const note = said.note === undefined ? before?.note : (said.note ?? undefined)
  return {
    ...{ id, inputHash, source, text },
    categories: categories === undefined ? (before?.categories ?? null) : categories,
    interest: interest === undefined ? (before?.interest ?? null) : interest,
    quality: quality === undefined ? (before?.quality ?? null) : quality,
    ...(note === undefined ? {} : { note }),
    at,
  }
}

function cut(text: string, profile: CompiledProfile | null): string {
  const { categorizeChars, scoreChars } = profile?.limits ?? { categorizeChars: 2000, scoreChars: 4000 }
  return cutText(text, Math.min(longestText, Math.max(categorizeChars, scoreChars)))
}

/** As bad as no table: a profile, say, whose lines are no rows. */
function nothingUsable(path: string, problems: readonly LabelProblem[]): Outcome<never> {
  const [first] = problems
  if (!first) return fail({ code: 'source_invalid', source: path, problem: 'no_items', detail: 'it has no rows' })
  const { line, message, told = asTold(message) } = first
  const rows = problems.length
  const detail = sayCount(rows, 'its one row cannot be used: {1}', 'none of its {0} rows can be used: {1}', told)
  return fail({ code: 'source_invalid', source: path, problem: 'malformed', ...worded('detail', detail), line })
}

function invalid(path: string, told: Told): Outcome<never> {
  return fail({ code: 'label_invalid', problems: [{ path, ...worded('message', told) }] })
}

async function readWhole(files: RunFiles, path: string): Promise<Outcome<string>> {
  try {
    const handle = await files.open(path, 'r')
    try {
      const { size } = await handle.stat()
      if (size <= longestImport) return succeed(await handle.readFile('utf8'))
      return fail({
        code: 'source_invalid',
        source: path,
        problem: 'unreadable',
        detail: 'it is too large to be imported',
      })
    } finally {
      await handle.close()
    }
  } catch (error) {
    const code = fileErrorCode(error)
    const problem = code === 'ENOENT' ? 'missing' : 'unreadable'
    return fail({ code: 'source_invalid', source: path, problem, ...worded('detail', tellFileError(code)) })
  }
}
