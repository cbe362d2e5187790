import path from 'node:path'
import { CancellationTokenSource, commands, workspace } from 'vscode'
import type * as z from 'zod'
import type { Params, Result } from '../../protocol/contract.ts'
import { tasks } from '../../protocol/names.ts'
import type { Outcome } from '../../protocol/outcome.ts'
import type { RunRequest } from '../../protocol/runs.ts'
import type { SetupEnd, SetupFacts, setupCommands } from '../../protocol/setupPage.ts'
import type { SourceFields, SourceSettings, SourceSpec } from '../../protocol/sources.ts'
import { fail } from '../../shared/fail.ts'
import type { Api } from '../connection/api.ts'
import type { RunWatch } from '../connection/runWatch.ts'
import type { ServerLifetime } from '../connection/serverLifetime.ts'
import type { Settings } from '../connection/settings.ts'
import { plural } from '../describe/language.ts'
import type { Notifier } from '../forms/notifier.ts'
import type { Panels } from '../forms/panels.ts'
import { requestFor, startAgreed } from '../runs/runCommands.ts'
import { folderOf, type SetupQuestion, type SetupQuestions } from '../runs/setupQuestions.ts'

export interface SetupCommandParts {
  lifetime: ServerLifetime
  questions: SetupQuestions
  notifier: Notifier
  watch: RunWatch
  settings: Pick<Settings, 'read'>
  panels: Pick<Panels, 'openResults'>
  now: () => number
  /** Closes the page. */
  close(): void
}

type Table = typeof setupCommands
type Name = keyof Table & string
type Args<Each extends Name> = z.output<Table[Each]['args']>
type Handlers = {
  [Each in Name]: (args: Args<Each>, signal: AbortSignal) => Promise<z.output<Table[Each]['result']>>
}

/** What the page "What are these?" may ask of the editor, carried out; the bridge has checked the args. */
export function createSetupCommands(parts: SetupCommandParts) {
  const { questions, lifetime, notifier } = parts
  const run = async (id: `llmProviders.${string}`): Promise<null> => {
    await commands.executeCommand(id)
    return null
  }
  /** Over the source of the question; `cancelled` where there is none any more, or no server, both of which the page says itself. */
  const overSource = async <Value>(
    { id, reading, model, lane, cascade }: Args<'describe'>,
    act: (api: Api, request: RunRequest) => Promise<Outcome<Value>>,
  ): Promise<Outcome<Value>> => {
    const api = await lifetime.connect()
    const question = questions.find(id)
    if (!api || !question?.chosen) return fail({ code: 'cancelled' })
    const request = requestFor(question.tasks, question.chosen, parts.settings.read(question.chosen.near))
    return await act(api, {
      ...request,
      ...readAs(request.source, reading),
      ...(model && { override: overrideBy(model) }),
      ...(lane && { lane }),
      ...(cascade && { cascade }),
    })
  }
  const handlers: Handlers = {
    read: async ({ id }) => factsOf(questions.find(id)),
    readProfile: async ({ id }) => {
      const api = await lifetime.connect()
      const question = questions.find(id)
      return api && question ? await api.request('profile/read', folderParam(question)) : fail({ code: 'cancelled' })
    },
    describe: (args) =>
      overSource(args, (api, { source, fields }) =>
        api.request('source/describe', { source, ...(fields && { fields }) }),
      ),
    planProposal: ({ by, ...args }, signal) =>
      overSource(args, (api, request) =>
        cancelling(signal, (token) => api.request('profile/planProposal', proposalFor(request, by), token)),
      ),
    propose: ({ by, ...args }, signal) =>
      overSource(args, (api, request) =>
        cancelling(signal, (token) => api.request('profile/propose', proposalFor(request, by), token)),
      ),
    estimate: ({ draft, sample, ...args }, signal) =>
      overSource(args, (api, request) => {
        const wanted = { ...request, ...(draft && { draft }), ...(sample === undefined ? {} : { sample }) }
        return cancelling(signal, (token) => api.request('run/estimate', wanted, token))
      }),
    finish: (args) => finish(args, parts),
    actOn: async ({ reason }) => {
      await notifier.runAction(reason)
      return null
    },
    connectModel: () => run('llmProviders.addProvider'),
    restartServer: () => run('llmProviders.restartServer'),
    showLog: () => run('llmProviders.showLog'),
  }
  return (name: Name, args: unknown, signal: AbortSignal): Promise<unknown> =>
    // One name, one schema, one handler: the table's type says so, and the bridge has parsed by it.
    handlers[name](args as never, signal)
}

