import type { Label } from '../../protocol/labels.ts'
import type { LearnedFacts, LearnedModel, LearnRequest, LearnSource } from '../../protocol/learned.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ResultRecord } from '../../protocol/results.ts'
import { fail } from '../../shared/fail.ts'
import { chooseThreshold, lowerBound, upperBound } from '../domain/cascade/agreementBound.ts'
import { CascadeLearner, mostRows } from '../domain/cascade/cascadeLearner.ts'
import { compact } from '../domain/cascade/compactModel.ts'
import { countTerms } from '../domain/cascade/textFeatures.ts'
import { foldName } from '../domain/categoryNames.ts'
import { compileProfile } from '../domain/compileProfile.ts'
import type { CompiledProfile } from '../domain/work.ts'
import { diskFiles } from '../files/diskFiles.ts'
import type { ProviderChecks } from '../health/providerChecks.ts'
import type { GoldenStore } from '../labels/goldenStore.ts'
import { findSourceTexts } from '../labels/judgedTexts.ts'
import type { OpenedResults } from '../results/openedResults.ts'
import { readRecords } from '../results/resultPage.ts'
import type { ResultQueries } from '../results/resultQueries.ts'
import type { LoadedProfile } from '../runs/runOptions.ts'
import type { StoredData } from '../store/change.ts'
import { findModelAsFarAsReadable, type ModelRow, saveModel } from '../store/modelTable.ts'
import { listProviders } from '../store/providerTable.ts'
import type { LearnedFile } from './learnedFile.ts'
import { answerKey, isLearnableName, type LearnedModels, labelsPath, markOf, reservedNames } from './learnedModels.ts'
import { auditModel, modelTarget } from './registeredModels.ts'

export interface LearnParts extends StoredData {
  learned: LearnedModels
  checks: Pick<ProviderChecks, 'check'>
  golden(): Promise<Pick<GoldenStore, 'read'>>
  runs(): Promise<Pick<ResultQueries, 'withResults'>>
  loadProfile(
    choice: Pick<Extract<LearnSource, { kind: 'labels' }>, 'workspaceFolder' | 'profile'>,
  ): Promise<Outcome<LoadedProfile>>
  random(): number
}

/** Fewer say nothing for certain of how often the answers agree. */
const leastExamples = 50
const usualPromise = 0.9
const recordsAtOnce = 2000
const workMs = 8

/** One text with what was said of it. */
interface Example {
  inputHash: string
  text: string
  categories: readonly string[]
  isLabel: boolean
}

interface Examples {
  profile: CompiledProfile
  rows: Example[]
  /** That there are besides, and cannot be used. */
  leftOut: number
}

/** Learns a model, measures it on what its folds had not seen, keeps it and registers it. What was there before stays until that is done. */
export async function learnModel(
  parts: LearnParts,
  request: LearnRequest,
  signal: AbortSignal,
): Promise<Outcome<LearnedModel>> {
  const { model } = request
  if (reservedNames.has(model)) return fail({ code: 'already_exists', what: 'model', id: `builtin/${model}` })
  if (!isLearnableName(model)) return fail({ code: 'learn_failed', model, problem: 'name' })
  const before = (await parts.learned.read(model)) ?? null
  const place = parts.store.read((database) => {
    const provider = request.provider ?? listProviders(database).find(({ kind }) => kind === 'builtin')?.provider
    const known = listProviders(database).find((row) => row.provider === provider)
    const taken = provider === undefined ? undefined : findModelAsFarAsReadable(database, provider, model)
    return { provider, isBuiltin: known?.kind === 'builtin', isTaken: taken !== undefined && taken.type !== 'decision' }
  })
  if (place.provider === undefined || !place.isBuiltin) {
    return fail({ code: 'not_found', what: 'provider', id: place.provider ?? 'builtin' })
  }
  const { provider } = place
  if (place.isTaken) return fail({ code: 'already_exists', what: 'model', id: modelTarget({ provider, model }) })
  const from = request.from ?? before?.file.facts.from
  if (!from) return fail({ code: 'learn_failed', model, problem: 'source' })
  const promise = request.promise ?? before?.file.facts.floor.promise ?? usualPromise
  const examples = from.kind === 'run' ? await examplesOfRun(parts, from.runId, signal) : await examplesOf(parts, from)
  if (!examples.ok) return examples
  const made = await learn(parts, { model, from, promise }, examples.value, signal)
  if (!made.ok) return made
  const saved = await parts.learned.save(model, made.value)
  if (!saved.ok) return saved
  const registered = await register(parts, provider, model)
  if (!registered.ok) return registered
  await parts.checks.check(provider, signal)
  return succeed({ provider, model, learned: saved.value })
}

