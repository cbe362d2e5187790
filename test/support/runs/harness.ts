import { mkdirSync } from 'node:fs'
import { type FileHandle, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { ChoiceQuestion, DecisionAnswer } from '../../../protocol/decisions.ts'
import type { Task } from '../../../protocol/names.ts'
import { type Outcome, succeed } from '../../../protocol/outcome.ts'
import type { Profile } from '../../../protocol/profile.ts'
import { ResultRecord } from '../../../protocol/results.ts'
import type { OutputMode, ResolvedRoute } from '../../../protocol/routing.ts'
import { RunRequest, RunView } from '../../../protocol/runs.ts'
import { asksBoth } from '../../../server/domain/work.ts'
import type { DecisionPort, ModelClient } from '../../../server/engine/modelClient.ts'
import type { RunSpending } from '../../../server/engine/runSpending.ts'
import { diskFiles, type RunFiles } from '../../../server/files/diskFiles.ts'
import type {
  Completion,
  CompletionRequest,
  Decision,
  DecisionOutcome,
  DecisionRequest,
} from '../../../server/providers/adapter.ts'
import type { RunLedger, RunRow } from '../../../server/runs/ledger.ts'
import { createRuns } from '../../../server/runs/liveRuns.ts'
import type { RunsOptions } from '../../../server/runs/runOptions.ts'
import type { Runs } from '../../../server/runs/runs.ts'
import { fail } from '../../../shared/fail.ts'
import { createFakeClock, type FakeClock } from './fakeClock.ts'

export const profile: Profile = {
  categories: [
    { name: 'Technology', children: [{ name: 'Software' }, { name: 'Adverts', weight: 'block' }] },
    { name: 'Science', weight: 'boost' },
  ],
  interests: 'compilers',
  anti_interests: 'gossip',
  limits: { categorize_chars: 2000, score_chars: 4000 },
}

/** The table of runs in memory, with the rules of the real one. */
export function createMemoryLedger(): RunLedger & { rows: Map<string, RunRow> } {
  const rows = new Map<string, RunRow>()
  const missing = (id: string) => fail({ code: 'not_found', what: 'run', id })
  return {
    rows,
    async create(row) {
      rows.set(row.view.runId, structuredClone(row))
      return succeed(row)
    },
    async read(runId) {
      const row = rows.get(runId)
      return row ? succeed(structuredClone(row)) : missing(runId)
    },
    async update(runId, change) {
      const row = rows.get(runId)
      if (!row) return missing(runId)
      const changed = change(structuredClone(row))
      if (changed.ok) rows.set(runId, structuredClone(changed.value))
      return changed
    },
    async list({ limit }) {
      return succeed({ rows: [...rows.values()].reverse().slice(0, limit), next: null })
    },
    async listOwned() {
      return succeed([...rows.values()].filter(({ owner }) => owner !== null).map((row) => structuredClone(row)))
    },
    async remove(runId) {
      rows.delete(runId)
      return succeed(null)
    },
  }
}

export type Answer = Outcome<Completion>
/** Plays the provider: gets what was asked and which call it is, from 1. */
export type Script = (request: CompletionRequest, call: number, signal: AbortSignal) => Answer | Promise<Answer>

export function answerWith(text: string): Answer {
  return succeed({ text, latencyMs: 5, usage: { input: 10, output: 5, cached: null } })
}

/** What a good model says: Software for everything, 8 and 6. Change one item's verdict, or leave it out with null. */
export function goodAnswer(
  request: CompletionRequest,
  change: (text: string) => object | null | undefined = () => undefined,
): Answer {
  const verdicts = request.work.items.flatMap(({ key, text }) => {
    const special = change(text)
    if (special === null) return []
    const labels = { categories: ['Software'], confidence: 0.9, suggested: { names: [], parent: null } }
    const scores = { interest: 8, quality: 6, reasoning: 'It is about compilers.' }
    const usual = asksBoth(request.work)
      ? { ...labels, ...scores }
      : request.work.task === 'categorization'
        ? labels
        : scores
    return [{ key, ...usual, ...special }]
  })
  return answerWith(JSON.stringify({ verdicts }))
}

export interface Harness {
  folder: string
  runs: Runs
  ledger: ReturnType<typeof createMemoryLedger>
  clock: FakeClock
  calls: CompletionRequest[]
  decided: { request: DecisionRequest; tasks: readonly Task[] }[]
  views: RunView[]
  logged: string[]
  suggested: { name: string; parent: string | null; items: number }[]
  file(name: string, content: string | Uint8Array): Promise<string>
  /** Starts and waits for the end. */
  run(request: Partial<RunRequest> & Pick<RunRequest, 'source'>): Promise<RunView>
  ended(runId: string): Promise<RunView>
  results(path: string): Promise<ResultRecord[]>
  request(request: Partial<RunRequest> & Pick<RunRequest, 'source'>): RunRequest
  dispose(): Promise<void>
}

/** Longer than the fake clock ever waits: no heartbeat disturbs a test that is about something else. */
const never = 2e9

/** Plays a model that decides: which call it is counts from 1. */
export type DecisionScript = (
  request: DecisionRequest,
  call: number,
  signal: AbortSignal,
) => DecisionOutcome | Promise<DecisionOutcome>

export interface HarnessOptions extends Partial<RunsOptions> {
  modes?: OutputMode[]
  /** Absent: the model only talks. */
  decide?: DecisionScript
  decisions?: Partial<Omit<DecisionPort, 'decide'>>
  /** Absent: it gives no log probabilities. */
  readout?: ModelClient['readout']
  routeOptions?: ResolvedRoute['options']
}

export async function createHarness(
  script: Script = (request) => goodAnswer(request),
  options: HarnessOptions = {},
): Promise<Harness> {
  const folder = await mkdtemp(join(tmpdir(), 'runs-'))
  const ledger = createMemoryLedger()
  const clock = createFakeClock()
  const handles = watchHandles()
  const calls: CompletionRequest[] = []
  const decided: Harness['decided'] = []
  const views: RunView[] = []
  const logged: string[] = []
  const suggested: Harness['suggested'] = []
  const waiting = new Map<string, (view: RunView) => void>()
  const runs = createRuns({
    dataDir: join(folder, 'data'),
    ledger,
    resolve: async (task) => ({ ok: true, value: routeFor(task, options.routeOptions), warnings: [], trace: [] }),
    connect: async (_route, _request, spending) =>
      succeed({
        ...(options.decide ? { decisions: portOf(options.decide, options.decisions, { decided, spending }) } : {}),
        readout: options.readout,
        outputModes: options.modes ?? ['schema', 'json', 'text'],
        mostOutputTokens: ({ maxOutputTokens }) => maxOutputTokens,
        complete: async (request, signal) => {
          calls.push(request)
          const answer = await script(request, calls.length, signal)
          if (answer.ok) spending.count({ usage: answer.value.usage, costUsd: answer.value.costUsd ?? null })
          return answer
        },
      }),
    loadProfile: async () => succeed({ profile, from: { origin: 'stored', name: null } }),
    onProgress(view) {
      views.push(view)
      if (view.finishedAt) waiting.get(view.runId)?.(view)
    },
    onChange: () => undefined,
    onSuggestions: (names) => void suggested.push(...names),
    log: (line) => void logged.push(line),
    clock,
    random: () => 0.5,
    ...options,
    limits: { heartbeatMs: never, ...options.limits },
    files: handles.watch(options.files ?? diskFiles),
  })

  function request(wanted: Partial<RunRequest> & Pick<RunRequest, 'source'>): RunRequest {
    // What most tests of a model that talks are about is told by the calls of each task; those of one call for both say so.
    const separate = options.decide || options.readout ? {} : { separate: true }
    return RunRequest.parse({ tasks: ['categorization', 'scoring'], ...separate, ...wanted })
  }

  async function ended(runId: string): Promise<RunView> {
    const over = views.findLast((view) => view.runId === runId)
    if (over?.finishedAt) return over
    return await new Promise((resolve) => waiting.set(runId, resolve))
  }

  return {
    folder,
    runs,
    ledger,
    clock,
    calls,
    decided,
    views,
    logged,
    suggested,
    request,
    ended,
    async file(name, content) {
      const path = join(folder, 'work', name)
      mkdirSync(dirname(path), { recursive: true })
      await writeFile(path, content)
      return path
    },
    async run(wanted) {
      const started = await runs.start(request(wanted))
      if (!started.ok) throw new Error(started.reason.message)
      return RunView.parse(await ended(started.value.runId))
    },
    async results(path) {
      const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '')
      return lines.map((line) => ResultRecord.strict().parse(JSON.parse(line)))
    },
    async dispose() {
      await runs.shutdown()
      const forgotten = handles.open()
      await rm(folder, { recursive: true, force: true })
      if (forgotten.length > 0) throw new Error(`These files were not closed: ${forgotten.join(', ')}`)
    },
  }
}

