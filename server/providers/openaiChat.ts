import type OpenAI from 'openai'
import { assertNever } from '../../protocol/names.ts'
import type { Outcome } from '../../protocol/outcome.ts'
import { fail } from '../../shared/fail.ts'
import type { CompletionOutcome, CompletionRequest } from './adapter.ts'
import { type AnswerPieces, answerPieces } from './answerPieces.ts'
import { bodyBytes, recurringText, recurringValue } from './bodyJson.ts'
import { readErrorBody } from './errorBody.ts'
import { withExtraBody } from './extraBody.ts'
import { reasonOfUnusableBody, type StatusRules } from './failureReason.ts'
import { readAnswer } from './openaiChatAnswer.ts'
import { readChatBody, reasonOfBrokenAnswer } from './openaiChatBody.ts'
import {
  beyondOurDeadlinesMs,
  type CallRouting,
  keyIsAddedLater,
  type OpenCall,
  rememberClients,
  sharedFetch,
} from './openCall.ts'
import { afterRefusal, withoutRefused } from './refusedParameters.ts'
import { plainTerms, restateSchema, type SchemaTerms } from './schemaTerms.ts'
import { reasonOfStatus } from './statusReason.ts'
import { outputTokens } from './supportedParameters.ts'

/** How one server or model wants its chat completions asked. */
export interface ChatDialect {
  stream: boolean
  tokenLimit: 'max_completion_tokens' | 'max_tokens'
  systemRole: 'system' | 'developer'
  /** Whether it takes temperature and top_p; models that reason often refuse them. */
  takesSampling: boolean
  reasoningEffort?: OpenAI.ReasoningEffort | undefined
  /** Tokens for thinking, on top of what the answer itself may take. */
  thinkingTokens: number
  /** OpenAI's promise to hold to the schema; other servers may not know the word. */
  strict: boolean
  /** Where the schema of an answer stands. */
  schemaIn: 'json_schema' | 'json_object'
  /** What it knows of JSON schema. */
  terms: SchemaTerms
  /** What only this API knows. */
  extra?: Readonly<Record<string, unknown>>
}

/** The oldest names of everything: servers that know the newer ones still take these. */
export const plainDialect: ChatDialect = {
  stream: false,
  tokenLimit: 'max_tokens',
  systemRole: 'system',
  takesSampling: true,
  thinkingTokens: 0,
  strict: true,
  schemaIn: 'json_schema',
  terms: plainTerms,
}

/** Leads calls that begin alike to where that is cached. Only for APIs that know the field. */
export function cacheField({ cacheKey }: CompletionRequest): Readonly<Record<string, unknown>> {
  return cacheKey === undefined ? {} : { prompt_cache_key: cacheKey }
}

/** `stream` only where it is wanted. */
type ChatParameters = Omit<OpenAI.ChatCompletionCreateParams, 'stream'> & { stream?: boolean }

function chatRequest(request: CompletionRequest, dialect: ChatDialect): ChatParameters {
  return {
    model: request.model,
    messages: [
      { role: dialect.systemRole, content: recurringText(request.system) },
      ...turnsOf(request),
      { role: 'user', content: promptOf(request) },
    ],
    [dialect.tokenLimit]: outputTokens(request, dialect.thinkingTokens),
    ...samplingOf(request, dialect),
    ...(dialect.reasoningEffort === undefined ? {} : { reasoning_effort: dialect.reasoningEffort }),
    ...(dialect.stream ? { stream: true, stream_options: { include_usage: true } } : {}),
    ...outputParameters(request, dialect),
    ...(request.stop === undefined ? {} : { stop: [...request.stop] }),
    ...logprobsOf(request),
    ...dialect.extra,
  }
}

function logprobsOf({ topLogprobs, labelLogprobs }: CompletionRequest): Partial<ChatParameters> {
  const wanted = topLogprobs ?? labelLogprobs
  return wanted === undefined ? {} : { logprobs: true, top_logprobs: wanted }
}

/** Assistants' words go without the parts that only answers have. */
function turnsOf({ conversation }: CompletionRequest): { role: 'user' | 'assistant'; content: string }[] {
  return (conversation?.turns ?? []).map(({ role, text }) => ({ role, content: text }))
}

function samplingOf({ parameters = {} }: CompletionRequest, { takesSampling }: ChatDialect): Record<string, number> {
  const { temperature = 0, top_p, top_k } = parameters
  return {
    ...(takesSampling ? { temperature } : {}),
    ...(takesSampling && top_p !== undefined ? { top_p } : {}),
    ...(top_k === undefined ? {} : { top_k }),
  }
}

/** JSON mode is refused, or runs on without an end, unless the word stands in the messages. */
function promptOf({ mode, system, prompt }: CompletionRequest): string {
  return mode !== 'json' || /json/i.test(system + prompt) ? prompt : `${prompt}\n\nAnswer in JSON.`
}

