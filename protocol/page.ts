import * as z from 'zod'
import { notifications, type RequestName, type Result, requests } from './contract.ts'
import { KnowledgeBaseName } from './knowledgeBases.ts'
import { GatewayId, KindId, ModelId, ProviderId, RunId } from './names.ts'
import { unsavedTest } from './requests/modelTests.ts'

// What a page of a panel and the editor may say to each other, and what of it the settings panel's page says. Everything else is
// refused, on both sides.

/** The pages of the settings panel, in the order of its navigation. */
export const pageIds = [
  'providers',
  'models',
  'routes',
  'categories',
  'criteria',
  'prompts',
  'knowledge',
  'usage',
  'audit',
] as const
export const PageId = z.enum(pageIds)
export type PageId = z.infer<typeof PageId>

/** A page asks for the next id each time, so one that was seen before is forged or a mistake. */
const MessageId = z.int().min(1).max(Number.MAX_SAFE_INTEGER)

/** A key is never in a page: what would carry one is not among the values to test. Absent `keyOf`: no stored key is used. */
const testOfPage = z.union([
  z.strictObject(requests['provider/test'].params.options[0].shape),
  z.strictObject(unsavedTest),
])

/**
 * The requests that a page may send, with what may be in them. A page that needs another one adds a line here.
 * Params that are not the contract's own are narrower than it, never wider.
 */
const pageRequests = {
  'provider/kinds': requests['provider/kinds'].params,
  'provider/list': requests['provider/list'].params,
  'provider/get': requests['provider/get'].params,
  'provider/save': requests['provider/save'].params,
  'provider/remove': requests['provider/remove'].params,
  'provider/setEnabled': requests['provider/setEnabled'].params,
  'provider/test': testOfPage,
  'provider/models': requests['provider/models'].params,
  'provider/dependents': requests['provider/dependents'].params,
  'provider/scan': requests['provider/scan'].params,
  'provider/recognise': requests['provider/recognise'].params,
  'model/list': requests['model/list'].params,
  'model/save': requests['model/save'].params,
  'model/remove': requests['model/remove'].params,
  'model/setDefault': requests['model/setDefault'].params,
  'model/dependents': requests['model/dependents'].params,
  'model/test': requests['model/test'].params,
  'model/describeTest': requests['model/describeTest'].params,
  'model/decide': requests['model/decide'].params,
  /** Anew, from what it was learned before: a page names no file. */
  'model/learn': requests['model/learn'].params.pick({ provider: true, model: true }).strict(),
  'model/pull': requests['model/pull'].params,
  'model/delete': requests['model/delete'].params,
  'gateway/list': requests['gateway/list'].params,
  'gateway/save': requests['gateway/save'].params,
  'gateway/remove': requests['gateway/remove'].params,
  'gateway/plan': requests['gateway/plan'].params,
  'gateway/sync': requests['gateway/sync'].params,
  'gateway/test': requests['gateway/test'].params,
  'route/list': requests['route/list'].params,
  'route/save': requests['route/save'].params,
  'route/saveAll': requests['route/saveAll'].params,
  'route/resolve': requests['route/resolve'].params,
  'alias/list': requests['alias/list'].params,
  'alias/save': requests['alias/save'].params,
  'alias/remove': requests['alias/remove'].params,
  'readiness/read': requests['readiness/read'].params,
  'preferences/read': requests['preferences/read'].params,
  'preferences/save': requests['preferences/save'].params,
  'category/list': requests['category/list'].params,
  'category/save': requests['category/save'].params,
  'category/remove': requests['category/remove'].params,
  'category/merge': requests['category/merge'].params,
  'category/saveAll': requests['category/saveAll'].params,
  'category/describeMerge': requests['category/describeMerge'].params,
  'category/edit': requests['category/edit'].params,
  'category/describeEdit': requests['category/describeEdit'].params,
  'profile/list': requests['profile/list'].params,
  'profile/check': requests['profile/check'].params,
  'profile/score': requests['profile/score'].params,
  'profile/criteria': requests['profile/criteria'].params,
  'prompt/list': requests['prompt/list'].params,
  'prompt/save': requests['prompt/save'].params,
  'prompt/reset': requests['prompt/reset'].params,
  /** Of the stored profile only: a page names no file. */
  'prompt/preview': requests['prompt/preview'].params.omit({ profile: true, workspaceFolder: true }).strict(),
  'kb/list': requests['kb/list'].params,
  'kb/planBuild': requests['kb/planBuild'].params,
  'kb/build': requests['kb/build'].params,
  'kb/search': requests['kb/search'].params,
  'kb/setEmbedding': requests['kb/setEmbedding'].params,
  'kb/remove': requests['kb/remove'].params,
  'thread/list': requests['thread/list'].params,
  'usage/read': requests['usage/read'].params,
  'audit/list': requests['audit/list'].params,
  'run/list': requests['run/list'].params,
  'run/estimate': requests['run/estimate'].params,
  'run/estimateAgain': requests['run/estimateAgain'].params,
  'run/startAgain': requests['run/startAgain'].params,
} as const satisfies Partial<Record<RequestName, z.ZodType>>
export type PageRequestName = keyof typeof pageRequests
export type PageParams<Name extends PageRequestName> = z.input<(typeof pageRequests)[Name]>

