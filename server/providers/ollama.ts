import type { EmbedRequest } from 'ollama'
import * as z from 'zod'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ConnectionReport } from '../../protocol/providers.ts'
import { fail } from '../../shared/fail.ts'
import { localizable } from '../../shared/message.ts'
import type { CheckFindings, EmbeddingRequest, ProviderAdapter } from './adapter.ts'
import { streamAnswer } from './answerPieces.ts'
import { checkWithoutList } from './checkWithoutList.ts'
import { decideAt } from './decide.ts'
import { decisionLimits } from './decisionLimits.ts'
import { commonEmbeddingParameters, type EmbeddedBatch, embedInBatches } from './embedInBatches.ts'
import { baseUrlField, withPort } from './endpointRules.ts'
import { asFields } from './errorBody.ts'
import { invalidResponse, reasonOfFailure, reasonOfUnusableBody } from './failureReason.ts'
import { keyFields } from './keyRules.ts'
import { asReadout, usualTopLogprobs } from './logprobs.ts'
import { tokens } from './modelFields.ts'
import { completeOllamaChat } from './ollamaChat.ts'
import { ollamaClientOf, reasonOfMidStreamError, reasonOfOllamaStatus } from './ollamaClient.ts'
import { deleteOllamaModel, mostBytesOfPull, pullDeadlines, pullOllamaModel } from './ollamaLibrary.ts'
import { listOllamaModels, readOllamaVersion } from './ollamaModels.ts'
import { type OpenCall, openCall } from './openCall.ts'
import { withSupportedEmbedding, withSupportedParameters } from './supportedParameters.ts'

const modelField = z.string().min(1).max(256).nullable().default(null).meta({ format: 'model' })

