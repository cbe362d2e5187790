import type { ChatRequest, ChatResponse } from 'ollama'
import { succeed } from '../../protocol/outcome.ts'
import type { ReadinessFacts } from '../../protocol/reasons.ts'
import { fail } from '../../shared/fail.ts'
import { localizable } from '../../shared/message.ts'
import type { CompletionOutcome, CompletionRequest } from './adapter.ts'
import { answeredBy } from './answeredBy.ts'
import { answerPieces } from './answerPieces.ts'
import { argumentsOf, contentText } from './chatMessage.ts'
import { asFields } from './errorBody.ts'
import { withExtraBody } from './extraBody.ts'
import { emptyAnswer, invalidResponse, rawCause, repetitiveAnswer } from './failureReason.ts'
import { readLogprobs } from './logprobs.ts'
import { tokens } from './modelFields.ts'
import { ollamaClientOf, reasonOfBrokenStream } from './ollamaClient.ts'
import { type ChatWindow, OllamaWindows } from './ollamaWindows.ts'
import type { OpenCall } from './openCall.ts'
import { endsInRepetition, RepetitionWatch } from './repetitionWatch.ts'
import { outputTokens } from './supportedParameters.ts'
import { beginsWithThinking, tokensForThinking, withoutThinking } from './thinking.ts'
import { textOfCalls } from './toolArguments.ts'
import { isWholeJson } from './wholeJson.ts'

type Think = NonNullable<ChatRequest['think']>

/** The server knows these two, its client's types do not yet. */
type Chat = ChatRequest & { truncate: boolean; shift: boolean }

const windows = new OllamaWindows()

/** Models that were asked to think and cannot, so that a run asks each of them once only. */
const cannotThink = new Set<string>()
const mostRemembered = 500

/** Completes over Ollama's own API. `thinkByDefault`: where neither route nor model says. */
export async function completeOllamaChat(
  open: OpenCall,
  request: CompletionRequest,
  thinkByDefault: boolean,
): Promise<CompletionOutcome> {
  const key = `${open.endpoint} ${request.model}`
  const isReadout = request.topLogprobs !== undefined
  // A model that cannot be kept from thinking thinks its one token, and that is found out.
  const think = isReadout || cannotThink.has(key) ? false : thinkingOf(request, thinkByDefault)
  const answered = await sendInWindow(open, request, think)
  if (answered.ok || think === false || open.exchange.facts.status !== 400) return answered
  if (answered.reason.code === 'context_too_long') return answered
  // Refused while asked to think. Whether that is why has no code; what the model is able to do, the server can say.
  const capabilities = (await windows.shown(open, request.model))?.capabilities ?? null
  if (capabilities === null || capabilities.includes('thinking')) return answered
  if (cannotThink.size >= mostRemembered) cannotThink.clear()
  cannotThink.add(key)
  return await sendInWindow(open, request, false)
}

/** A prompt that is longer than was reckoned is asked once more in the window that it needs, where the model has one. */
async function sendInWindow(open: OpenCall, request: CompletionRequest, think: Think): Promise<CompletionOutcome> {
  const outputLimit = outputTokens(request, think === false ? 0 : tokensForThinking)
  const window = await windows.forCall(open, request, outputLimit)
  const answered = await sendChat(open, request, think, window)
  if (answered.ok || answered.reason.code !== 'context_too_long') return answered
  const wider = windows.widen(open, request.model, window, (answered.reason.neededTokens ?? 0) + outputLimit)
  return wider === null ? answered : await sendChat(open, request, think, wider)
}

/** gpt-oss does not listen to yes and no, and can not be kept from thinking: it gets the level that is nearest. */
function thinkingOf({ model, thinking }: CompletionRequest, thinkByDefault: boolean): Think {
  const wanted = thinking ?? thinkByDefault
  if (typeof wanted === 'string' || !/(^|\/)gpt-oss/.test(model)) return wanted
  return wanted ? 'medium' : 'low'
}