function outputParameters({ mode, output }: CompletionRequest, dialect: ChatDialect): Partial<ChatParameters> {
  const { name } = output
  const schema = recurringValue(restateSchema(output.schema, dialect.terms))
  const strict = dialect.strict ? { strict: true } : {}
  switch (mode) {
    case 'schema': {
      const inObject = { type: 'json_object' as const, schema }
      const asSchema = { type: 'json_schema' as const, json_schema: { name, schema, ...strict } }
      return { response_format: dialect.schemaIn === 'json_object' ? inObject : asSchema }
    }
    case 'tool':
      return {
        tools: [{ type: 'function', function: { name, parameters: schema, ...strict } }],
        tool_choice: { type: 'function', function: { name } },
      }
    case 'json':
      return { response_format: { type: 'json_object' } }
    case 'text':
      return {}
    default:
      return assertNever(mode)
  }
}

export interface ChatOptions {
  dialect: ChatDialect
  /** Absent: at the endpoint itself. */
  place?: SdkPlace | undefined
  rules?: StatusRules | undefined
}

/** Fields that a model may refuse one after the other. */
const mostRefusals = 4

/** Completes over a chat completions API. The dialect is what differs between the many servers that speak it. */
export async function completeChat(
  open: OpenCall,
  request: CompletionRequest,
  options: ChatOptions,
): Promise<CompletionOutcome> {
  const { place = { baseUrl: open.endpoint }, rules = reasonOfStatus } = options
  // One token has no pieces, and no room for thoughts.
  const isReadout = request.topLogprobs !== undefined
  const asked = request.conversation ? { ...options.dialect, stream: true } : options.dialect
  const dialect = isReadout ? { ...asked, stream: false, thinkingTokens: 0 } : asked
  const pieces = answerPieces(request, open)
  const key = `${place.baseUrl} ${request.model}`
  let body = withoutRefused(key, withExtraBody(chatRequest(request, dialect), request))
  for (let refusals = 0; ; refusals++) {
    const outcome = await sendChat(open, body, { place, rules, pieces, isReadout })
    const { facts } = open.exchange
    if (outcome.ok || refusals >= mostRefusals) return outcome
    const next = afterRefusal(key, body, facts.status, readErrorBody(facts))
    if (next === null) return outcome
    body = next
  }
}

async function sendChat(
  open: OpenCall,
  { stream = false, ...body }: ChatParameters,
  {
    place,
    rules,
    pieces,
    isReadout,
  }: { place: SdkPlace; rules: StatusRules; pieces: AnswerPieces | null; isReadout: boolean },
): Promise<CompletionOutcome> {
  const { completions } = (await openaiClientOf(place.baseUrl)).chat
  try {
    // The answer is read here, however it comes: what it is wrapped in need not be what was asked for.
    const response = await completions.create({ ...body, stream }, through(open, place)).asResponse()
    return readOutcome(await readChatBody(response, open, pieces), open, rules, isReadout)
  } catch (error) {
    return fail(reasonOfBrokenAnswer(error, open, rules))
  }
}

/** Looked at even on success: a web page, or nothing at all, comes with 200, too. */
function readOutcome(
  answer: Outcome<unknown>,
  open: OpenCall,
  rules: StatusRules,
  isReadout: boolean,
): CompletionOutcome {
  const unusable = reasonOfUnusableBody(open.context())
  if (unusable) return fail(unusable)
  return answer.ok ? readAnswer(answer.value, open, rules, isReadout) : answer
}

/** Where an API of this family is. `query` goes with every request. */
export interface SdkPlace {
  baseUrl: string
  query?: Record<string, string>
}

/** The one place that loads the OpenAI SDK. Everything explicit: what is left out, the SDK takes from stray variables. */
export const openaiClientOf = rememberClients(async (baseURL) => {
  const { OpenAI: Sdk } = await import('openai')
  const Client = withoutDetours(Sdk)
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

/** Hands the call's exchange through the SDK to its `fetch`. */
export function through({ exchange }: OpenCall, { query }: Pick<SdkPlace, 'query'> = {}) {
  return { fetchOptions: { exchange } as object, ...(query ? { query } : {}) }
}

const ofJson = { accept: 'application/json', 'content-type': 'application/json' }

/**
 * The SDK with its own hooks set to what a call of ours is: JSON posted to one address, answered whole. The transport has its headers,
 * deadlines and abort; those that the SDK makes for each request cost four times as much as everything else that it does.
 */
function withoutDetours(Sdk: typeof OpenAI): typeof OpenAI {
  return class extends Sdk {
    readonly #headers = new Headers(ofJson)

    override async buildRequest(...request: Parameters<OpenAI['buildRequest']>) {
      const [{ method, path, query, body, stream, headers, fetchOptions }] = request
      const isPlain = method === 'post' && stream !== true && headers === undefined && isFields(body)
      if (!isPlain) return await super.buildRequest(...request)
      const url = query ? this.buildURL(path, query as Record<string, unknown>) : `${this.baseURL}${path}`
      const req = { method, headers: this.#headers, body: bodyBytes(body), ...(fetchOptions as object) }
      return { req, url, timeout: this.timeout }
    }

    override async fetchWithTimeout(...request: Parameters<OpenAI['fetchWithTimeout']>) {
      const [url, init] = request
      if (init?.headers !== this.#headers) return await super.fetchWithTimeout(...request)
      const { exchange, body } = init as RequestInit & CallRouting
      return await exchange.fetch(url, { method: 'POST', headers: ofJson, body: body ?? null })
    }
  }
}

function isFields(body: unknown): boolean {
  return typeof body === 'object' && body !== null && Object.getPrototypeOf(body) === Object.prototype
}