function portOf(
  decide: DecisionScript,
  options: HarnessOptions['decisions'],
  { decided, spending }: { decided: Harness['decided']; spending: RunSpending },
): DecisionPort {
  return {
    ...{ limits: {}, isKnown: true, isOnly: false },
    ...options,
    async decide(request, tasks, signal) {
      decided.push({ request, tasks })
      const answer = await decide(request, decided.length, signal)
      if (answer.ok) {
        const { usage, costUsd = null, answeredBy } = answer.value
        spending.count({ usage, costUsd, answeredBy })
      }
      return answer
    },
  }
}

/**
 * Answers each question: of a choice with the named option or the first one, of a score with the level (3), of a predicate with the
 * probability (0). What is not said is spread over the other options.
 */
export function decide(
  { questions }: DecisionRequest,
  said: Readonly<Record<string, string | number | Readonly<Record<string, number>> | null>> = {},
  facts: Partial<Decision> = {},
): DecisionOutcome {
  const answers = questions.map((question): DecisionAnswer => {
    const { name } = question
    const wanted = said[name]
    if (wanted === null) return { type: 'refusal', name }
    switch (question.type) {
      case 'predicate':
        return { type: 'predicate', name, probability: typeof wanted === 'number' ? wanted : 0, serverConfidence: null }
      case 'score': {
        const level = typeof wanted === 'number' ? wanted : 3
        const probabilities = question.levels.map((_, at) => (at === level ? 1 : 0))
        return { type: 'score', name, score: level, probabilities, serverConfidence: 0.5 }
      }
      default:
        return chosen(question, wanted)
    }
  })
  const usage = { input: 20, output: 0, cached: null }
  return succeed({ answers, dialect: 'systemone', usage, latencyMs: 5, ...facts })
}

