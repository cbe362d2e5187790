import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Profile } from '../../protocol/profile.ts'
import type { RunEstimate, RunRequest, RunView, SecondOpinionRequest } from '../../protocol/runs.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import { fileErrorCode, ignoreFileErrors } from '../files/fileErrors.ts'
import { describeFileError } from '../files/fileTrouble.ts'
import { sha256 } from '../items/hashes.ts'
import { inputMark } from '../journal/readJournal.ts'
import type { OpenedResults } from '../results/openedResults.ts'
import { selectForSecond } from '../results/reviewResults.ts'
import { openSource } from '../sources/openSource.ts'
import { loadPlainText } from '../sources/plainText.ts'
import type { RunContext } from './runContext.ts'
import type { Runs } from './runs.ts'

type Context = Pick<RunContext, 'files' | 'limits' | 'dataDir' | 'ledger' | 'onChange'>
type UsedRuns = Pick<Runs, 'get' | 'start' | 'resume' | 'estimate' | 'withResults'> & {
  /** Writes the first run's results file with both verdicts. */
  settle(runId: string): Promise<void>
}

/**
 * Second opinions: an ordinary run of another model over the texts of the chosen items, which are written apart, with the profile that
 * the first run had. What it found is laid over the first run's results when they are read.
 */
export class SecondOpinions {
  readonly #context: Context
  readonly #runs: UsedRuns

  constructor(context: Context, runs: UsedRuns) {
    this.#context = context
    this.#runs = runs
  }

  async estimate(request: SecondOpinionRequest, signal?: AbortSignal): Promise<Outcome<RunEstimate>> {
    const prepared = await this.#prepare(request, signal)
    return prepared.ok ? await this.#runs.estimate(prepared.value, signal) : prepared
  }

  async start(request: SecondOpinionRequest, signal?: AbortSignal): Promise<Outcome<RunView>> {
    const { runId, settle, maxCostUsd, stopWhen } = request
    const unfinished = await this.#unfinished(request)
    if (unfinished) {
      const settled = await this.#link(runId, { runId: unfinished, settle })
      const changes = { ...(maxCostUsd === undefined ? {} : { maxCostUsd }), ...(stopWhen ? { stopWhen } : {}) }
      return settled.ok ? await this.#runs.resume(unfinished, changes) : settled
    }
    const prepared = await this.#prepare(request, signal)
    if (!prepared.ok) return prepared
    const started = await this.#runs.start(prepared.value, { secondOf: runId })
    if (!started.ok) return started
    const linked = await this.#link(runId, { runId: started.value.runId, settle })
    if (!linked.ok) return linked
    // One that was over before the first run knew of it has settled nothing.
    const now = await this.#runs.get(started.value.runId)
    if (now.ok && now.value.state === 'completed') await this.#runs.settle(runId)
    return started
  }

  /** One that the same model gave and did not finish; null: there is none. */
  async #unfinished({ runId, provider, model }: SecondOpinionRequest): Promise<string | null> {
    const first = await this.#runs.get(runId)
    const opinion = first.ok ? first.value.opinion : undefined
    const second = opinion ? await this.#runs.get(opinion.runId) : null
    if (!second?.ok || second.value.state === 'completed') return null
    const isSame = second.value.routes.every(
      (route) => route.provider === provider && (model === undefined || route.model === model),
    )
    return isSame ? second.value.runId : null
  }

  async #link(runId: string, opinion: NonNullable<RunView['opinion']>): Promise<Outcome<null>> {
    const { ledger, onChange } = this.#context
    await noteUnsettled(this.#context, runId)
    const linked = await ledger.update(runId, (row) => succeed({ ...row, view: { ...row.view, opinion } }))
    if (!linked.ok) return linked
    onChange()
    return succeed(null)
  }

  async #prepare(request: SecondOpinionRequest, signal?: AbortSignal): Promise<Outcome<RunRequest>> {
    const { runId, on, provider, model, maxCostUsd, stopWhen } = request
    const first = await this.#runs.get(runId)
    if (!first.ok) return first
    if (first.value.state === 'running') return nothingToAsk(runId, localizable('it is not over yet'))
    if (first.value.secondOf !== undefined) return nothingToAsk(runId, localizable('it is a second opinion itself'))
    const row = await this.#context.ledger.read(runId)
    if (!row.ok) return row
    const written = await this.#runs.withResults(runId, async (opened) => this.#write(opened, on, signal), signal)
    if (!written.ok) return written
    const { tasks, workspaceFolder, concurrency, batchSize, separate, priority } = row.value.request
    return succeed({
      tasks,
      source: { kind: 'paths', paths: [written.value.path], format: 'jsonl' },
      profile: { kind: 'file', path: written.value.profile },
      fields: { text: ['text'], id: 'id' },
      override: { provider, ...(model === undefined ? {} : { model }) },
      output: { path: null, format: 'jsonl', none: true },
      ...(workspaceFolder === undefined ? {} : { workspaceFolder }),
      ...(concurrency === undefined ? {} : { concurrency }),
      ...(batchSize === undefined ? {} : { batchSize }),
      ...(separate === undefined ? {} : { separate }),
      ...(priority === undefined ? {} : { priority }),
      ...(maxCostUsd === undefined ? {} : { maxCostUsd }),
      ...(stopWhen ? { stopWhen } : {}),
    })
  }

  /** The same choice is the same file, so that one that is asked again takes over what has not changed since, as any run does. */
  async #write(
    opened: OpenedResults,
    on: SecondOpinionRequest['on'],
    signal: AbortSignal | undefined,
  ): Promise<Outcome<{ path: string; profile: string }>> {
    const { runId, header } = opened
    const wanted = selectForSecond(opened, on)
    if (wanted.size === 0) return nothingToAsk(runId, localizable('it has no verdict to ask about'))
    const folder = this.#folderOf(runId)
    const temporary = join(folder, `${process.pid}.tmp`)
    try {
      await this.#context.files.makeFolder(folder)
      const profile = await this.#writeProfile(folder, header.profile)
      const file = await this.#context.files.open(temporary, 'w', 0o600)
      let written: Outcome<string>
      try {
        written = await this.#writeTexts(file, header.request, wanted, signal)
      } finally {
        await file.close()
      }
      if (!written.ok) return written
      const path = join(folder, `${written.value}.jsonl`)
      await this.#context.files.rename(temporary, path)
      return succeed({ path, profile })
    } catch (error) {
      return fail({ code: 'store_failed', ...withMessage('detail', describeFileError(fileErrorCode(error))) })
    }
  }

  async #writeProfile(folder: string, profile: Profile): Promise<string> {
    // JSON is YAML.
    const text = `${JSON.stringify(profile)}\n`
    const path = join(folder, `${sha256(text).slice(0, 16)}.yaml`)
    const file = await this.#context.files.open(path, 'w', 0o600)
    try {
      await file.writeFile(text)
    } finally {
      await file.close()
    }
    return path
  }

  /** Each wanted text once, as the source has it now. Answers the name of what was written. */
  async #writeTexts(
    file: FileHandle,
    request: RunRequest,
    wanted: ReadonlySet<string>,
    signal: AbortSignal | undefined,
  ): Promise<Outcome<string>> {
    const source = await openSource(request, this.#context.files, this.#context.limits)
    if (!source.ok) return source
    const toPlainText = await loadPlainText()
    const left = new Set(wanted)
    const hash = createHash('sha256')
    const stream = source.value.read()
    try {
      while (left.size > 0) {
        if (signal?.aborted) return fail({ code: 'cancelled' })
        const next = await stream.next()
        if (next.done) break
        const lines = next.value.flatMap((entry) => {
          if (entry.kind !== 'readable') return []
          const inputHash = sha256(toPlainText(entry.text))
          return left.delete(markOf(inputHash)) ? [`${JSON.stringify({ id: inputHash, text: entry.text })}\n`] : []
        })
        if (lines.length === 0) continue
        hash.update(lines.join(''))
        await file.writeFile(lines.join(''))
      }
    } finally {
      await stream.return(succeed(null))
    }
    if (left.size === wanted.size) return fail({ code: 'source_invalid', ...goneFrom(source.value.label) })
    await file.sync()
    return succeed(hash.digest('hex').slice(0, 16))
  }

  #folderOf(runId: string): string {
    return opinionFolder(this.#context, runId)
  }
}