export function command<Args extends z.ZodType, Done extends z.ZodType>(args: Args, result: Done) {
  return { args, result }
}

const done = z.null()
/** What a command that asks the person answers: false where the person left. */
const wasDone = z.boolean()

/** What a page may ask of the editor itself. Whatever is secret is typed into the editor's own input box. */
const pageCommands = {
  /** Measures a model on the labels, after asking what it may cost. */
  evaluate: command(z.strictObject({ provider: ProviderId, model: ModelId }), done),
  setKey: command(z.strictObject({ provider: ProviderId }), wasDone),
  clearKey: command(z.strictObject({ provider: ProviderId }), wasDone),
  /** The admin key of a gateway that is saved, for the origin of its URL. */
  setGatewayKey: command(z.strictObject({ gateway: GatewayId }), wasDone),
  /** Of one that was removed: nothing else needs it. */
  forgetGatewayKey: command(z.strictObject({ gateway: GatewayId }), done),
  /** The last four characters of the stored key, `…abcd`, by which a person recognises it; null: none is stored, or it is too short for that. */
  keyEnding: command(z.strictObject({ provider: ProviderId }), z.string().max(5).nullable()),
  /**
   * Asks for the key of a provider that is not saved yet. It stays with the editor until `keepKey` or `forgetKey`; whose it is by its
   * beginning, and its last characters, are all that is told. `origin`: where it is to be sent; null: to the service that it belongs to.
   * Null: the person left.
   */
  pasteKey: command(
    z.strictObject({ origin: z.string().max(2048).nullable() }),
    z.object({ kind: KindId.nullable(), ending: z.string().max(5).nullable() }).nullable(),
  ),
  /** `provider/test` of values that are not saved, with the key of `pasteKey` where it was meant for their origin. */
  testDraft: command(z.strictObject(unsavedTest), requests['provider/test'].result),
  /** Puts the key of `pasteKey` into the secret store, for the endpoint of a provider that is saved now; false: there was none for it. */
  keepKey: command(z.strictObject({ provider: ProviderId }), wasDone),
  forgetKey: command(z.strictObject({}), done),
  /** Asks for a key that is used for this one test and kept nowhere; null: the person left. */
  testWithKey: command(z.strictObject(unsavedTest), requests['provider/test'].result.nullable()),
  resumeRun: command(z.strictObject({ runId: RunId.optional() }), done),
  openResults: command(z.strictObject({ runId: RunId }), done),
  exportAudit: command(z.strictObject({}), done),
  /** The profile file of the trusted workspace, which replaces the stored profile there; null: there is none. */
  workspaceProfile: command(
    z.strictObject({}),
    z.object({ path: z.string(), problem: z.string().nullable() }).nullable(),
  ),
  openWorkspaceProfile: command(z.strictObject({}), done),
  /**
   * The files and folders that a new knowledge base is to have. The editor holds them, and answers with all of them: what `choose` says is
   * asked for in its own dialog, `leaveOut` is taken away again.
   */
  knowledgeSources: command(
    z.strictObject({
      choose: z.enum(['files', 'folders', 'results']).optional(),
      leaveOut: z.string().max(4096).optional(),
    }),
    z.array(z.string()),
  ),
  /** `kb/create` with the sources that were chosen: a page names no file. */
  createKnowledgeBase: command(
    z.strictObject(requests['kb/create'].params.omit({ sources: true }).shape),
    requests['kb/create'].result,
  ),
  /** Begins a conversation about a base and opens it. Null: it is open; else why not, in a sentence. */
  askAboutBase: command(z.strictObject({ name: KnowledgeBaseName }), z.string().nullable()),
  /** Opens the file of a chunk at its line, where the base has such an item. Null: it is open; else why not, in a sentence. */
  openChunk: command(
    z.strictObject({
      name: KnowledgeBaseName,
      item: z.string().min(1).max(4096),
      file: z.string().max(4096),
      line: z.int().positive().nullable(),
    }),
    z.string().nullable(),
  ),
  restartServer: command(z.strictObject({}), done),
  showLog: command(z.strictObject({}), done),
  showHelp: command(z.strictObject({}), done),
} as const satisfies Record<string, { args: z.ZodType; result: z.ZodType }>
export type PageCommandName = keyof typeof pageCommands
export type PageCommandArgs<Name extends PageCommandName> = z.output<(typeof pageCommands)[Name]['args']>
export type PageCommandResult<Name extends PageCommandName> = z.output<(typeof pageCommands)[Name]['result']>