const configSchema = z.strictObject({
  base_url: baseUrlField('apart').default('http://localhost').meta({
    title: 'Base URL',
    description:
      'The machine that runs Ollama, without the port. localhost is the machine that runs the LLM Providers server.',
  }),
  port: z.int().min(1).max(65_535).default(11_434).meta({ title: 'Port', description: '11434 unless you changed it.' }),
  categorization_model: modelField.meta({
    title: 'Model',
    description: 'The tasks that go to this provider use it. Saving another one changes their routes.',
  }),
  scoring_model: modelField.meta({
    title: 'Model for scoring',
    description: 'With separate models, scoring uses it instead.',
  }),
  use_separate_models: z.boolean().default(false).meta({
    title: 'Separate models',
    description: 'Use the scoring model for scoring instead of the one above.',
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
  description: 'Models on your own machine or server. Cloud models are marked: texts for them leave it.',
  configSchema,
  liteLlm: { generation: 'ollama_chat', embedding: 'ollama' },
  key: { need: 'optional', customaryVariable: 'OLLAMA_API_KEY', obtainAt: 'https://ollama.com/settings/keys' },
  defaultEndpoint: 'http://localhost:11434',
  // It answers few at a time and lets the others wait, which looks like a server that is slow.
  mostConcurrency: 4,
  localServer: 'ollama',
  capabilities: {
    embeddings: true,
    outputModes: ['schema', 'json', 'text'],
    stops: true,
    topLogprobs: usualTopLogprobs,
    generationParameters: [
      'context_window',
      'max_output_tokens',
      'temperature',
      'top_p',
      'top_k',
      'timeout_seconds',
      'thinking',
    ],
    embeddingParameters: ['dimensions', 'max_tokens', ...commonEmbeddingParameters],
  },
  endpoint: (config) => withPort(config.base_url, config.port),
  defaultModel: (config, task) =>
    (task === 'scoring' && config.use_separate_models ? config.scoring_model : null) ?? config.categorization_model,

  isSameModel: (wanted, listed) => wholeName(wanted) === wholeName(listed),

  async check(call) {
    const open = openCall(this, call, null)
    if (!open.ok) return open
    const listed = await listOllamaModels(open.value)
    if (!listed.ok) {
      return await checkWithoutList(listed.reason, {
        listed: open.value,
        open: () => openCall(this, call, null),
        url: ({ endpoint }) => `${endpoint}/api/chat`,
        rules: reasonOfOllamaStatus,
      })
    }
    const version = await readOllamaVersion(open.value)
    if (!version.ok) return version
    const { models, isPartial } = listed.value
    const findings = { version: version.value, models, method: 'listed the models (no cost)' }
    return succeed(isPartial ? { ...findings, isListPartial: true } : findings)
  },

  async listModels(call) {
    const open = openCall(this, call, null)
    if (!open.ok) return open
    const listed = await listOllamaModels(open.value)
    return listed.ok ? succeed(listed.value.models) : listed
  },

  async complete(call, asked) {
    const request = asReadout(withSupportedParameters(asked, this.capabilities))
    const open = openCall(this, call, request.model, { timeoutSeconds: request.parameters?.timeout_seconds })
    return open.ok ? await completeOllamaChat(open.value, request, call.config.thinking) : open
  },

  stream(call, asked) {
    return streamAnswer(asked, (request) => this.complete(call, request))
  },

  async decide(call, request) {
    const open = openCall(this, call, request.model, { timeoutSeconds: request.parameters?.timeout_seconds })
    if (!open.ok) return open
    const url = `${open.value.endpoint}/v1/systemone`
    return await decideAt(open.value, request, {
      ...{ url, dialect: 'systemone', since: 'Ollama 0.35' },
      ...{ limits: decisionLimits.ollama, rules: reasonOfOllamaStatus },
    })
  },

  decisionLimits: () => decisionLimits.ollama,

  async embed(call, asked) {
    const request = withSupportedEmbedding(asked, this.capabilities)
    const timeoutSeconds = request.parameters.timeout_seconds
    return await embedInBatches(request, {
      // The server sets no limit; this keeps cancelling and progress fine-grained.
      mostTexts: 64,
      open: () => openCall(this, call, request.model, { timeoutSeconds }),
      send: (open, texts) => embedOverOllama(open, texts, request),
    })
  },

  async pull(call, model, onStep) {
    const options = { deadlines: pullDeadlines, maxResponseBytes: mostBytesOfPull }
    const open = openCall(this, call, model, options)
    return open.ok ? await pullOllamaModel(open.value, model, onStep) : open
  },

  offerPull: offerDecider,

  async deleteModel(call, model) {
    const open = openCall(this, call, model)
    return open.ok ? await deleteOllamaModel(open.value, model) : open
  },
}

/** The smallest of its library that decides, of 0.35 on (facts/decision-models.md §3 and §5). A build from source says 0.0.0. */
function offerDecider({ version, models }: Pick<CheckFindings, 'version' | 'models'>): ConnectionReport['pullOffer'] {
  const [, major = '', minor = ''] = /^(\d+)\.(\d+)\./.exec(version ?? '') ?? []
  const isOldest = major === '0' && minor !== '0' && Number(minor) < 35
  if (major === '' || isOldest || models.some(({ decisions }) => decisions !== undefined)) return undefined
  return { model: 'd1-omni:600m', parameterSize: '587M', licence: 'LFM Open License' }
}

/** As the server reads a name: without case, at its own library, and tagged `latest` where it has no tag. */
function wholeName(model: string): string {
  const name = model
    .toLowerCase()
    .replace(/^https?:\/\//, '')
    .replace(/^registry\.ollama\.ai\//, '')
    .replace(/^library\//, '')
  return /:[^/]*$/.test(name) ? name : `${name}:latest`
}

/** One call for vectors. What is too long is refused rather than cut without a word. */
async function embedOverOllama(
  open: OpenCall,
  texts: readonly string[],
  { model, parameters }: EmbeddingRequest,
): Promise<Outcome<EmbeddedBatch>> {
  const client = await ollamaClientOf(open)
  const { dimensions, max_tokens } = parameters
  const body: EmbedRequest = {
    model,
    input: [...texts],
    truncate: false,
    ...(dimensions === undefined ? {} : { dimensions }),
    ...(max_tokens === undefined ? {} : { options: { num_ctx: max_tokens } }),
  }
  try {
    const answer: unknown = await client.embed(body)
    const unusable = reasonOfUnusableBody(open.context())
    if (unusable !== null) return fail(unusable)
    const fields = asFields(answer)
    if (fields?.error != null) return fail(reasonOfMidStreamError(fields.error, open.context()))
    const vectors = fields?.embeddings
    if (!Array.isArray(vectors))
      return fail(invalidResponse('schema', localizable('it holds no vectors'), open.context()))
    const usage = { input: tokens(fields?.prompt_eval_count), output: 0, cached: null }
    return succeed({ vectors, usage })
  } catch (error) {
    return fail(reasonOfFailure(error, open.context(), reasonOfOllamaStatus))
  }
}