/** What people said, and the profile whose categories that are. */
async function examplesOf(
  { golden, loadProfile }: LearnParts,
  from: Extract<LearnSource, { kind: 'labels' }>,
): Promise<Outcome<Examples>> {
  const path = labelsPath(from)
  const loaded = await loadProfile(from)
  if (!loaded.ok) return loaded
  const compiled = compileProfile(loaded.value.profile, loaded.value.from.name ?? undefined)
  if (!compiled.ok) return compiled
  const read = path === null ? null : await (await golden()).read(path)
  if (read && !read.ok) return read
  const labels = [...(read?.value.labels.values() ?? [])].map(({ label }) => label)
  return succeed(usable(compiled.value, labels.flatMap(exampleOfLabel), 0))
}

function exampleOfLabel({ inputHash, text, categories }: Label): Example[] {
  return categories ? [{ inputHash, text, categories, isLabel: true }] : []
}

async function examplesOfRun({ runs }: LearnParts, runId: string, signal: AbortSignal): Promise<Outcome<Examples>> {
  return await (await runs()).withResults(
    runId,
    async (opened) => {
      const compiled = compileProfile(opened.header.profile)
      if (!compiled.ok) return compiled
      const said = new Map<string, Omit<Example, 'text'>>()
      for (const record of await readSome(opened, signal)) {
        const example = exampleOfResult(record)
        if (example) said.set(example.inputHash, example)
      }
      const texts = await findSourceTexts(diskFiles, opened.header.request, new Set(said.keys()))
      const rows = [...said.values()].flatMap((example) => {
        const found = texts.get(example.inputHash)
        return found ? [{ ...example, text: found.text }] : []
      })
      return succeed(usable(compiled.value, rows, said.size - rows.length))
    },
    signal,
  )
}

/** All results, or of very many those whose hashes are the lowest, which is as good as chance and the same each time. */
async function readSome(opened: OpenedResults, signal: AbortSignal): Promise<ResultRecord[]> {
  const { index } = opened.columns
  const all = index.inOrder()
  const most = mostRows * 1.5
  const chosen = all.length <= most ? all : all.toSorted((one, other) => index.input(one) - index.input(other))
  const items = chosen.slice(0, most).sort((one, other) => index.position(one) - index.position(other))
  const records: ResultRecord[] = []
  for (let at = 0; at < items.length && !signal.aborted; at += recordsAtOnce) {
    records.push(...(await readRecords(opened, items.subarray(at, at + recordsAtOnce))))
  }
  return records
}

/** A person's word goes before the model's. What a proxy or a learned model decided itself teaches nothing. */
function exampleOfResult({
  inputHash,
  status,
  categories,
  human,
  receipts,
}: ResultRecord): Omit<Example, 'text'> | null {
  if (human?.categories) return { inputHash, categories: human.categories, isLabel: true }
  const { proxy, kind, outputMode } = receipts.categorization ?? {}
  const isLearned = kind === 'builtin' && outputMode === 'decisions'
  if (status !== 'ok' || categories === null || proxy !== undefined || isLearned) return null
  return { inputHash, categories, isLabel: false }
}

function usable(profile: CompiledProfile, rows: readonly Example[], missing: number): Examples {
  const offered = new Set(profile.offered.map(({ name }) => foldName(name)))
  const known = rows.filter(({ categories }) => categories.every((name) => offered.has(foldName(name))))
  known.sort((one, other) => (one.inputHash < other.inputHash ? -1 : 1))
  const taken = known.slice(0, mostRows)
  return { profile, rows: taken, leftOut: missing + rows.length - taken.length }
}