function factsOf(question: SetupQuestion | null): SetupFacts | null {
  if (!question) return null
  const folder = folderOf(question)
  const source = question.chosen?.source
  return {
    source: source ? nameOf(source) : null,
    paths: source?.kind === 'paths' ? source.paths.length : 0,
    tasks: question.tasks,
    profileFile: folder === null ? null : path.join(folder, '.llm-providers', 'profile.yaml'),
  }
}

function nameOf(source: SourceSpec): string {
  if (source.kind === 'text') return source.name
  const [first, ...others] = source.paths
  return first !== undefined && others.length === 0
    ? workspace.asRelativePath(first)
    : plural(source.paths.length, '{0} file', '{0} files')
}

function folderParam(question: SetupQuestion): { workspaceFolder?: string } {
  const folder = folderOf(question)
  return folder === null ? {} : { workspaceFolder: folder }
}

/** The source as it is to be read, and the fields that text and id are taken from. */
function readAs(
  source: SourceSpec,
  { text, id, ...how }: SourceSettings,
): { source: SourceSpec; fields?: SourceFields } {
  const fields = { ...(text && { text }), ...(id !== undefined && { id }) }
  return {
    source: source.kind === 'paths' ? { ...source, ...how } : source,
    ...(Object.keys(fields).length > 0 ? { fields } : {}),
  }
}

type Model = NonNullable<Args<'describe'>['model']>

function overrideBy({ provider, model, alias }: Model): NonNullable<RunRequest['override']> {
  return { provider, ...(model !== null && { model }), ...(alias !== undefined && { alias }) }
}

function proposalFor(
  { source, fields, workspaceFolder, override }: RunRequest,
  by: 'model' | 'words',
): Params<'profile/propose'> {
  return {
    ...{ source, by },
    ...(fields && { fields }),
    ...(workspaceFolder !== undefined && { workspaceFolder }),
    ...(override && { override }),
  }
}

type Token = Parameters<Api['request']>[2]

/** A choice that was changed meanwhile needs no answer to the one before. */
async function cancelling<Value>(signal: AbortSignal, ask: (token: Token) => Promise<Value>): Promise<Value> {
  const source = new CancellationTokenSource()
  const cancel = () => source.cancel()
  signal.addEventListener('abort', cancel, { once: true })
  if (signal.aborted) cancel()
  try {
    return await ask(source.token)
  } finally {
    signal.removeEventListener('abort', cancel)
    source.dispose()
  }
}

/** Model, profile and reading are kept before anything starts, so that the run, and every later one, is by them. */
async function finish(args: Args<'finish'>, parts: SetupCommandParts): Promise<SetupEnd> {
  const { questions, lifetime, close } = parts
  const api = await lifetime.connect()
  const question = questions.find(args.id)
  if (!api || !question) return { step: 'keep', reason: fail({ code: 'cancelled' }).reason }
  const routed = args.model === null ? null : await api.request('route/saveAll', { routes: routesBy(args.model) })
  if (routed?.ok === false) return { step: 'model', reason: routed.reason }
  const kept = await keep(api, question, args)
  if (!kept.ok) return { step: 'keep', reason: kept.reason }
  questions.kept(question)
  const { chosen } = question
  const remembered = chosen && (await remember(api, chosen.source, args.reading))
  if (remembered?.ok === false) return { step: 'reading', reason: remembered.reason }
  if (args.start && chosen) {
    const request = requestFor(question.tasks, chosen, parts.settings.read(chosen.near))
    const started = await startAgreed(
      api,
      {
        ...request,
        ...readAs(request.source, args.reading),
        ...(args.lane && { lane: args.lane }),
        ...(args.cascade && { cascade: args.cascade }),
      },
      parts,
    )
    if (!started.ok) return { step: 'start', reason: started.reason }
  }
  close()
  return { step: 'done' }
}

function routesBy({ provider, model, alias }: Model): Params<'route/saveAll'>['routes'] {
  return tasks.map((task) => ({ task, provider, model, alias: alias ?? null }))
}

function keep(
  api: Api,
  question: SetupQuestion,
  { profile, keep, overwrite }: Args<'finish'>,
): Promise<Result<'profile/choose'>> {
  const folder = folderParam(question)
  return api.request('profile/choose', { ...folder, profile, keep, overwrite: overwrite || question.isKept })
}

/** Of several files each may be another kind of table: what was said counts for this run alone. */
async function remember(api: Api, source: SourceSpec, settings: SourceSettings): Promise<Outcome<unknown> | null> {
  const [only, ...others] = source.kind === 'paths' ? source.paths : []
  if (only === undefined || others.length > 0 || Object.keys(settings).length === 0) return null
  return await api.request('source/remember', { path: only, settings })
}
