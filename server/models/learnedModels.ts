import type { Buffer } from 'node:buffer'
import { join } from 'node:path'
import type { Label } from '../../protocol/labels.ts'
import type { LearnedFacts, LearnSource } from '../../protocol/learned.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ModelInfo } from '../../protocol/providers.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import { TextClassifier } from '../domain/cascade/compactModel.ts'
import type { LearnedPort, LearnedVerdict } from '../engine/modelClient.ts'
import type { RunFiles } from '../files/diskFiles.ts'
import { fileErrorCode, ignoreFileErrors } from '../files/fileErrors.ts'
import { describeFileError } from '../files/fileTrouble.ts'
import { openRegularFile, readAtMost } from '../files/regularFile.ts'
import { sha256 } from '../items/hashes.ts'
import { inputMark } from '../journal/readJournal.ts'
import { goldenPath } from '../labels/goldenStore.ts'
import { type LearnedFile, packLearned, unpackLearned } from './learnedFile.ts'

/** 3,000,000 weights of a byte, with terms and examples, are half of that at the most. */
const longestFile = 16 * 1024 * 1024
const nameForm = /^[a-z0-9][a-z0-9.-]{0,59}$/
/** What `builtin` has by itself, and what receipts call a classifier that is made on the spot. */
export const reservedNames = new Set(['keywords', 'proxy'])
const shownProbabilities = 5

export function isLearnableName(name: string): boolean {
  return nameForm.test(name) && !reservedNames.has(name)
}

/** A model as its file holds it; null: the file is damaged. */
type Stored = { file: LearnedFile; bytes: number; version: string } | null

/** What was learned here, in `<data folder>/learned`: a file for each model, replaced as a whole. */
export class LearnedModels {
  readonly #files: RunFiles
  readonly #folder: string
  /** By name, as long as the file is the same. */
  readonly #known = new Map<string, { mark: string; stored: Stored; port: LearnedPort | null }>()

  constructor(files: RunFiles, dataDir: string) {
    this.#files = files
    this.#folder = join(dataDir, 'learned')
  }

  /** As a provider lists its models. One whose file is damaged is among them, and says so when it is used. */
  async list(): Promise<ModelInfo[]> {
    const names = await this.#files.readdir(this.#folder).catch((error: unknown) => {
      ignoreFileErrors(error)
      return []
    })
    const learned = names.flatMap((file) => /^learned-(.+)\.model$/.exec(file)?.[1] ?? []).filter(isLearnableName)
    const label = localizable('Learned from verdicts and labels').text
    return learned.sort().map((model) => ({ model, label, type: 'decision' as const }))
  }

  /** Undefined: nothing was learned under this name. Null: its file is damaged. */
  async read(name: string): Promise<{ file: LearnedFile; facts: LearnedFacts } | null | undefined> {
    const known = await this.#read(name)
    if (!known) return undefined
    if (!known.stored) return null
    const { file, bytes } = known.stored
    return { file, facts: { ...file.facts, bytes } }
  }

  /** Undefined: nothing was learned under this name. */
  async open(provider: string, name: string): Promise<Outcome<LearnedPort> | undefined> {
    const known = await this.#read(name)
    if (!known) return undefined
    if (!known.stored) return fail({ code: 'learned_unfit', provider, model: name, why: 'damaged', names: [] })
    known.port ??= portOf(known.stored)
    return succeed(known.port)
  }

  async save(name: string, file: LearnedFile): Promise<Outcome<LearnedFacts>> {
    const bytes = packLearned(file)
    const path = this.#pathOf(name)
    const temporary = `${path}.${process.pid}.tmp`
    try {
      await this.#files.makeFolder(this.#folder)
      const handle = await this.#files.open(temporary, 'w', 0o600)
      try {
        await handle.writeFile(bytes)
        await handle.sync()
      } finally {
        await handle.close()
      }
      await this.#files.rename(temporary, path)
    } catch (error) {
      await this.#files.unlink(temporary).catch(ignoreFileErrors)
      return fail({ code: 'store_failed', ...withMessage('detail', describeFileError(fileErrorCode(error))) })
    }
    this.#known.delete(name)
    return succeed({ ...file.facts, bytes: bytes.length })
  }

  /** What is not there is removed already. Throws errors of the disk. */
  async remove(name: string): Promise<void> {
    this.#known.delete(name)
    await this.#files.unlink(this.#pathOf(name)).catch((error: unknown) => {
      if (fileErrorCode(error) !== 'ENOENT') throw error
    })
  }

  #pathOf(name: string): string {
    return join(this.#folder, `learned-${name}.model`)
  }

  async #read(name: string): Promise<{ stored: Stored; port: LearnedPort | null } | null> {
    if (!isLearnableName(name)) return null
    try {
      const path = this.#pathOf(name)
      const handle = await openRegularFile(this.#files, path, longestFile)
      try {
        const { size, mtimeMs, ino } = await handle.stat()
        const mark = `${ino} ${size} ${mtimeMs}`
        const before = this.#known.get(name)
        if (before?.mark === mark) return before
        const read = { mark, stored: storedOf(await readAtMost(handle, path, longestFile)), port: null }
        this.#known.set(name, read)
        return read
      } finally {
        await handle.close()
      }
    } catch (error) {
      ignoreFileErrors(error)
      return fileErrorCode(error) === 'ENOENT' ? null : { stored: null, port: null }
    }
  }
}