async function learn(
  { random, now }: LearnParts,
  { model, from, promise }: { model: string; from: LearnSource; promise: number },
  { profile, rows, leftOut }: Examples,
  signal: AbortSignal,
): Promise<Outcome<LearnedFile>> {
  const few = { examples: rows.length, needed: leastExamples, leftOut }
  if (rows.length < leastExamples) return fail({ code: 'learn_failed', model, problem: 'too_few', ...few })
  const { answers, labels } = numberAnswers(profile, rows)
  if (answers.length < 2) return fail({ code: 'learn_failed', model, problem: 'one_category', ...few })
  const learner = new CascadeLearner({ random, giveWay: turns(signal) })
  try {
    for (const [nth, { text }] of rows.entries()) learner.add(countTerms(text), labels[nth] as number, true)
    learner.meet([])
    await learner.learn()
  } catch (error) {
    if (signal.aborted) return fail({ code: 'cancelled' })
    throw error
  }
  const said = learner.outOfFold()
  const measured = measure(said, promise)
  if (!measured.floor) {
    const { agreement, best } = measured
    const told = { wanted: promise, agreement: agreement.share, best }
    return fail({ code: 'learn_failed', model, problem: 'no_floor', ...few, ...told })
  }
  const { vocabulary, model: linear } = learner.learned()
  const people = rows.filter(({ isLabel }) => isLabel).length
  return succeed({
    facts: {
      ...{ at: now(), from, leftOut, categories: profile.offered.length },
      learnedFrom: { verdicts: rows.length - people, labels: people },
      agreement: measured.agreement,
      floor: measured.floor,
    },
    categories: profile.offered.map(({ name, parent }) => ({ name, parent })),
    answers,
    model: compact(vocabulary, linear),
    seen: said.map(({ said: { label, probability } }, nth) => ({
      ...{ mark: markOf(rows[nth]?.inputHash ?? ''), label: labels[nth] as number, answer: label, probability },
    })),
  })
}

/** Each set of categories is an answer of its own, in the order in which it was met first. */
function numberAnswers(profile: CompiledProfile, rows: readonly Example[]): { answers: number[][]; labels: number[] } {
  const placeOf = new Map(profile.offered.map(({ name }, place) => [foldName(name), place]))
  const numberOf = new Map<string, number>()
  const answers: number[][] = []
  const labels = rows.map(({ categories }) => {
    const places = [...new Set(categories.map((name) => placeOf.get(foldName(name)) as number))]
    const key = answerKey(places)
    const number = numberOf.get(key) ?? answers.push(places) - 1
    numberOf.set(key, number)
    return number
  })
  return { answers, labels }
}

interface Measured {
  agreement: LearnedFacts['agreement']
  /** Null: not even the surest keep the promise. */
  floor: LearnedFacts['floor'] | null
  /** What the surest reach for certain. */
  best: number
}

function measure(said: ReturnType<CascadeLearner['outOfFold']>, promise: number): Measured {
  const evidence = said.map(({ said: { label: answer, probability }, label }) => ({
    ...{ probability, agrees: answer === label },
  }))
  const agreed = evidence.filter(({ agrees }) => agrees).length
  const of = evidence.length
  const agreement = { share: agreed / of, low: lowerBound(agreed, of), high: upperBound(agreed, of) }
  const threshold = chooseThreshold(evidence, promise)
  if (!threshold) return { agreement, floor: null, best: bestBound(evidence) }
  const { above, bound } = threshold
  const decides = evidence.filter(({ probability }) => probability > above).length / of
  return { agreement, floor: { probability: above, promise, bound, decides }, best: bound }
}

/** By halving: so much some threshold still keeps. */
function bestBound(evidence: Parameters<typeof chooseThreshold>[0]): number {
  let [low, high] = [0, 1]
  for (let step = 0; step < 12; step++) {
    const middle = (low + high) / 2
    if (chooseThreshold(evidence, middle)) low = middle
    else high = middle
  }
  return low
}

/** Others have their turn every few milliseconds; rejects when nobody waits any more. */
function turns(signal: AbortSignal): () => Promise<void> {
  let last = performance.now()
  return async () => {
    if (performance.now() - last < workMs) return
    await new Promise((resolve) => setImmediate(resolve))
    signal.throwIfAborted()
    last = performance.now()
  }
}

async function register({ change, now }: LearnParts, provider: string, model: string): Promise<Outcome<null>> {
  return await change(['models', 'providers', 'audit'], (database) => {
    const before = findModelAsFarAsReadable(database, provider, model) ?? null
    const after: ModelRow = {
      ...{ provider, model, type: 'decision', status: 'active', parameters: {}, price: null, probe: null },
      ...{ embedding: null, lifecycle: null, isDefault: before?.isDefault ?? false, sync: false, updatedAt: now() },
    }
    saveModel(database, after)
    auditModel(database, now(), before ? 'change' : 'create', before, after)
    return succeed(null)
  })
}