/** Page to host. What is in `params` and `args` is checked by the panel's tables. */
export type PageMessage<Method extends string = RequestName, Command extends string = string> =
  /** The page is drawn from nothing: whatever an earlier life of it asked for is forgotten. */
  | { type: 'ready' }
  | { type: 'request'; id: number; method: Method; params: unknown }
  | { type: 'command'; id: number; command: Command; args: unknown }
  | { type: 'cancel'; id: number }

/** How the background server is. `detail` of `failed`: why, in words. */
export const ServerCondition = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('starting') }),
  z.object({ kind: z.literal('running') }),
  z.object({ kind: z.literal('stopped') }),
  z.object({ kind: z.literal('failed'), detail: z.string() }),
])
export type ServerCondition = z.infer<typeof ServerCondition>

/** Notifications of the server, passed on. */
export const PageEvent = z.discriminatedUnion('name', [
  z.object({ name: z.literal('data/changed'), params: notifications['data/changed'] }),
  z.object({ name: z.literal('status/changed'), params: notifications['status/changed'] }),
  z.object({ name: z.literal('run/progress'), params: notifications['run/progress'] }),
  z.object({ name: z.literal('model/pullProgress'), params: notifications['model/pullProgress'] }),
  z.object({ name: z.literal('thread/delta'), params: notifications['thread/delta'] }),
  z.object({ name: z.literal('kb/progress'), params: notifications['kb/progress'] }),
])
export type PageEvent = z.infer<typeof PageEvent>

/**
 * Why a message got no answer of the server. `invalid`: it is not what the contract says; `unknown`: no such type, request or
 * command; `duplicate`: its id was used; `too_large`, `too_deep`, `too_many`: beyond what a page of ours would ever send.
 */
export const Refusal = z.enum([
  'invalid',
  'unknown',
  'duplicate',
  'too_large',
  'too_deep',
  'too_many',
  'server_down',
  'server_lost',
  'broken',
])
export type Refusal = z.infer<typeof Refusal>

