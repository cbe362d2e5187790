import { basename } from 'node:path'
import type { Label, LabelImport, LabelProblem } from '../../protocol/labels.ts'
import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Reason } from '../../protocol/reasons.ts'
import type { ResultRecord } from '../../protocol/results.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, localizableCount, localizableText, withMessage } from '../../shared/message.ts'
import type { CompiledProfile } from '../domain/work.ts'
import type { RunFiles } from '../files/diskFiles.ts'
import { fileErrorCode } from '../files/fileErrors.ts'
import { describeFileError } from '../files/fileTrouble.ts'
import { readRegularFile } from '../files/regularFile.ts'
import { sha256 } from '../items/hashes.ts'
import type { ToPlainText } from '../sources/plainText.ts'
import { type Correction, readCorrection } from './correction.ts'
import { cutForLabel, mergeLabel, withLabel } from './goldenLines.ts'
import type { GoldenSet } from './goldenStore.ts'
import { type ImportedRow, type ImportedRows, readImportedRows } from './importedRows.ts'
import { problemsTold } from './labelPage.ts'
import { readSaidCriteria } from './saidCriteria.ts'
import { spellNames } from './spellNames.ts'

/** What is known of the rows of a file that is imported. */
export interface ImportContext {
  path: string
  profile: CompiledProfile | null
  toPlainText: ToPlainText
  /** Texts of items and where they are from, by the hashes of the texts. */
  texts: ReadonlyMap<string, { text: string; source: string }>
  /** What runs judged, by run and hash; null: the run is gone. */
  judged: ReadonlyMap<string, ReadonlyMap<string, readonly ResultRecord[]> | null>
  /** By which they judged. */
  profiles: ReadonlyMap<string, CompiledProfile>
  at: string
}

const longestImport = 64 * 1024 * 1024

/** The rows of a file of results or labels. */
export async function readRowsOf(files: RunFiles, path: string): Promise<Outcome<ImportedRows>> {
  const content = await readWhole(files, path)
  if (!content.ok) return content
  const read = await readImportedRows(path, content.value)
  if (read) return succeed(read)
  return fail({ code: 'source_invalid', source: path, problem: 'malformed', detail: 'it is not a table of results' })
}

/** The golden set with what people said in the rows. Rows that say nothing of use are left out, with why. */
export function importRows(
  golden: GoldenSet,
  { rows, problems: unreadable }: ImportedRows,
  context: ImportContext,
): Outcome<{ lines: GoldenSet['lines']; value: LabelImport }> {
  const counts = { added: 0, changed: 0, same: 0 }
  const problems: LabelProblem[] = [...unreadable]
  let { lines } = golden
  for (const row of rows) {
    const read = readRow(row, lines, context)
    switch (read.kind) {
      case 'same':
        counts.same++
        break
      case 'left':
        problems.push({ line: row.line, ...read.why })
        break
      case 'label':
        counts[read.isNew ? 'added' : 'changed']++
        lines = withLabel(lines, read.label)
        break
    }
  }
  if (counts.added + counts.changed + counts.same === 0) return nothingUsable(context.path, problems)
  return succeed({ lines, value: { ...counts, left: problems.length, problems: problems.slice(0, problemsTold) } })
}

type RowReading =
  | { kind: 'same' }
  | { kind: 'left'; why: Omit<LabelProblem, 'line'> }
  | { kind: 'label'; label: Label; isNew: boolean }

