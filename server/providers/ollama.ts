import type { ChatRequest, ChatResponse, Ollama } from 'ollama'
import * as z from 'zod'
import { fail, type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ModelInfo } from '../../protocol/providers.ts'
import type { CompletionRequest, ProviderAdapter } from './adapter.ts'
import { baseUrlField, withPort } from './endpointRules.ts'
import { asFields } from './errorBody.ts'
import { invalidResponse, reasonOfFailure, reasonOfUnusableBody } from './failureReason.ts'
import { keyFields } from './keyRules.ts'
import { BrokenLineError, withWholeLines } from './ollamaLines.ts'
import { reasonOfMidStreamError, reasonOfOllamaStatus } from './ollamaReason.ts'
import { type OpenCall, openCall } from './openCall.ts'
import { withoutThinking } from './thinking.ts'
import { tokens } from './usage.ts'

const modelField = z.string().min(1).max(256).nullable().default(null)

const configSchema = z.strictObject({
  base_url: baseUrlField('apart').default('http://localhost').meta({
    title: 'Base URL',
    description:
      'The machine that Ollama runs on, without the port. localhost is where the server of LLM Providers runs.',
  }),
  port: z.int().min(1).max(65_535).default(11_434).meta({ title: 'Port', description: '11434 unless you changed it.' }),
  categorization_model: modelField.meta({ title: 'Model', description: 'Used where the route names none.' }),
  scoring_model: modelField.meta({
    title: 'Model for scoring',
    description: 'Used for scoring where the route names none, if separate models are on.',
  }),
  use_separate_models: z.boolean().default(false).meta({
    title: 'Separate models',
    description: 'Score with the model for scoring instead of the one above.',
  }),
  thinking: z.boolean().default(false).meta({
    title: 'Thinking',
    description: 'Let models think before they answer. Slower; some models cannot.',
  }),
  ...keyFields,
})

type Config = z.infer<typeof configSchema>

export const ollamaAdapter: ProviderAdapter<Config> & { endpoint(config: Config): string } = {
  kind: 'ollama',
  label: 'Ollama',
  description: 'Models on your own machine, or on one that you run. Cloud models leave it; the list marks them.',
  configSchema,
  key: { need: 'optional', customaryVariable: 'OLLAMA_API_KEY', obtainAt: 'https://ollama.com/settings/keys' },
  defaultEndpoint: 'http://localhost:11434',
  capabilities: { embeddings: true, outputModes: ['schema', 'json', 'text'] },
  endpoint: (config) => withPort(config.base_url, config.port),
  defaultModel: (config, task) =>
    (task === 'scoring' && config.use_separate_models ? config.scoring_model : null) ?? config.categorization_model,

  // A name without a tag means the tag `latest`, and the list always shows the tag.
  isSameModel: (wanted, listed) => `${wanted}:latest` === listed || wanted === `${listed}:latest`,

  async check(call) {
    const models = await this.listModels(call)
    if (!models.ok) return models
    const open = openCall(this, call, null)
    if (!open.ok) return open
    const version = await readVersion(open.value)
    return version.ok
      ? succeed({ version: version.value, models: models.value, method: 'listed the models (no cost)' })
      : version
  },

  async listModels(call) {
    const open = openCall(this, call, null)
    return open.ok ? await listModels(open.value) : open
  },

  async complete(call, request) {
    const open = openCall(this, call, request.model)
    if (!open.ok) return open
    const client = await clientOf(open.value)
    try {
      // Streamed always: a model that thinks for long stays alive for the deadlines, and only streams can be aborted.
      const lines = await client.chat({ ...chatRequest(request, call.config), stream: true })
      const answer = { content: '', last: null as ChatResponse | null }
      for await (const line of lines) {
        answer.content += asFields(line.message)?.content ?? ''
        answer.last = line
      }
      return readAnswer(open.value, answer)
    } catch (error) {
      return fail(reasonOfChatError(error, open.value))
    }
  },
}

/** The one place that loads the Ollama SDK. A client costs nothing, so each call has its own. */
async function clientOf({ endpoint, exchange }: OpenCall): Promise<Ollama> {
  const { Ollama: Client } = await import('ollama')
  return new Client({ host: endpoint, fetch: withWholeLines(exchange.fetch) })
}

