import type OpenAI from 'openai'
import type { Outcome } from '../../protocol/outcome.ts'
import { fail, succeed } from '../../protocol/outcome.ts'
import type { ModelInfo } from '../../protocol/providers.ts'
import type { Completion, CompletionRequest } from './adapter.ts'
import { asFields, parseJson } from './errorBody.ts'
import { invalidResponse, reasonOfFailure, reasonOfUnusableBody, type StatusRules } from './failureReason.ts'
import { collectStream, readAnswer, reasonOfReportedError } from './openaiChatAnswer.ts'
import { type ChatDialect, chatRequest } from './openaiChatRequest.ts'
import type { OpenCall } from './openCall.ts'
import { beyondOurDeadlinesMs, keyIsAddedLater, rememberClients, sharedFetch } from './sdkFetch.ts'
import { reasonOfStatus } from './statusReason.ts'

/** The one place that loads the OpenAI SDK. Everything explicit: what is left out, the SDK takes from stray variables. */
const clientOf = rememberClients(async (baseURL) => {
  const { OpenAI: Client } = await import('openai')
  return new Client({
    baseURL,
    apiKey: keyIsAddedLater,
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    maxRetries: 0,
    timeout: beyondOurDeadlinesMs,
    logLevel: 'off',
    fetch: sharedFetch,
  })
})

const through = ({ exchange }: OpenCall) => ({ fetchOptions: { exchange } as object })

/** Completes over a chat completions API. `dialect` is what differs between the many servers that speak it. */
export async function completeChat(
  open: OpenCall,
  request: CompletionRequest,
  dialect: ChatDialect,
  rules: StatusRules = reasonOfStatus,
): Promise<Outcome<Completion>> {
  const client = await clientOf(open.endpoint)
  const body = chatRequest(request, dialect)
  try {
    const answer = dialect.stream
      ? await collectStream(
          await client.chat.completions.create({ ...body, stream: true }, through(open)),
          open.exchange,
        )
      : await client.chat.completions.create({ ...body, stream: false }, through(open))
    // Looked at even on success: for a web page the SDK gives a string, for an empty body nothing at all.
    const unusable = reasonOfUnusableBody(open.context())
    return unusable ? fail(unusable) : readAnswer(answer, open, rules)
  } catch (error) {
    const context = open.context()
    const said = reportedInStream(error, open)
    return fail(said === null ? reasonOfFailure(error, context, rules) : reasonOfReportedError(said, context, rules))
  }
}

/** An error event within a stream: the SDK throws it with what the server said in its field `error`. */
function reportedInStream(error: unknown, { exchange }: OpenCall): { error: unknown } | null {
  const { failure, bodyKind } = exchange.facts
  if (failure !== null || bodyKind !== 'stream') return null
  return error instanceof Error && 'error' in error && error.error != null ? { error: error.error } : null
}

/** Reads one entry of a model list; null leaves it out. */
export type ReadModel = (model: OpenAI.Model) => ModelInfo | null

export async function listChatModels(
  open: OpenCall,
  readModel: ReadModel,
  rules: StatusRules = reasonOfStatus,
): Promise<Outcome<ModelInfo[]>> {
  const client = await clientOf(open.endpoint)
  try {
    await client.models.list(through(open))
  } catch (error) {
    const { failure, status } = open.exchange.facts
    // The SDK's pages accept only one shape of list; what counts is the body itself.
    if (failure !== null || status === null || status > 299) return fail(reasonOfFailure(error, open.context(), rules))
  }
  const unusable = reasonOfUnusableBody(open.context())
  return unusable ? fail(unusable) : readList(open, readModel)
}

/** `{data: […]}` as OpenAI has it, or the bare array that some servers send. */
function readList(open: OpenCall, readModel: ReadModel): Outcome<ModelInfo[]> {
  const body = parseJson(open.exchange.facts.body?.toString() ?? '')
  if (body === null) return fail(invalidResponse('not_json', 'it is not valid JSON', open.context()))
  const data = Array.isArray(body) ? body : asFields(body)?.data
  if (!Array.isArray(data)) {
    const isError = asFields(body)?.error != null
    const detail = isError ? 'it reports an error with a status of success' : 'it is no list of models'
    return fail(invalidResponse(isError ? 'error_body' : 'not_the_api', detail, open.context()))
  }
  const models = data.filter((model) => isModelId(asFields(model)?.id)).map((model) => readModel(model as OpenAI.Model))
  return succeed(models.filter((model) => model !== null))
}

function isModelId(id: unknown): id is string {
  return typeof id === 'string' && id !== '' && id.length <= 256
}