async function sendChat(
  open: OpenCall,
  request: CompletionRequest,
  think: Think,
  window: ChatWindow,
): Promise<CompletionOutcome> {
  const client = await ollamaClientOf(open)
  try {
    // Streamed always: a model that thinks for long stays alive for the deadlines, and only streams can be aborted.
    const lines = await client.chat({ ...withExtraBody(chatRequest(request, think, window), request), stream: true })
    const answer: Answer = { content: '', thoughts: '', logprobs: undefined, calls: [], last: null }
    const watch = new RepetitionWatch()
    const pieces = answerPieces(request, open)
    for await (const line of lines) {
      const message = asFields(line.message)
      const content = contentText(message?.content)
      const thoughts = typeof message?.thinking === 'string' ? message.thinking : ''
      answer.content += content
      pieces?.add(content)
      answer.thoughts += thoughts
      answer.calls.push(...argumentsOf(message))
      answer.last = line
      answer.logprobs ??= line.logprobs
      if (!watch.add(content || thoughts)) continue
      lines.abort()
      return fail(repetitiveAnswer(open.context()))
    }
    pieces?.flush()
    windows.answered(open, request.model, window, answer.last?.load_duration)
    return readAnswer(open, answer, window, request.topLogprobs !== undefined)
  } catch (error) {
    return fail(reasonOfBrokenStream(error, open))
  }
}

function chatRequest(request: CompletionRequest, think: Think, { num_ctx, keep_alive }: ChatWindow): Chat {
  const { mode, output, topLogprobs, stop, parameters = {} } = request
  const { temperature = 0, top_p, top_k } = parameters
  const num_predict = outputTokens(request, think === false ? 0 : tokensForThinking)
  const options = { temperature, num_predict, top_p, top_k, num_ctx, stop: stop && [...stop] }
  return {
    model: request.model,
    messages: [
      { role: 'system', content: request.system },
      ...(request.conversation?.turns ?? []).map(({ role, text }) => ({ role, content: text })),
      { role: 'user', content: request.prompt },
    ],
    think,
    // By default a prompt that is too long loses its beginning without a word.
    truncate: false,
    // And an answer that fills the window would push the prompt out of it, and go on.
    shift: false,
    ...(keep_alive === undefined ? {} : { keep_alive }),
    options: Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)),
    ...(mode === 'schema' || mode === 'tool' ? { format: output.schema } : {}),
    ...(mode === 'json' ? { format: 'json' } : {}),
    ...(topLogprobs === undefined ? {} : { logprobs: true, top_logprobs: topLogprobs }),
  }
}

interface Answer {
  content: string
  thoughts: string
  /** Of the first line that has any. */
  logprobs: unknown
  /** The arguments of calls of tools, which some models make although they were offered none. */
  calls: unknown[]
  last: ChatResponse | null
}

function readAnswer(open: OpenCall, answer: Answer, { num_ctx }: ChatWindow, isReadout: boolean): CompletionOutcome {
  const { content, thoughts, logprobs, calls, last } = answer
  const written = withoutThinking(open.exchange.redact(content)).trim() || open.exchange.redact(textOfCalls(calls))
  const text = written === '' ? answerInThoughts(open.exchange.redact(thoughts)) : written
  const usage = { input: tokens(last?.prompt_eval_count), output: tokens(last?.eval_count), cached: null }
  const spent = { usage, latencyMs: open.exchange.elapsedMs() }
  // Servers that do not know `shift` go on beyond the window, over the beginning of the prompt: what is written then counts for nothing.
  const used = (usage.input ?? 0) + (usage.output ?? 0)
  if (num_ctx !== undefined && used >= num_ctx) return { ...fail(fullWindow(open, num_ctx, used)), spent }
  const hasThought = thoughts.trim() !== '' || beginsWithThinking(content)
  if (isReadout) {
    const read = readLogprobs(logprobs)
    return succeed({ text: written, ...read, hasThought, ...answeredBy(last?.model, open.context()), ...spent })
  }
  if (last?.done_reason === 'length' && !isWholeJson(text)) {
    if (endsInRepetition(content || thoughts)) return { ...fail(repetitiveAnswer(open.context())), spent }
    return {
      ...fail(invalidResponse('truncated', localizable('it ends before it is complete'), open.context())),
      spent,
    }
  }
  if (text === '') return { ...fail(emptyAnswer(hasThought, open.context())), spent }
  return succeed({ text, hasThought, ...answeredBy(last?.model, open.context()), ...spent })
}

/** Some templates let the whole answer pass for thoughts. Thinking aloud holds drafts, and never counts. */
function answerInThoughts(thoughts: string): string {
  return isWholeJson(thoughts) ? thoughts.trim() : ''
}

function fullWindow(open: OpenCall, window: number, used: number): ReadinessFacts {
  const context = open.context()
  const { provider, model } = context
  return {
    code: 'context_too_long',
    provider,
    model: model ?? '',
    limitTokens: window,
    neededTokens: Math.max(used, window + 1),
    remedy: 'set_window',
    raw: rawCause(context),
  }
}
