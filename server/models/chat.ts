import type { ChatAnswer, ChatCall, ChatDelta, ChatModel } from '../../protocol/languageModels.ts'
import type { GenerationParameters } from '../../protocol/models.ts'
import { tasks } from '../../protocol/names.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Resolution } from '../../protocol/routing.ts'
import { fail } from '../../shared/fail.ts'
import type { Directory } from '../directory/directory.ts'
import { defaultPrompts } from '../domain/prompts.ts'
import type { CategorizationWork } from '../domain/work.ts'
import { JournaledSpending } from '../engine/runSpending.ts'
import { nothingUsed } from '../journal/journalLines.ts'
import { listAliases } from '../store/aliasTable.ts'
import { listRegistrations } from '../store/modelTable.ts'
import { findPrice } from '../usage/findPrice.ts'
import { type ConnectModelParts, connectModel } from './connectModel.ts'
import { findListed } from './modelViews.ts'
import { findOwnPrice } from './ownPrice.ts'
import { findRegistered } from './registeredModels.ts'

export interface ChatParts extends ConnectModelParts {
  directory: ConnectModelParts['directory'] & Pick<Directory, 'resolve' | 'views' | 'wantedModels'>
  /** Milliseconds since 1970. */
  nowMs(): number
  onDelta(delta: ChatDelta): void
}

interface Target {
  id: string
  what: ChatModel['what']
  resolve(): Resolution
}

/** What is given to VS Code. A model that came from there is left out: a call would go in a circle. */
export async function listChatModels(parts: ChatParts): Promise<Outcome<{ models: ChatModel[] }>> {
  const found = await Promise.all(targetsOf(parts).map((target) => describeTarget(parts, target)))
  return succeed({ models: found.filter((model) => model !== null) })
}

/** One call to one of them, whose answer is handed on piece by piece. */
export async function completeChat(
  parts: ChatParts,
  { callId, id, messages }: ChatCall,
  signal: AbortSignal,
): Promise<Outcome<ChatAnswer>> {
  const target = targetsOf(parts).find((each) => each.id === id)
  if (!target) return fail({ code: 'not_found', what: 'model', id })
  const resolved = target.resolve()
  if (!resolved.ok) return { ok: false, reason: resolved.reason }
  const route = resolved.value
  const { provider, model } = route
  if (!canChat(parts, provider)) return fail({ code: 'ask_unsupported', provider, model, ask: 'text', why: 'model' })
  const spending = new JournaledSpending(0, nothingUsed)
  const client = await connectModel(parts, { route, request: {}, spending })
  if (!client.ok) return client
  const { maxOutputTokens } = windowOf(parts, route)
  const turns = takingTurns(messages)
  const conversation = {
    turns: turns.slice(0, -1),
    onText: (text: string) => parts.onDelta({ callId, text }),
  }
  const asked = {
    ...{ model, system: '', prompt: turns.at(-1)?.text ?? '', mode: 'text' as const, conversation },
    maxOutputTokens: maxOutputTokens ?? usualAnswer,
    thinking: route.options.thinking,
    output: { name: 'answer', schema: { type: 'string' } },
    work: judgesNothing,
  }
  const answered = await client.value.complete(asked, signal)
  if (!answered.ok) return { ok: false, reason: answered.reason }
  const { text, usage, costUsd = null } = answered.value
  return succeed({ text, provider, model, usage, costUsd })
}

const usualAnswer = 4096

const judgesNothing: CategorizationWork = {
  task: 'categorization',
  items: [],
  profile: {
    ...{ offered: [], hidden: [], byName: new Map(), choice: { most: 0, furtherFrom: 0 } },
    ...{ interests: '', antiInterests: '', limits: { categorizeChars: 0, scoreChars: 0 }, prompts: defaultPrompts },
  },
}

