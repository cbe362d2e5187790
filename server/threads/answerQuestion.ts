import type { GenerationParameters } from '../../protocol/models.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Reason } from '../../protocol/reasons.ts'
import type { ResolvedRoute } from '../../protocol/routing.ts'
import type { MessageContext, ThreadDelta, ThreadMessage } from '../../protocol/threads.ts'
import { fail } from '../../shared/fail.ts'
import { defaultPrompts } from '../domain/prompts.ts'
import { citedItems, type NamedItem, nameItems, questionText, threadSystem } from '../domain/threadPrompt.ts'
import type { CategorizationWork } from '../domain/work.ts'
import type { ModelClient } from '../engine/modelClient.ts'
import { JournaledSpending } from '../engine/runSpending.ts'
import type { Timers } from '../health/healthClock.ts'
import { nothingUsed } from '../journal/journalLines.ts'
import { type ConnectModelParts, connectModel } from '../models/connectModel.ts'
import { type FolderRulesParts, refuseByRules, textsAbout } from '../models/folderRules.ts'
import { findListed } from '../models/modelViews.ts'
import { findRegistered } from '../models/registeredModels.ts'
import type { ChatTurn, CompletionOutcome, StreamRequest } from '../providers/adapter.ts'
import type { StoredThread } from '../store/threadTable.ts'
import { DeltaSender } from './deltaSender.ts'
import { readThreadItems, type ThreadItemParts } from './threadItems.ts'
import type { TargetParts } from './threadTarget.ts'

export interface AnswerParts extends ConnectModelParts, ThreadItemParts {
  store: ConnectModelParts['store'] & TargetParts['store']
  directory: ConnectModelParts['directory'] & TargetParts['directory'] & FolderRulesParts['directory']
  policies: FolderRulesParts['policies']
  timers: Timers
  onDelta(delta: ThreadDelta): void
  now(): string
}

/** A question with everything that its answer depends on. */
export interface Question {
  /** Of the answer. */
  id: string
  thread: StoredThread
  route: ResolvedRoute
  question: ThreadMessage
  /** What was said before it. */
  history: readonly ThreadMessage[]
  mark: string
}

/** Of a model of which nobody says how much it takes, in tokens. */
const usualWindow = 8192
/** More than that, no model takes that is to be had; in tokens. */
const longestTried = 250_000
/** What is told beside a question takes no more, however large the window is: it costs more than it tells. In tokens. */
const largestWindow = 100_000
const mostAnswerTokens = 4096
/** A share of the window, for windows in which so long an answer has no room. */
const answerShare = 4
/** Rather too few. */
const charactersPerToken = 3

/**
 * Prepares the answer to a question: who is asked, what it is about, and whether that has room. What it returns asks, and always comes to
 * an answer, be it one that was stopped or failed.
 */
export async function answerQuestion(
  parts: AnswerParts,
  asked: Question,
  signal: AbortSignal,
): Promise<Outcome<() => Promise<ThreadMessage>>> {
  const { route, thread, question, mark } = asked
  const spending = new JournaledSpending(0, nothingUsed)
  const refused = await refuseByRules(parts, route, ...textsAbout(parts.store, thread.about))
  if (refused) return refused
  const client = await connectModel(parts, { route, request: {}, spending })
  if (!client.ok) return client
  const { parameters, window } = modelOf(parts, route)
  const answerTokens = Math.min(mostAnswerTokens, Math.floor((window ?? usualWindow) / answerShare))
  const prompt = questionText(question.text, question.material, mark)
  const neededTokens = Math.ceil((prompt.length + charactersAround) / charactersPerToken) + answerTokens
  const { provider, model } = route
  if (neededTokens > (window ?? longestTried)) {
    const remedy = 'shorter_question'
    return fail({ code: 'context_too_long', provider, model, limitTokens: window, neededTokens, remedy })
  }
  // Of a window that nobody knows, what is beside the question takes no more than the usual one has.
  const room = Math.max(0, Math.min(window ?? usualWindow, largestWindow) - neededTokens) * charactersPerToken
  const turns = recentTurns(asked, thread.about === null ? room : room / 2)
  const left = room - turns.reduce((sum, { text }) => sum + text.length, 0)
  const about = thread.about && { about: thread.about, question: question.text }
  const told = about && (await readThreadItems(about, left, parts, signal))
  if (told && !told.ok) return told
  const items = nameItems(told?.value.items ?? [])
  const total = told?.value.total ?? 0
  const request = {
    ...{
      model,
      prompt,
      mode: 'text' as const,
      system: threadSystem(items, total, mark),
      maxOutputTokens: answerTokens,
    },
    thinking: route.options.thinking,
    output: { name: 'answer', schema: { type: 'string' } },
    work: judgesNothing,
  }
  return succeed(() => ask(parts, asked, { client: client.value, request, turns, items, total, parameters }, signal))
}

