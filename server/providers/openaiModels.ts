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

export interface ModelListOptions {
  readModel: ReadModel
  place?: SdkPlace | undefined
  rules?: StatusRules | undefined
}

export async function listChatModels(open: OpenCall, options: ModelListOptions): Promise<Outcome<ModelInfo[]>> {
  const { readModel, place = { baseUrl: open.endpoint }, rules = reasonOfStatus } = options
  const client = await openaiClientOf(place.baseUrl)
  try {
    await client.models.list(through(open, place))
  } catch (error) {
    const { failure, status } = open.exchange.facts
    // The SDK's pages accept only one shape of list; what counts is the body itself.
    if (failure !== null || status === null || status > 299) return fail(reasonOfFailure(error, open.context(), rules))
  }
  const unusable = reasonOfUnusableBody(open.context())
  return unusable ? fail(unusable) : readModelList(open, readModel)
}

/** `{data: […]}` as OpenAI has it, or the bare array that some servers send. */
export function readModelList(open: OpenCall, readModel: ReadModel): Outcome<ModelInfo[]> {
  const body = readWholeJson(open)
  if (!body.ok) return body
  const data = Array.isArray(body.value) ? body.value : asFields(body.value)?.data
  if (!Array.isArray(data)) return fail(noList(open, body.value))
  const models = data.map(asFields).filter((model) => model !== null && isModelId(model.id))
  return succeed(models.map((model) => readModel(model as Fields & { id: string })).filter((model) => model !== null))
}

/** Why a body is no list of models. */
export function noList(open: OpenCall, body: unknown) {
  const isError = asFields(body)?.error != null
  const detail = isError ? reportedError('') : localizable('it is no list of models')
  return invalidResponse(isError ? 'error_body' : 'not_the_api', detail, open.context())
}
