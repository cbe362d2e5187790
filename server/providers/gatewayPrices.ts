import type { ModelInfo } from '../../protocol/providers.ts'
import { decisionLimits } from './decisionLimits.ts'
import { asFields, type Fields, parseJson } from './errorBody.ts'
import { costOf, countOf, decidingInfo } from './modelFields.ts'
import type { OpenCall } from './openCall.ts'
import { headerText, type ResponseHeaders } from './retryAfter.ts'

/** LiteLLM writes the same instant beside each model of its list, and has no header that tells it. */
const litellmCreated = 1_677_610_602

export interface GatewayList {
  models: ModelInfo[]
  /** True: the gateway has routes with a wildcard, whose models are in no list. */
  isPartial: boolean
}

/**
 * A LiteLLM's list with what it knows of each model besides: prices, limits, and whether there are wildcards. The list itself was read
 * by the same call before. Both questions are free and never reach a backend; where one is refused, the list stays as it is.
 */
export async function withGatewayFacts(open: OpenCall, models: ModelInfo[]): Promise<GatewayList> {
  if (!isLitellmList(listIn(open))) return { models, isPartial: false }
  const root = open.endpoint.replace(/\/v1$/, '')
  const groups = await readList(open, `${root}/model_group/info`)
  const routes = await readList(open, `${root}/v1/models?return_wildcard_routes=true`)
  const byName = new Map(groups.map((group) => [group.model_group, group]))
  const isPartial = [...routes.map(({ id }) => id), ...byName.keys()].some(
    (name) => typeof name === 'string' && name.includes('*'),
  )
  return { models: models.map((info) => ({ ...info, ...factsOf(byName.get(info.model)) })), isPartial }
}

function isLitellmList(entries: readonly Fields[]): boolean {
  return entries.length > 0 && entries.every(({ created }) => created === litellmCreated)
}

function factsOf(group: Fields | undefined): Partial<ModelInfo> {
  if (group === undefined) return {}
  const context = countOf(group.max_input_tokens)
  const pricing = pricingOf(group.input_cost_per_token, group.output_cost_per_token)
  const decides = group.mode === 'evaluation'
  return {
    ...(context === undefined ? {} : { contextTokens: context }),
    ...(pricing === null ? {} : { pricing }),
    ...decidingInfo({ writes: false, decides }, decisionLimits.litellm, context),
  }
}

/** A group without a price has none or two zeros: what it costs is not known then. */
function pricingOf(input: unknown, output: unknown): ModelInfo['pricing'] | null {
  if (!isPrice(input) || !isPrice(output) || input + output === 0) return null
  const perMillion = (price: number) => Number((price * 1e6).toPrecision(12))
  return { input: perMillion(input), output: perMillion(output) }
}

function isPrice(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value < 1
}

async function readList(open: OpenCall, url: string): Promise<Fields[]> {
  const response = await open.exchange.fetch(url, { headers: { accept: 'application/json' } }).catch(() => null)
  return response?.ok ? listIn(open) : []
}

/** The entries of the list that was answered last. */
function listIn({ exchange }: OpenCall): Fields[] {
  const data = asFields(parseJson(exchange.facts.body?.toString() ?? ''))?.data
  return Array.isArray(data) ? data.map(asFields).filter((entry) => entry !== null) : []
}

/**
 * What a gateway says in its headers that an answer cost: LiteLLM on all that is not streamed, and only where it knows a price. Never
 * the parts of it (`-original` and the like), which are 0 for models without one.
 */
export function costInHeaders(headers: ResponseHeaders): { costUsd?: number } {
  const text = headerText(headers, 'x-litellm-response-cost')
  return text !== null && /^\d+(\.\d+)?(e-?\d+)?$/i.test(text) ? costOf(Number(text)) : {}
}