const judgesNothing: CategorizationWork = {
  task: 'categorization',
  items: [],
  profile: {
    ...{ offered: [], hidden: [], byName: new Map(), choice: { most: 0, furtherFrom: 0 } },
    ...{ interests: '', antiInterests: '', limits: { categorizeChars: 0, scoreChars: 0 }, prompts: defaultPrompts },
  },
}

/** The instructions around what is told. */
const charactersAround = 1500

interface Prepared {
  client: ModelClient
  request: Omit<StreamRequest, 'conversation'>
  turns: readonly ChatTurn[]
  items: readonly NamedItem[]
  total: number
  parameters: GenerationParameters
}

async function ask(
  { timers, onDelta, now }: AnswerParts,
  { id, thread, route, question }: Question,
  { client, request, turns, items, total, parameters }: Prepared,
  signal: AbortSignal,
): Promise<ThreadMessage> {
  const about = { threadId: thread.id, messageId: id, question: question.id }
  const sender = new DeltaSender(about, { send: onDelta, timers })
  const conversation = { turns, onText: (piece: string) => sender.add(piece) }
  const outcome = await client.complete({ ...request, conversation }, signal)
  sender.flush()
  const text = outcome.ok ? outcome.value.text : sender.text.trimEnd()
  return {
    ...{ id, threadId: thread.id, role: 'assistant', text, material: null, answers: question.id },
    ...{ provider: route.provider, kind: route.kind, model: route.model, parameters },
    ...endOf(outcome),
    context: contextOf(text, items, total),
    at: now(),
  }
}

function endOf(
  outcome: CompletionOutcome,
): Pick<ThreadMessage, 'state' | 'reason' | 'usage' | 'costUsd' | 'latencyMs'> {
  if (outcome.ok) {
    const { usage, costUsd = null, latencyMs } = outcome.value
    return { state: 'complete', reason: null, usage, costUsd, latencyMs }
  }
  const { reason, spent } = outcome
  const used = { usage: spent?.usage ?? null, costUsd: spent?.costUsd ?? null, latencyMs: spent?.latencyMs ?? null }
  if (isStopped(reason)) return { state: 'stopped', reason: null, ...used }
  return { state: 'failed', reason: ofConversation(reason), ...used }
}

/** What was too long is a question here, and no item of a run. */
function ofConversation(reason: Reason): Reason {
  if (reason.code !== 'context_too_long' || reason.remedy !== undefined) return reason
  const { message: _, action: __, ...facts } = reason
  return fail({ ...facts, remedy: 'shorter_question' }).reason
}

function isStopped({ code }: Reason): boolean {
  return code === 'cancelled'
}

function contextOf(text: string, items: readonly NamedItem[], total: number): MessageContext | null {
  if (total === 0) return null
  const cited = citedItems(text, items).map(({ id, inputHash, source, file, line }) => ({
    ...{ id, inputHash },
    ...(source === undefined ? {} : { source }),
    ...(file === undefined ? {} : { file }),
    ...(line === undefined ? {} : { line }),
  }))
  return { items: total, shown: items.length, cited }
}

/** The newest exchanges that have room, each with the answer that came last. What failed without a word is left out. */
function recentTurns({ history, mark }: Question, room: number): ChatTurn[] {
  const answers = new Map<string, ThreadMessage>()
  for (const message of history) {
    if (message.answers !== null && message.text.trim() !== '') answers.set(message.answers, message)
  }
  const turns: ChatTurn[] = []
  let left = room
  for (const question of history.filter(({ role }) => role === 'user').toReversed()) {
    const answer = answers.get(question.id)
    if (!answer) continue
    const text = questionText(question.text, question.material, mark)
    left -= text.length + answer.text.length
    if (left < 0) break
    turns.unshift({ role: 'user', text }, { role: 'assistant', text: answer.text })
  }
  return turns
}

/** What is registered and listed of the model; the window is what a question may fill, in tokens. Null: nobody says. */
function modelOf(
  { store, directory, health }: AnswerParts,
  { provider, model }: ResolvedRoute,
): { parameters: GenerationParameters; window: number | null } {
  const open = directory.open(provider)
  if (!open?.ok) return { parameters: {}, window: null }
  const row = store.read((database) => findRegistered(database, open.value, model))
  const parameters = row?.type === 'generation' ? (row.parameters as GenerationParameters) : {}
  const listed = findListed(open.value, health.of(provider).models.models, model)?.contextTokens
  const window = parameters.context_window ?? listed
  return { parameters, window: window ?? null }
}
