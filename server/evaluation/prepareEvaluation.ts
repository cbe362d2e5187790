import { Buffer } from 'node:buffer'
import { dirname, join } from 'node:path'
import type { Candidate, EvaluationEstimate, EvaluationReport, EvaluationRequest } from '../../protocol/evaluation.ts'
import type { Label } from '../../protocol/labels.ts'
import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import type { Task } from '../../protocol/names.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { RunRequest } from '../../protocol/runs.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import { foldName } from '../domain/categoryNames.ts'
import { compileProfile } from '../domain/compileProfile.ts'
import { saysScore } from '../domain/measureCandidate.ts'
import type { CompiledProfile } from '../domain/work.ts'
import type { RunFiles } from '../files/diskFiles.ts'
import { fileErrorCode, ignoreFileErrors } from '../files/fileErrors.ts'
import { describeFileError } from '../files/fileTrouble.ts'
import { sha256 } from '../items/hashes.ts'
import { writeWhole } from '../journal/journalWriter.ts'
import type { GoldenSet, GoldenStore } from '../labels/goldenStore.ts'
import { goldenPath } from '../labels/goldenStore.ts'
import type { LoadedProfile } from '../runs/runOptions.ts'
import type { Runs } from '../runs/runs.ts'
import { hashMeasured } from './passedGate.ts'

/** What all candidates of an evaluation have in common. */
export interface PreparedEvaluation {
  request: EvaluationRequest
  labels: Label[]
  profile: CompiledProfile
  golden: EvaluationReport['golden']
  profileHash: string
  /** The folder that the texts were written to. */
  source: string
  /** All but who judges. */
  run: Omit<RunRequest, 'override'>
}

export interface PreparationParts {
  dataDir: string
  files: RunFiles
  golden: Pick<GoldenStore, 'read'>
  loadProfile(choice: Pick<RunRequest, 'profile' | 'workspaceFolder'>): Promise<Outcome<LoadedProfile>>
}

/** Everything that can be found wrong is found here, before anybody is asked. */
export async function prepareEvaluation(
  parts: PreparationParts,
  request: EvaluationRequest,
): Promise<Outcome<PreparedEvaluation>> {
  const { workspaceFolder, profile: choice, tasks } = request
  const path = request.goldenPath ?? (workspaceFolder === undefined ? null : goldenPath(workspaceFolder))
  if (path === null) return invalid('the golden set', localizable('no golden set and no folder with one is given'))
  const golden = await parts.golden.read(path)
  if (!golden.ok) return golden
  const profileOf = { ...(choice ? { profile: choice } : {}), ...(workspaceFolder ? { workspaceFolder } : {}) }
  const loaded = await parts.loadProfile(profileOf)
  if (!loaded.ok) return loaded
  const compiled = compileProfile(loaded.value.profile, loaded.value.from.name ?? undefined)
  if (!compiled.ok) return compiled
  const labels = chooseLabels(golden.value, request, compiled.value)
  if (labels.length === 0) return await nothingIn(parts.files, path, golden.value.lines.length)
  const written = await writeSource(parts, labels)
  if (!written.ok) return written
  const { folder, ...source } = written.value
  return succeed({
    request,
    labels,
    profile: compiled.value,
    profileHash: hashMeasured(loaded.value.profile),
    golden: {
      path,
      labels: golden.value.labels.size,
      used: labels.length,
      broken: golden.value.problems.length,
      unknownCategories: unknownNames(labels, compiled.value),
    },
    source: folder,
    // What is measured was measured here, and not in a run.
    run: { tasks, ...source, ...profileOf, output: { path: null, format: 'jsonl', none: true }, reuseMegabytes: 0 },
  })
}

export function requestFor({ run }: PreparedEvaluation, { provider, model, alias, ask }: Candidate): RunRequest {
  const asked = ask === undefined ? run : { ...run, ask }
  return provider === null ? asked : { ...asked, override: { provider, model, alias } }
}

async function writeSource(
  { files, dataDir }: PreparationParts,
  labels: readonly Label[],
): Promise<Outcome<GoldenSource>> {
  try {
    return succeed(await writeGoldenSource(files, dataDir, labels))
  } catch (error) {
    return fail({ code: 'store_failed', ...withMessage('detail', describeFileError(fileErrorCode(error))) })
  }
}

function unknownNames(labels: readonly Label[], profile: CompiledProfile): string[] {
  const names = new Set(labels.flatMap(({ categories }) => categories ?? []))
  return [...names].filter((name) => !profile.byName.has(foldName(name))).slice(0, 100)
}

