import type { LabelImport, LabelPage, LabelPageRequest, LabelToSave, LabelView } from '../../protocol/labels.ts'
import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Profile } from '../../protocol/profile.ts'
import type { ResultRecord } from '../../protocol/results.ts'
import type { RunRequest } from '../../protocol/runs.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import { compileProfile } from '../domain/compileProfile.ts'
import type { CompiledProfile } from '../domain/work.ts'
import type { RunFiles } from '../files/diskFiles.ts'
import { sha256 } from '../items/hashes.ts'
import type { LoadedProfile } from '../runs/runOptions.ts'
import { loadPlainText } from '../sources/plainText.ts'
import { cutForLabel, mergeLabel, withLabel, withoutLabel } from './goldenLines.ts'
import { type GoldenSet, type GoldenStore, goldenPath } from './goldenStore.ts'
import type { ImportedRow } from './importedRows.ts'
import { hashesByRun, type ImportContext, importRows, readRowsOf } from './importLabels.ts'
import { findSourceTexts } from './judgedTexts.ts'
import { pageOf, viewOf } from './labelPage.ts'
import { readSaidCriteria } from './saidCriteria.ts'
import { spellNames } from './spellNames.ts'

/** Which golden set, and whose weights count. */
export type LabelPlace = Pick<LabelPageRequest, 'workspaceFolder' | 'profile'>

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
  onChange(path: string, action: LabelAction, before: number, after: number): Promise<void>
}

type LabelAction = 'save' | 'remove' | 'import'

/** What people say of items, in the golden set of their workspace. */
export class Labels {
  readonly #parts: LabelParts

  constructor(parts: LabelParts) {
    this.#parts = parts
  }

  async list(request: LabelPageRequest): Promise<Outcome<LabelPage>> {
    const golden = await this.#parts.golden.read(goldenPath(request.workspaceFolder))
    if (!golden.ok) return golden
    return succeed(pageOf(golden.value, request, await this.#profileOf(request)))
  }

  async save(place: LabelPlace, label: LabelToSave): Promise<Outcome<LabelView>> {
    const request = label.runId === undefined ? null : this.#parts.requestOf(label.runId)
    if (label.runId !== undefined && request === null) return fail({ code: 'not_found', what: 'run', id: label.runId })
    const profile = await this.#profileOf(request ?? place)
    const names = await this.#spell(label, profile)
    if (!names.ok) return names
    const criteria = await this.#readCriteria(label, profile)
    if (!criteria.ok) return criteria
    const known = await this.#parts.golden.read(goldenPath(place.workspaceFolder))
    if (!known.ok) return known
    const isKnown = known.value.labels.has(label.inputHash)
    const found = label.text === undefined && isKnown ? null : await this.#sourceText(label, request)
    if (label.text !== undefined && found && sha256(found.text) !== label.inputHash) {
      return invalid('text', localizable('the text does not match the hash'))
    }
    // The score is told as the list tells it, whatever the run was judged by.
    const shownBy = await this.#profileOf(place)
    const said = {
      ...label,
      categories: names.value,
      criteria: criteria.value,
      ...(found ? { text: cutForLabel(found.text, profile) } : {}),
    }
    return await this.#change<LabelView>(place, 'save', (golden) => {
      const before = golden.labels.get(label.inputHash)?.label ?? null
      const text = said.text ?? before?.text
      if (text === undefined)
        return invalid('text', localizable("it is missing, and the run's source no longer has it"))
      const source = label.source ?? found?.source ?? before?.source ?? ''
      const merged = mergeLabel(before, { ...said, text, source }, this.#parts.now())
      const lines = withLabel(golden.lines, merged)
      const line = lines.findLastIndex((each) => each.label?.inputHash === label.inputHash) + 1
      return succeed({ lines, value: viewOf(merged, line, shownBy) })
    })
  }

  remove(place: LabelPlace, inputHash: string): Promise<Outcome<null>> {
    return this.#change<null>(place, 'remove', ({ lines, labels }) =>
      labels.has(inputHash)
        ? succeed({ lines: withoutLabel(lines, inputHash), value: null })
        : fail({ code: 'not_found', what: 'label', id: inputHash }),
    )
  }