function opinionFolder({ dataDir }: Pick<Context, 'dataDir'>, runId: string): string {
  return join(dataDir, 'opinions', runId)
}

/** The results file of a run is to have both verdicts once the second one is complete: that is still to be done. */
const unsettled = 'unsettled'

/** Whoever dies after the second run and before the file is written leaves this for the next process. A full disk costs no more than that. */
async function noteUnsettled(context: Pick<Context, 'files' | 'dataDir'>, runId: string): Promise<void> {
  try {
    await context.files.makeFolder(opinionFolder(context, runId))
    await (await context.files.open(join(opinionFolder(context, runId), unsettled), 'w', 0o600)).close()
  } catch (error) {
    ignoreFileErrors(error)
  }
}

export async function noteSettled(context: Pick<Context, 'files' | 'dataDir'>, runId: string): Promise<void> {
  await context.files.unlink(join(opinionFolder(context, runId), unsettled)).catch(ignoreFileErrors)
}

/** Runs whose second opinion is complete or gone, and whose results files nobody has settled since. */
export async function findUnsettled({
  files,
  dataDir,
  ledger,
}: Pick<Context, 'files' | 'dataDir' | 'ledger'>): Promise<string[]> {
  const folder = join(dataDir, 'opinions')
  const runIds = await files.readdir(folder).catch(nothingThere)
  const found: string[] = []
  for (const runId of runIds) {
    const names = await files.readdir(join(folder, runId)).catch(nothingThere)
    if (!names.includes(unsettled)) continue
    const first = await ledger.read(runId)
    const opinion = first.ok ? first.value.view.opinion : undefined
    const second = opinion && (await ledger.read(opinion.runId))
    if (second && (!second.ok || second.value.view.state === 'completed')) found.push(runId)
  }
  return found
}

function nothingThere(error: unknown): string[] {
  ignoreFileErrors(error)
  return []
}

/** The texts that were written for second opinions on a run: they go with it. */
export async function forgetOpinionTexts(context: Pick<Context, 'files' | 'dataDir'>, runId: string): Promise<void> {
  const { files } = context
  const folder = opinionFolder(context, runId)
  const names = await files.readdir(folder).catch(nothingThere)
  for (const name of names) await files.unlink(join(folder, name)).catch(ignoreFileErrors)
  await files.removeFolder(folder).catch(ignoreFileErrors)
}

function goneFrom(source: string) {
  const detail = localizable('it has none of the texts any more that were judged')
  return { source, problem: 'unreadable' as const, ...withMessage('detail', detail) }
}

/** 64 bits of a hash, as columns have them. */
function markOf(inputHash: string): string {
  return `${inputMark(inputHash)} ${inputMark(inputHash.slice(8))}`
}

function nothingToAsk(runId: string, why: LocalizableMessage): Outcome<never> {
  return fail({ code: 'run_not_resumable', runId, ...withMessage('detail', why) })
}