/** A golden set that nobody has begun is no error of its own, but a person who named a file wants to know that it is not there. */
async function nothingIn(files: RunFiles, path: string, lines: number): Promise<Outcome<never>> {
  if (lines > 0) return invalid(path, localizable('none of its labels is about these tasks'))
  const sentence = (await isThere(files, path))
    ? localizable('it has no labels yet')
    : localizable('there is no such file')
  return fail({ code: 'labels_failed', file: path, problem: 'no_labels', ...withMessage('detail', sentence) })
}

async function isThere(files: RunFiles, path: string): Promise<boolean> {
  try {
    await files.stat(path)
    return true
  } catch (error) {
    ignoreFileErrors(error)
    return false
  }
}

function invalid(file: string, sentence: LocalizableMessage): Outcome<never> {
  return fail({ code: 'labels_failed', file, ...withMessage('detail', sentence) })
}

/** Asks nobody. A candidate that cannot run says why. */
export async function estimateEvaluation(
  parts: PreparationParts & { runs: Pick<Runs, 'estimate'> },
  request: EvaluationRequest,
  signal: AbortSignal,
): Promise<Outcome<EvaluationEstimate>> {
  const prepared = await prepareEvaluation(parts, request)
  if (!prepared.ok) return prepared
  const candidates: EvaluationEstimate['candidates'] = []
  for (const candidate of request.candidates) {
    const told = await parts.runs.estimate(requestFor(prepared.value, candidate), signal)
    if (!told.ok && told.reason.code === 'cancelled') return told
    candidates.push({ candidate, estimate: told.ok ? told.value : null, reason: told.ok ? null : told.reason })
  }
  const estimates = candidates.map((each) => each.estimate).filter((each) => each !== null)
  return succeed({
    items: prepared.value.labels.length,
    candidates,
    costUsd: sumOf(estimates.map(({ costUsd }) => costUsd)),
    isCalled: estimates.some(({ toJudge, routes }) => toJudge > 0 && routes.some(({ endpoint }) => endpoint !== null)),
  })
}

/** What is not known of one is not known of all. */
function sumOf(costs: readonly EvaluationEstimate['costUsd'][]): EvaluationEstimate['costUsd'] {
  const sum = { low: 0, high: 0 }
  for (const cost of costs) {
    if (cost === null) return null
    sum.low += cost.low
    sum.high += cost.high
  }
  return sum
}

/** The labels that say something of the tasks; with a limit those whose hashes come first, so that they are always the same. */
function chooseLabels(
  golden: GoldenSet,
  { tasks, limit }: Pick<EvaluationRequest, 'tasks' | 'limit'>,
  profile: CompiledProfile,
): Label[] {
  return [...golden.labels.values()]
    .map(({ label }) => label)
    .filter((label) => tasks.some((task) => saysOf(label, task, profile)))
    .sort((one, other) => (one.inputHash < other.inputHash ? -1 : 1))
    .slice(0, limit)
}

function saysOf(label: Label, task: Task, profile: CompiledProfile): boolean {
  return task === 'categorization' ? label.categories !== null : saysScore(label, profile)
}

/** `folder`: the name of the one that it is in, beside the reports. */
type GoldenSource = Pick<RunRequest, 'source' | 'fields'> & { folder: string }

/**
 * Writes the texts alone, without what people said of them, where runs can read them. The same texts are the same file, so that an
 * evaluation that is repeated takes over what has not changed since, as any run does.
 */
async function writeGoldenSource(files: RunFiles, dataDir: string, labels: readonly Label[]): Promise<GoldenSource> {
  const lines = labels.map(({ inputHash, text }) => `${JSON.stringify({ id: inputHash, text })}\n`).join('')
  const folder = sha256(lines).slice(0, 16)
  const path = join(dataDir, 'evaluations', folder, 'golden.jsonl')
  await files.makeFolder(dirname(path))
  const temporary = `${path}.${process.pid}.${Math.floor(performance.now() * 1000)}.tmp`
  const handle = await files.open(temporary, 'w', 0o600)
  try {
    await writeWhole(handle, Buffer.from(lines), 0)
  } finally {
    await handle.close()
  }
  await files.rename(temporary, path)
  return { folder, source: { kind: 'paths', paths: [path], format: 'jsonl' }, fields: { text: ['text'], id: 'id' } }
}