  async import(place: LabelPlace, path: string): Promise<Outcome<LabelImport>> {
    const read = await readRowsOf(this.#parts.files, path)
    if (!read.ok) return read
    const { rows } = read.value
    const before = await this.#parts.golden.read(goldenPath(place.workspaceFolder))
    if (!before.ok) return before
    const profile = await this.#profileOf(place)
    const toPlainText = await loadPlainText()
    const texts = await this.#textsFor(rows, before.value, place)
    const judged = await this.#judgedIn(rows)
    const profiles = await this.#profilesOf(judged.keys())
    return await this.#change<LabelImport>(place, 'import', (golden) =>
      importRows(golden, read.value, { path, profile, toPlainText, texts, judged, profiles, at: this.#parts.now() }),
    )
  }

  /** Null where the profile cannot be used: labels are shown and saved all the same. */
  async #profileOf(choice: Pick<RunRequest, 'profile' | 'workspaceFolder'>): Promise<CompiledProfile | null> {
    const loaded = await this.#parts.loadProfile(choice)
    const compiled = loaded.ok ? compileProfile(loaded.value.profile) : loaded
    return compiled.ok ? compiled.value : null
  }

  async #change<Value>(
    { workspaceFolder }: LabelPlace,
    action: LabelAction,
    make: (golden: GoldenSet) => Outcome<{ lines: GoldenSet['lines']; value: Value }>,
  ): Promise<Outcome<Value>> {
    const path = goldenPath(workspaceFolder)
    let before = 0
    const changed = await this.#parts.golden.change<Value>(workspaceFolder, (golden) => {
      before = golden.labels.size
      return make(golden)
    })
    if (!changed.ok) return changed
    const after = await this.#parts.golden.read(path)
    await this.#parts.onChange(path, action, before, after.ok ? after.value.labels.size : before)
    return changed
  }

  /** A result may be corrected to any category that it was judged by, and to any that there is by now. */
  async #spell(
    { categories, runId }: LabelToSave,
    profile: CompiledProfile | null,
  ): Promise<Outcome<string[] | null | undefined>> {
    const today = profile ? [profile] : []
    const names = spellNames(categories, today, runId !== undefined)
    if (names.ok || runId === undefined) return names
    const judgedBy = await this.#parts.profileOf(runId)
    const compiled = judgedBy ? compileProfile(judgedBy) : null
    return compiled?.ok ? spellNames(categories, [...today, compiled.value], true) : names
  }

  /** Of the criteria that the item was judged by, or that there are by now. */
  async #readCriteria({ criteria, runId }: LabelToSave, profile: CompiledProfile | null) {
    const judgedBy = runId === undefined ? null : await this.#parts.profileOf(runId)
    const compiled = judgedBy ? compileProfile(judgedBy) : null
    const profiles = [...(profile ? [profile] : []), ...(compiled?.ok ? [compiled.value] : [])]
    return readSaidCriteria(criteria, profiles)
  }

  /** The item's text and where it is from, when the caller does not say. */
  async #sourceText(label: LabelToSave, request: RunRequest | null) {
    if (label.text !== undefined) return { text: (await loadPlainText())(label.text), source: label.source ?? '' }
    if (request === null) return null
    const found = await findSourceTexts(this.#parts.files, request, new Set([label.inputHash]))
    return found.get(label.inputHash) ?? null
  }

  /** Of the rows that have no text of their own. */
  async #textsFor(
    rows: readonly ImportedRow[],
    golden: GoldenSet,
    { workspaceFolder }: LabelPlace,
  ): Promise<ImportContext['texts']> {
    const texts = new Map<string, { text: string; source: string }>()
    for (const [inputHash, { label }] of golden.labels) texts.set(inputHash, label)
    const wanted = rows.filter(({ inputHash, text }) => text === undefined && !texts.has(inputHash ?? ''))
    for (const [runId, hashes] of hashesByRun(wanted)) {
      const request = this.#parts.requestOf(runId)
      if (!request) continue
      const found = await findSourceTexts(this.#parts.files, { ...request, workspaceFolder }, hashes)
      for (const [inputHash, each] of found) texts.set(inputHash, each)
    }
    return texts
  }

  /** By which runs judged; those that cannot be read any more are not among them. */
  async #profilesOf(runs: Iterable<string>): Promise<ImportContext['profiles']> {
    const profiles = new Map<string, CompiledProfile>()
    for (const runId of runs) {
      const profile = await this.#parts.profileOf(runId)
      const compiled = profile && compileProfile(profile)
      if (compiled?.ok) profiles.set(runId, compiled.value)
    }
    return profiles
  }

  async #judgedIn(rows: readonly ImportedRow[]): Promise<ImportContext['judged']> {
    const judged = new Map<string, Awaited<ReturnType<LabelParts['judgedOf']>>>()
    for (const [runId, hashes] of hashesByRun(rows)) judged.set(runId, await this.#parts.judgedOf(runId, hashes))
    return judged
  }
}

function invalid(path: string, sentence: LocalizableMessage): Outcome<never> {
  return fail({ code: 'label_invalid', problems: [{ path, ...withMessage('message', sentence) }] })
}
