import type { ChatRequest, ChatResponse } from 'ollama'
import { succeed } from '../../protocol/outcome.ts'
import { fail } from '../../shared/fail.ts'
import { localizable } from '../../shared/message.ts'
import type { CompletionOutcome, CompletionRequest } from './adapter.ts'
import { asFields } from './errorBody.ts'
import { emptyAnswer, invalidResponse, repetitiveAnswer } from './failureReason.ts'
import { tokens } from './modelFields.ts'
import { ollamaClientOf, reasonOfBrokenStream } from './ollamaClient.ts'
import { readCapabilities } from './ollamaModels.ts'
import type { OpenCall } from './openCall.ts'
import { endsInRepetition, RepetitionWatch } from './repetitionWatch.ts'
import { outputTokens } from './supportedParameters.ts'
import { beginsWithThinking, tokensForThinking, withoutThinking } from './thinking.ts'

type Think = NonNullable<ChatRequest['think']>

/** The server knows `truncate`, its client's types do not yet. */
type Chat = ChatRequest & { truncate: boolean }

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
  const think = cannotThink.has(key) ? false : thinkingOf(request, thinkByDefault)
  const answered = await sendChat(open, request, think)
  if (answered.ok || think === false || open.exchange.facts.status !== 400) return answered
  // Refused while asked to think. Whether that is why has no code; what the model is able to do, the server can say.
  const capabilities = await readCapabilities(open, request.model)
  if (capabilities === null || capabilities.includes('thinking')) return answered
  if (cannotThink.size >= mostRemembered) cannotThink.clear()
  cannotThink.add(key)
  return await sendChat(open, request, false)
}

/** gpt-oss does not listen to yes and no, and can not be kept from thinking: it gets the level that is nearest. */
function thinkingOf({ model, thinking }: CompletionRequest, thinkByDefault: boolean): Think {
  const wanted = thinking ?? thinkByDefault
  if (typeof wanted === 'string' || !/(^|\/)gpt-oss/.test(model)) return wanted
  return wanted ? 'medium' : 'low'
}

async function sendChat(open: OpenCall, request: CompletionRequest, think: Think): Promise<CompletionOutcome> {
  const client = await ollamaClientOf(open)
  try {
    // Streamed always: a model that thinks for long stays alive for the deadlines, and only streams can be aborted.
    const lines = await client.chat({ ...chatRequest(request, think), stream: true })
    const answer = { content: '', thoughts: '', last: null as ChatResponse | null }
    const watch = new RepetitionWatch()
    for await (const line of lines) {
      const message = asFields(line.message)
      const content = typeof message?.content === 'string' ? message.content : ''
      const thoughts = typeof message?.thinking === 'string' ? message.thinking : ''
      answer.content += content
      answer.thoughts += thoughts
      answer.last = line
      if (!watch.add(content || thoughts)) continue
      lines.abort()
      return fail(repetitiveAnswer(open.context()))
    }
    return readAnswer(open, answer)
  } catch (error) {
    return fail(reasonOfBrokenStream(error, open))
  }
}

function chatRequest(request: CompletionRequest, think: Think): Chat {
  const { mode, output, parameters = {} } = request
  const { temperature = 0, top_p, top_k, context_window: num_ctx } = parameters
  const num_predict = outputTokens(request, think === false ? 0 : tokensForThinking)
  const options = { temperature, num_predict, top_p, top_k, num_ctx }
  return {
    model: request.model,
    messages: [
      { role: 'system', content: request.system },
      { role: 'user', content: request.prompt },
    ],
    think,
    // By default a prompt that is too long loses its beginning without a word.
    truncate: false,
    options: Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)),
    ...(mode === 'schema' || mode === 'tool' ? { format: output.schema } : {}),
    ...(mode === 'json' ? { format: 'json' } : {}),
  }
}

function readAnswer(
  open: OpenCall,
  { content, thoughts, last }: { content: string; thoughts: string; last: ChatResponse | null },
): CompletionOutcome {
  const usage = { input: tokens(last?.prompt_eval_count), output: tokens(last?.eval_count), cached: null }
  const latencyMs = open.exchange.elapsedMs()
  const spent = { usage, latencyMs }
  if (last?.done_reason === 'length') {
    if (endsInRepetition(content || thoughts)) return { ...fail(repetitiveAnswer(open.context())), spent }
    return {
      ...fail(invalidResponse('truncated', localizable('it ends before it is complete'), open.context())),
      spent,
    }
  }
  const text = withoutThinking(open.exchange.redact(content)).trim()
  const hasThought = thoughts.trim() !== '' || beginsWithThinking(content)
  if (text === '') return { ...fail(emptyAnswer(hasThought, open.context())), spent }
  return succeed({ text, hasThought, usage, latencyMs })
}