function readRow(row: ImportedRow, lines: GoldenSet['lines'], context: ImportContext): RowReading {
  const own = row.text === undefined ? null : context.toPlainText(row.text)
  const inputHash = own === null ? row.inputHash : sha256(own)
  const before = lines.findLast((line) => line.label?.inputHash === inputHash)?.label ?? null
  const ofRun = context.judged.get(row.runId ?? '')
  const judged = ofRun ? (ofRun.get(row.inputHash ?? '') ?? []) : null
  const correction = readCorrection(row, { label: before, judged })
  if (correction.kind === 'same') return correction
  if (correction.kind === 'left') return { kind: 'left', why: withMessage('message', correction.localizable) }
  const source = row.source ?? basename(context.path)
  const found = own === null ? context.texts.get(inputHash ?? '') : { text: own, source }
  if (inputHash === undefined || !found) {
    return { kind: 'left', why: { message: 'it has no text, and no source of a run has it' } }
  }
  const criteria = readSaidCriteria(correction.said.criteria ?? undefined, profilesOf(row, context))
  if (!criteria.ok) return { kind: 'left', why: whyNot(criteria.reason) }
  const label = mergeLabel(
    before,
    { ...said(row, correction.said, { ...found, inputHash, before }, context), criteria: criteria.value },
    context.at,
  )
  const isSame = before !== null && JSON.stringify({ ...before, at: '' }) === JSON.stringify({ ...label, at: '' })
  return isSame ? { kind: 'same' } : { kind: 'label', label, isNew: before === null }
}

/** The run's own before the one that counts here. */
function profilesOf({ runId }: ImportedRow, { profile, profiles }: ImportContext): CompiledProfile[] {
  return [profiles.get(runId ?? ''), profile].filter((each) => each !== undefined && each !== null)
}

/** The first thing that is wrong with the answers. */
function whyNot(reason: Reason): Omit<LabelProblem, 'line'> {
  const [problem] = ('problems' in reason && reason.problems) || []
  const sentence = problem?.localizable ?? localizableText(problem?.message ?? reason.message)
  return withMessage('message', problem ? localizable('{0}: {1}', problem.path, sentence) : sentence)
}

function said(
  row: ImportedRow,
  { categories, interest, quality }: Extract<Correction, { kind: 'said' }>['said'],
  item: { inputHash: string; text: string; source: string; before: Label | null },
  { profile }: ImportContext,
): Parameters<typeof mergeLabel>[1] {
  const names = spellNames(categories, profile ? [profile] : [], false)
  return {
    id: row.id ?? item.before?.id ?? `line:${row.line}`,
    inputHash: item.inputHash,
    note: row.note,
    categories: names.ok ? names.value : categories,
    interest,
    quality,
    text: cutForLabel(item.text, profile),
    source: row.source ?? item.source,
  }
}

/** The rows of results files, by the run that they are of. */
export function hashesByRun(rows: readonly ImportedRow[]): Map<string, Set<string>> {
  const hashes = new Map<string, Set<string>>()
  for (const { inputHash, runId } of rows) {
    if (inputHash === undefined || runId === undefined) continue
    hashes.set(runId, (hashes.get(runId) ?? new Set()).add(inputHash))
  }
  return hashes
}

/** As bad as no table: a profile, say, whose lines are no rows. */
function nothingUsable(path: string, problems: readonly LabelProblem[]): Outcome<never> {
  const [first] = problems
  if (!first) return fail({ code: 'source_invalid', source: path, problem: 'no_items', detail: 'it has no rows' })
  const { line, message, localizable = localizableText(message) } = first
  const rows = problems.length
  const detail: LocalizableMessage = localizableCount(
    rows,
    'its one row cannot be used: {1}',
    'none of its {0} rows can be used: {1}',
    localizable,
  )
  return fail({ code: 'source_invalid', source: path, problem: 'malformed', ...withMessage('detail', detail), line })
}

async function readWhole(files: RunFiles, path: string): Promise<Outcome<string>> {
  try {
    return succeed((await readRegularFile(files, path, longestImport)).toString())
  } catch (error) {
    const code = fileErrorCode(error)
    const problem = code === 'ENOENT' ? 'missing' : code === 'NOT_A_FILE' ? 'not_a_file' : 'unreadable'
    return fail({ code: 'source_invalid', source: path, problem, ...withMessage('detail', describeFileError(code)) })
  }
}