/** Stands for the form of something new; no name begins with it. */
export const newTarget = '+'
/** Behind it, in place of a name: what this machine serves is looked for. */
export const scanTarget = '/scan'
/** Behind a task: the steps by which its route is decided. */
export const stepsTarget = '/steps'
/** Behind a knowledge base: it is to be built, after saying what that costs; and its vectors are to be made anew, after a question. */
export const buildTarget = '/build'
export const anewTarget = '/anew'
/** Behind a provider, before the name of a field: that field of its settings. */
export const fieldTarget = '/field/'

/**
 * Where the panel is to be: a page, and of it the thing that is named. Of providers: `name`, or `+` and the name that a new one is to
 * have, if any, or a name, `/field/` and a field's name; of models: `provider/model`, or `+` and the provider of a new one; of routes: a task, or a task and `/steps`; of knowledge: a base, a base and
 * `/build` or `/anew`, or `+`.
 */
export const Place = z.object({ page: PageId, target: z.string().max(400).nullable() })
export type Place = z.infer<typeof Place>

/** The words of the editor's language, English to translated; null: English. */
export const Words = z
  .record(z.string(), z.union([z.string(), z.object({ message: z.string(), comment: z.array(z.string()) })]))
  .nullable()
export type Words = z.infer<typeof Words>

/** Host to page. `At`: where a panel can be. */
export type HostMessage<At = unknown> =
  /** Answers `ready`. `place`: where a command wants the panel to be; null: where it was. */
  | { type: 'start'; language: string; words: Words; place: At | null; server: ServerCondition }
  /** Answers `request` with the contract's own result, `command` with the table's. */
  | { type: 'answer'; id: number; result: unknown }
  /** `id` is null where the message had none that could be read. */
  | { type: 'refused'; id: number | null; why: Refusal; detail: string }
  | { type: 'event'; event: PageEvent }
  | { type: 'open'; place: At }
  | { type: 'server'; server: ServerCondition }

export type PageResult<Name extends RequestName> = Result<Name>

export type RequestTable = Partial<Record<RequestName, z.ZodType>>
export type CommandTable = Record<string, { args: z.ZodType; result: z.ZodType }>

/** All that one panel's page and the editor may say to each other. */
export interface PanelTalk<Requests extends RequestTable, Commands extends CommandTable, At> {
  requests: Requests
  commands: Commands
  pageMessage: z.ZodType<PageMessage<keyof Requests & RequestName, keyof Commands & string>>
  hostMessage: z.ZodType<HostMessage<At>>
}

export function panelTalk<Requests extends RequestTable, Commands extends CommandTable, At>(
  requests: Requests,
  commands: Commands,
  place: z.ZodType<At>,
): PanelTalk<Requests, Commands, At> {
  const method = z.enum(Object.keys(requests) as (keyof Requests & RequestName)[])
  const name = z.enum(Object.keys(commands) as (keyof Commands & string)[])
  const pageMessage = z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('ready') }),
    z.strictObject({ type: z.literal('request'), id: MessageId, method, params: z.unknown() }),
    z.strictObject({ type: z.literal('command'), id: MessageId, command: name, args: z.unknown() }),
    z.strictObject({ type: z.literal('cancel'), id: MessageId }),
  ])
  const hostMessage = z.discriminatedUnion('type', [
    z.object({
      type: z.literal('start'),
      language: z.string(),
      words: Words,
      place: place.nullable(),
      server: ServerCondition,
    }),
    z.object({ type: z.literal('answer'), id: MessageId, result: z.unknown() }),
    z.object({ type: z.literal('refused'), id: MessageId.nullable(), why: Refusal, detail: z.string() }),
    z.object({ type: z.literal('event'), event: PageEvent }),
    z.object({ type: z.literal('open'), place }),
    z.object({ type: z.literal('server'), server: ServerCondition }),
  ])
  return { requests, commands, pageMessage, hostMessage }
}

export type SettingsTalk = PanelTalk<typeof pageRequests, typeof pageCommands, Place>
export const settingsTalk: SettingsTalk = panelTalk(pageRequests, pageCommands, Place)
