import type { Candidate, EvaluationReport, EvaluationRequest } from '../../protocol/evaluation.ts'
import type { Label } from '../../protocol/labels.ts'
import { fail, type Outcome, succeed } from '../../protocol/outcome.ts'
import type { RunRequest } from '../../protocol/runs.ts'
import { say, type Told, worded } from '../../protocol/told.ts'
import { foldName } from '../domain/categoryNames.ts'
import { compileProfile } from '../domain/compileProfile.ts'
import type { CompiledProfile } from '../domain/work.ts'
import { goldenPath } from '../labels/goldenPath.ts'
import type { GoldenStore } from '../labels/goldenStore.ts'
import { fileErrorCode, type RunFiles } from '../runs/files.ts'
import { tellFileError } from '../runs/fileTrouble.ts'
import type { LoadedProfile } from '../runs/runOptions.ts'
import { chooseLabels, type GoldenSource, writeGoldenSource } from './goldenSource.ts'

/** What all candidates of an evaluation have in common. */
export interface PreparedEvaluation {
  request: EvaluationRequest
  labels: Label[]
  profile: CompiledProfile
  golden: EvaluationReport['golden']
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
  if (path === null) return invalid('the golden set', say('neither a golden set nor a folder that has one is named'))
  const golden = await parts.golden.read(path)
  if (!golden.ok) return golden
  const profileOf = { ...(choice ? { profile: choice } : {}), ...(workspaceFolder ? { workspaceFolder } : {}) }
  const loaded = await parts.loadProfile(profileOf)
  if (!loaded.ok) return loaded
  const compiled = compileProfile(loaded.value.profile, loaded.value.from.name ?? undefined)
  if (!compiled.ok) return compiled
  const labels = chooseLabels(golden.value, request)
  if (labels.length === 0) return await nothingIn(parts.files, path, golden.value.lines.length)
  const written = await writeSource(parts, labels)
  if (!written.ok) return written
  const { folder, ...source } = written.value
  return succeed({
    request,
    labels,
    profile: compiled.value,
    golden: {
      path,
      labels: golden.value.labels.size,
      used: labels.length,
      broken: golden.value.problems.length,
      unknownCategories: unknownNames(labels, compiled.value),
    },
    source: folder,
    run: { tasks, ...source, ...profileOf, output: { path: null, format: 'jsonl', none: true } },
  })
}

export function requestFor({ run }: PreparedEvaluation, { provider, model }: Candidate): RunRequest {
  return provider === null ? run : { ...run, override: { provider, ...(model === undefined ? {} : { model }) } }
}

async function writeSource(
  { files, dataDir }: PreparationParts,
  labels: readonly Label[],
): Promise<Outcome<GoldenSource>> {
  try {
    return succeed(await writeGoldenSource(files, dataDir, labels))
  } catch (error) {
    return fail({ code: 'store_failed', ...worded('detail', tellFileError(fileErrorCode(error))) })
  }
}

function unknownNames(labels: readonly Label[], profile: CompiledProfile): string[] {
  const names = new Set(labels.flatMap(({ categories }) => categories ?? []))
  return [...names].filter((name) => !profile.byName.has(foldName(name))).slice(0, 100)
}

/** A golden set that nobody has begun is no error of its own, but whoever named a file wants to know that it is not there. */
async function nothingIn(files: RunFiles, path: string, lines: number): Promise<Outcome<never>> {
  if (lines > 0) return invalid(path, say('none of its labels says anything of these tasks'))
  const told = (await isThere(files, path)) ? say('it has no labels yet') : say('there is no such file')
  return fail({ code: 'labels_failed', file: path, problem: 'no_labels', ...worded('detail', told) })
}

async function isThere(files: RunFiles, path: string): Promise<boolean> {
  try {
    await files.stat(path)
    return true
  } catch (error) {
    fileErrorCode(error)
    return false
  }
}

function invalid(file: string, told: Told): Outcome<never> {
  return fail({ code: 'labels_failed', file, ...worded('detail', told) })
}