function targetsOf({ store, directory }: Pick<ChatParts, 'store' | 'directory'>): Target[] {
  const { registered, aliases } = store.read((database) => ({
    registered: listRegistrations(database).filter(
      ({ type, status }) => type === 'generation' && status !== 'inactive',
    ),
    aliases: listAliases(database),
  }))
  const providers = directory.views().filter(({ provider }) => canChat({ directory }, provider))
  const models = providers.flatMap(({ provider }) => {
    const own = registered.filter((each) => each.provider === provider).map(({ model }) => model)
    return [...new Set([...own, ...directory.wantedModels(provider)])].map((model) => ({ provider, model }))
  })
  return [
    ...tasks.map((task) => ({ id: `task:${task}`, what: 'task' as const, resolve: () => directory.resolve(task) })),
    ...aliases.map(({ alias, provider, model }) => ({
      ...{ id: `alias:${alias}`, what: 'alias' as const },
      resolve: () => directory.resolve('categorization', { provider, model, alias }),
    })),
    ...models.map((chosen) => ({
      ...{ id: `${chosen.provider}/${chosen.model}`, what: 'model' as const },
      resolve: () => directory.resolve('categorization', chosen),
    })),
  ]
}

/** Whether it is enabled, its models hold conversations, and it is no way back to VS Code's own. */
function canChat({ directory }: Pick<ChatParts, 'directory'>, provider: string): boolean {
  const open = directory.open(provider)
  if (directory.view(provider)?.enabled !== true) return false
  return open?.ok === true && open.value.adapter.stream !== undefined && open.value.adapter.asksEditor !== true
}

/** Null: it goes nowhere, or to where no conversation is held. */
async function describeTarget(parts: ChatParts, { id, what, resolve }: Target): Promise<ChatModel | null> {
  const resolution = resolve()
  const named = resolution.ok ? resolution.value : namedBy(parts, id, what)
  if (named === null || !canChat(parts, named.provider)) return null
  const { provider, model } = named
  const { contextTokens, maxOutputTokens, price } = windowOf(parts, named)
  return {
    ...{ id, what, provider, model, contextTokens, maxOutputTokens },
    price: await price(),
    reason: resolution.ok ? null : resolution.reason,
  }
}

/** What a model's own name or its alias says, where it cannot be asked now. A task without a ready route names nothing. */
function namedBy(
  { store }: ChatParts,
  id: string,
  what: ChatModel['what'],
): { provider: string; model: string } | null {
  if (what === 'task') return null
  if (what === 'model') {
    const slash = id.indexOf('/')
    return { provider: id.slice(0, slash), model: id.slice(slash + 1) }
  }
  return store.read(listAliases).find(({ alias }) => `alias:${alias}` === id) ?? null
}

function windowOf(parts: ChatParts, { provider, model }: { provider: string; model: string }) {
  const open = parts.directory.open(provider)
  if (!open?.ok) return { contextTokens: null, maxOutputTokens: null, price: async () => null }
  const { endpoint } = open.value
  const listed = findListed(open.value, parts.health.of(provider).models.models, model)
  const { row, ownPrice } = parts.store.read((database) => ({
    row: findRegistered(database, open.value, model),
    ownPrice: findOwnPrice(database, open.value, model),
  }))
  const { context_window, max_output_tokens } = (row?.parameters ?? {}) as GenerationParameters
  return {
    contextTokens: context_window ?? listed?.contextTokens ?? null,
    maxOutputTokens: max_output_tokens ?? listed?.maxOutputTokens ?? null,
    async price(): Promise<ChatModel['price']> {
      const at = parts.nowMs()
      const found = await findPrice({ endpoint, model, pricing: listed?.pricing, ownPrice }, at)
      const input = found?.costOf({ input: million, output: 0, cached: 0 }, at) ?? null
      const output = found?.costOf({ input: 0, output: million, cached: 0 }, at) ?? null
      return input === null || output === null ? null : { input, output }
    },
  }
}

const million = 1_000_000

/** Several messages of one side are one turn: most APIs want the sides to take turns, a user first and last. */
function takingTurns(messages: ChatCall['messages']): ChatCall['messages'] {
  const turns: ChatCall['messages'] = []
  for (const { role, text } of messages) {
    const last = turns.at(-1)
    if (last?.role === role) last.text += `\n\n${text}`
    else if (turns.length > 0 || role === 'user') turns.push({ role, text })
  }
  return turns.at(-1)?.role === 'user' ? turns : [...turns, { role: 'user', text: 'Go on.' }]
}