function chosen({ name, options }: ChoiceQuestion, wanted: unknown): DecisionAnswer {
  const shares =
    typeof wanted === 'object' ? (wanted as Record<string, number>) : { [String(wanted ?? options[0]?.name)]: 0.8 }
  const said = Object.values(shares).reduce((sum, share) => sum + share, 0)
  const others = options.filter((option) => shares[option.name] === undefined)
  const probabilities = Object.fromEntries(
    options.map((option) => [option.name, shares[option.name] ?? (1 - said) / others.length]),
  )
  const [choice = ''] = Object.entries(probabilities).sort(([, one], [, other]) => other - one)[0] ?? []
  return { type: 'choice', name, choice, probabilities, serverConfidence: 0.7 }
}

/** Who opens a file closes it: remembers those that are still open. */
function watchHandles() {
  const paths = new Map<FileHandle, string>()
  return {
    open: () => [...paths.values()],
    watch: (files: RunFiles): RunFiles => ({
      ...files,
      async open(path, flags, mode) {
        const handle = await files.open(path, flags, mode)
        paths.set(handle, path)
        const close = handle.close.bind(handle)
        handle.close = () => {
          paths.delete(handle)
          return close()
        }
        return handle
      },
    }),
  }
}

export function routeFor(task: Task, options: ResolvedRoute['options'] = {}): ResolvedRoute {
  return {
    task,
    provider: 'fake',
    kind: 'openai-compatible',
    model: 'fake-1',
    endpoint: 'http://127.0.0.1:9',
    options,
    rule: 'route',
  }
}

export function jsonLines(rows: readonly unknown[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('')
}
