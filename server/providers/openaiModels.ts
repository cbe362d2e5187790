import type { Outcome } from '../../protocol/outcome.ts'
import { succeed } from '../../protocol/outcome.ts'
import type { ModelInfo } from '../../protocol/providers.ts'
import { fail } from '../../shared/fail.ts'
import { localizable } from '../../shared/message.ts'
import { asFields, type Fields } from './errorBody.ts'
import {
  invalidResponse,
  reasonOfFailure,
  reasonOfUnusableBody,
  reportedError,
  type StatusRules,
} from './failureReason.ts'
import { isModelId } from './modelFields.ts'
import { openaiClientOf, type SdkPlace, through } from './openaiChat.ts'
import { type OpenCall, readWholeJson } from './openCall.ts'
import { reasonOfStatus } from './statusReason.ts'

/** Reads one entry of a model list; null leaves it out. Nothing but the id is known to be as typed. */
export type ReadModel = (model: Fields & { id: string }) => ModelInfo | null

/** What a list of models says. */
export interface ModelListing {
  models: ModelInfo[]
  /** True: there are more than it shows, so that a missing name means nothing. */
  isPartial?: boolean
}

export interface ModelListOptions {
  readModel: ReadModel
  place?: SdkPlace | undefined
  rules?: StatusRules | undefined
}

/** A list that goes on is asked for so many pages. */
const mostPages = 20
const mostModels = 50_000

export async function listChatModels(open: OpenCall, options: ModelListOptions): Promise<Outcome<ModelListing>> {
  const models = new Map<string, ModelInfo>()
  let isPartial = false
  let after: string | null = null
  for (let page = 0; page < mostPages; page++) {
    const read = await readPage(open, options, after)
    // The first page stands, whatever becomes of those after it; only that the list is not whole is known then.
    if (!read.ok) return page === 0 || read.reason.code === 'cancelled' ? read : succeed(listing(models, true))
    const known = models.size
    for (const model of read.value.models) if (!models.has(model.model)) models.set(model.model, model)
    isPartial ||= read.value.isPartial === true
    after = pageAfter(open)
    if (after === null) return succeed(listing(models, isPartial))
    // The same page once more: it does not know how to go on.
    if (models.size === known || models.size > mostModels) break
  }
  return succeed(listing(models, true))
}

function listing(models: ReadonlyMap<string, ModelInfo>, isPartial: boolean): ModelListing {
  return isPartial ? { models: [...models.values()], isPartial } : { models: [...models.values()] }
}

async function readPage(
  open: OpenCall,
  { readModel, place = { baseUrl: open.endpoint }, rules = reasonOfStatus }: ModelListOptions,
  after: string | null,
): Promise<Outcome<ModelListing>> {
  const query = after === null ? place.query : { ...place.query, after }
  const client = await openaiClientOf(place.baseUrl)
  try {
    await client.models.list(through(open, { ...(query ? { query } : {}) }))
  } catch (error) {
    const { failure, status } = open.exchange.facts
    // The SDK's pages accept only one shape of list; what counts is the body itself.
    if (failure !== null || status === null || status > 299) return fail(reasonOfFailure(error, open.context(), rules))
  }
  const unusable = reasonOfUnusableBody(open.context())
  return unusable ? fail(unusable) : readModelList(open, readModel)
}

/** The name after which the list goes on; null: it is whole. */
function pageAfter(open: OpenCall): string | null {
  const body = readWholeJson(open)
  const page = body.ok ? asFields(body.value) : null
  return page?.has_more === true && typeof page.last_id === 'string' && page.last_id !== '' ? page.last_id : null
}

/**
 * `{data: […]}` as OpenAI has it, or one of its relatives: the bare array, `models` for `data`, names instead of entries, nothing at all.
 * An empty list and one with patterns (`openai/*`) say nothing of what else is there.
 */
export function readModelList(open: OpenCall, readModel: ReadModel): Outcome<ModelListing> {
  const body = readWholeJson(open)
  if (!body.ok) return body
  const entries = entriesOf(body.value)
  if (entries === null) return fail(noList(open, body.value))
  const named = entries.map(withId).filter((entry) => entry !== null)
  const whole = named.filter(({ id }) => !id.includes('*'))
  const models = whole.map(readModel).filter((model) => model !== null)
  const saysMore = asFields(body.value)?.has_more === true && pageAfter(open) === null
  return succeed(
    whole.length < named.length || named.length === 0 || saysMore ? { models, isPartial: true } : { models },
  )
}

/** The entries of a list in any of these forms; null: it is no list. */
export function entriesOf(body: unknown): readonly unknown[] | null {
  if (Array.isArray(body)) return body
  const fields = asFields(body)
  if (fields === null || fields.error != null) return null
  for (const name of ['data', 'models', 'result', 'results', 'items']) {
    const entries = fields[name]
    if (Array.isArray(entries)) return entries
    // By name, as some gateways have it.
    const byName = Object.entries(asFields(entries) ?? {})
    const isMap = byName.length > 0 && byName.every(([, entry]) => asFields(entry) !== null)
    if (isMap) return byName.map(([id, entry]) => ({ ...asFields(entry), id }))
  }
  const isEmpty = ['data', 'models'].some((name) => fields[name] === null)
  return isEmpty ? [] : null
}

/** An entry that has a name, or is one. */
export function withId(entry: unknown): (Fields & { id: string }) | null {
  if (isModelId(entry)) return { id: entry }
  const fields = asFields(entry)
  const id = [fields?.id, fields?.name, fields?.model, fields?.model_name].find(isModelId)
  return fields === null || id === undefined ? null : { ...fields, id }
}

/** Why a body is no list of models. */
export function noList(open: OpenCall, body: unknown) {
  const isError = asFields(body)?.error != null
  const detail = isError ? reportedError('') : localizable('it is not a list of models')
  return invalidResponse(isError ? 'error_body' : 'not_the_api', detail, open.context())
}