/** Null: none is named. */
export function labelsPath({
  goldenPath: path,
  workspaceFolder,
}: Extract<LearnSource, { kind: 'labels' }>): string | null {
  return path ?? (workspaceFolder === undefined ? null : goldenPath(workspaceFolder))
}

/** Labels that it does not know, or that say something else by now, of those that it could learn from. */
export function countNewLabels(
  { answers, categories, seen }: LearnedFile,
  labels: ReadonlyMap<string, { label: Label }>,
): number {
  const numberOf = new Map(answers.map((answer, number) => [answerKey(answer), number]))
  const placeOf = new Map(categories.map(({ name }, place) => [name, place]))
  const known = new Map(seen.map(({ mark, label }) => [mark.join(' '), label]))
  let fresh = 0
  for (const [hash, { label }] of labels) {
    const places = label.categories?.map((name) => placeOf.get(name))
    if (!places || places.some((place) => place === undefined)) continue
    const before = known.get(markOf(hash).join(' '))
    if (before === undefined || before !== numberOf.get(answerKey(places as number[]))) fresh++
  }
  return fresh
}

export function answerKey(places: readonly number[]): string {
  return places.toSorted((one, other) => one - other).join(' ')
}

export function markOf(inputHash: string): [number, number] {
  return [inputMark(inputHash), inputMark(inputHash.slice(8))]
}

function storedOf(bytes: Buffer): Stored {
  try {
    const file = unpackLearned(bytes)
    return file && { file, bytes: bytes.length, version: sha256(bytes.toString('latin1', 0, 64)) }
  } catch (error) {
    // A checksum that fits says that we wrote it: a version that packs otherwise did.
    if (error instanceof RangeError || (error instanceof Error && 'code' in error)) return null
    throw error
  }
}

function portOf({ file, version }: NonNullable<Stored>): LearnedPort {
  const { answers, categories, facts, seen } = file
  const classifier = new TextClassifier(file.model)
  const seenBy = new Map(seen.map((example) => [example.mark.join(' '), example]))
  const namesOf = (answer: number): string[] => (answers[answer] ?? []).map((place) => categories[place]?.name ?? '')

  function verdictOf(answer: number, probability: number, others: readonly number[]): LearnedVerdict {
    const probabilities: Record<string, number> = {}
    for (const [number, share] of others.entries()) {
      const [name] = namesOf(number)
      if (name !== undefined) probabilities[name] = (probabilities[name] ?? 0) + share
    }
    const likeliest = Object.entries(probabilities).sort(([, one], [, other]) => other - one)
    const shown = likeliest.slice(0, shownProbabilities).map(([name, share]) => [name, rounded(share)])
    return { categories: namesOf(answer), probability, probabilities: Object.fromEntries(shown) }
  }

  return {
    version,
    categories,
    floor: facts.floor.probability,
    judge(text, inputHash) {
      // Of what it has seen it says what it said before: the label would be its own echo, and no evaluation could trust it.
      const example = seenBy.get(markOf(inputHash).join(' '))
      if (example) {
        const { answer, probability } = example
        return verdictOf(
          answer,
          probability,
          answers.map((_, number) => (number === answer ? probability : 0)),
        )
      }
      const shares = Array.from(classifier.probabilities(text))
      const answer = shares.reduce((best, share, number) => (share > (shares[best] as number) ? number : best), 0)
      return verdictOf(answer, shares[answer] ?? 0, shares)
    },
  }
}

function rounded(share: number): number {
  return Number(Math.min(1, share).toPrecision(4))
}