async function listModels(open: OpenCall): Promise<Outcome<ModelInfo[]>> {
  const client = await clientOf(open)
  try {
    const list: unknown = await client.list()
    const unusable = reasonOfUnusableBody(open.context())
    if (unusable !== null) return fail(unusable)
    const fields = asFields(list)
    if (fields?.error != null) return fail(reasonOfMidStreamError(fields.error, open.context()))
    if (!Array.isArray(fields?.models)) {
      return fail(invalidResponse('not_the_api', 'it is no list of models', open.context()))
    }
    return succeed(fields.models.flatMap(readModel))
  } catch (error) {
    return fail(reasonOfFailure(error, open.context(), reasonOfOllamaStatus))
  }
}

/** A server that lists models but hides its version is no failure: proxies let through what they know. */
async function readVersion(open: OpenCall): Promise<Outcome<string | null>> {
  const client = await clientOf(open)
  try {
    const { version }: { version?: unknown } = await client.version()
    return succeed(typeof version === 'string' ? version.slice(0, 100) : null)
  } catch (error) {
    const { facts } = open.exchange
    if (facts.failure?.kind === 'cancelled') return fail(reasonOfFailure(error, open.context(), reasonOfOllamaStatus))
    return succeed(null)
  }
}

function readModel(entry: unknown): ModelInfo[] {
  const model = asFields(entry)
  const name = model?.model ?? model?.name
  if (model === null || typeof name !== 'string' || name === '' || name.length > 256) return []
  const details = asFields(model.details)
  const capabilities = Array.isArray(model.capabilities) ? model.capabilities : null
  const context = details?.context_length
  const info: ModelInfo = { model: name }
  if (capabilities) info.type = capabilities.includes('completion') ? 'generation' : 'embedding'
  if (typeof model.size === 'number' && model.size >= 0) info.sizeBytes = model.size
  if (typeof context === 'number' && Number.isInteger(context) && context > 0) info.contextTokens = context
  // Such a model is listed by the local server, and runs in Ollama's cloud.
  info.leavesMachine = typeof model.remote_host === 'string' && model.remote_host !== ''
  return [info]
}

/** The server knows `truncate`, its client's types do not yet. */
type Chat = ChatRequest & { truncate: boolean }

function chatRequest(request: CompletionRequest, config: Config): Chat {
  const think = request.thinking ?? config.thinking
  const { mode, output } = request
  return {
    model: request.model,
    messages: [
      { role: 'system', content: request.system },
      { role: 'user', content: request.prompt },
    ],
    think,
    // By default a prompt that is too long loses its beginning without a word.
    truncate: false,
    options: { temperature: 0, num_predict: request.maxOutputTokens + (think ? 16_384 : 0) },
    ...(mode === 'schema' || mode === 'tool' ? { format: output.schema } : {}),
    ...(mode === 'json' ? { format: 'json' } : {}),
  }
}

function readAnswer(open: OpenCall, answer: { content: string; last: ChatResponse | null }) {
  const { content, last } = answer
  if (last?.done_reason === 'length') {
    return fail(invalidResponse('truncated', 'it ends before it is complete', open.context()))
  }
  const text = withoutThinking(open.exchange.redact(content)).trim()
  if (text === '') return fail(invalidResponse('empty', 'its text is empty', open.context()))
  const usage = { input: tokens(last?.prompt_eval_count), output: tokens(last?.eval_count), cached: null }
  return succeed({ text, usage, latencyMs: open.exchange.elapsedMs() })
}

/** What breaks a stream has no code: neither a line with an error in it nor its end comes as more than an Error. */
function reasonOfChatError(error: unknown, open: OpenCall) {
  const context = open.context()
  const { facts } = open.exchange
  if (facts.failure !== null || facts.status === null || facts.status > 299) {
    return reasonOfFailure(error, context, reasonOfOllamaStatus)
  }
  const unusable = reasonOfUnusableBody(context)
  if (unusable !== null) return unusable
  if (error instanceof BrokenLineError) {
    if (error.said !== undefined) return reasonOfMidStreamError(error.said, context)
    return invalidResponse(error.isLast ? 'truncated' : 'not_json', 'a line of it is not complete JSON', context)
  }
  return invalidResponse('truncated', 'it ends before it says that it is complete', context)
}
