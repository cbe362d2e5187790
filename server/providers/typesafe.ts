import * as z from 'zod'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { fail } from '../../shared/fail.ts'
import type { ProviderAdapter, ProviderCall } from './adapter.ts'
import { checkWithoutList } from './checkWithoutList.ts'
import { type DecisionPlace, decideAt } from './decide.ts'
import { decisionLimits } from './decisionLimits.ts'
import { baseUrlField } from './endpointRules.ts'
import { asFields } from './errorBody.ts'
import { keyFields } from './keyRules.ts'
import { labelOf, modelInfo } from './modelFields.ts'
import { entriesOf, type ModelListing, noList, withId } from './openaiModels.ts'
import { type OpenCall, openCall, requestJson } from './openCall.ts'

const defaultEndpoint = 'https://api.typesafe.ai'

const configSchema = z.strictObject({
  base_url: baseUrlField('inside').default(defaultEndpoint).meta({
    title: 'Base URL',
    description: 'Address of the API, without /v1. Change it for any other server that speaks System One.',
  }),
  ...keyFields,
})

type Config = z.infer<typeof configSchema>

/** TypeSafe's service, and every server that speaks its System One and nothing else: it decides, and writes no text. */
export const typesafeAdapter: ProviderAdapter<Config> & { endpoint(config: Config): string } = {
  kind: 'typesafe',
  label: 'TypeSafe (System One)',
  description:
    'Models that answer typed questions with probabilities, over the System One API. Your texts are sent to its base URL.',
  configSchema,
  // A server of one's own wants none.
  key: {
    need: 'optional',
    customaryVariable: 'TYPESAFE_API_KEY',
    obtainAt: 'https://console.typesafe.ai/keys',
    beginsWith: ['apikey_'],
  },
  defaultEndpoint,
  capabilities: { embeddings: false, outputModes: [] },
  // People paste the address with its version, too.
  endpoint: (config) => config.base_url.replace(/\/v1$/, ''),
  defaultModel: () => null,

  async check(call) {
    const open = openCall(this, call, null)
    if (!open.ok) return open
    const listed = await listDeciders(open.value)
    if (!listed.ok) {
      return await checkWithoutList(listed.reason, {
        listed: open.value,
        open: () => openCall(this, call, null),
        url: ({ endpoint }) => `${endpoint}/v1/systemone`,
      })
    }
    const { models, version, isPartial } = listed.value
    const findings = { version, models, method: 'listed the models (no cost)' }
    return succeed(isPartial ? { ...findings, isListPartial: true } : findings)
  },

  async listModels(call) {
    const open = openCall(this, call, null)
    if (!open.ok) return open
    const listed = await listDeciders(open.value)
    return listed.ok ? succeed(listed.value.models) : listed
  },

  async complete({ provider }: ProviderCall<Config>, { model }) {
    return fail({ code: 'ask_unsupported', provider, model, ask: 'text', why: 'model' })
  },

  async decide(call, request) {
    const open = openCall(this, call, request.model, { timeoutSeconds: request.parameters?.timeout_seconds })
    return open.ok ? await decideAt(open.value, request, placeOf(open.value.endpoint)) : open
  },

  decisionLimits: (config) => placeOf(config.base_url).limits ?? {},
}

/** Only of TypeSafe's own service is it known what a request takes. */
function placeOf(endpoint: string): DecisionPlace {
  const isOwn = /(^|\.)typesafe\.ai$/.test(new URL(endpoint).hostname)
  const limits = isOwn ? decisionLimits.typesafe : {}
  return { url: `${endpoint}/v1/systemone`, dialect: 'systemone', limits }
}

/** `{models: [{name, description, release_date}]}`, a list as OpenAI has it, or the one model of a server that has one. */
async function listDeciders(open: OpenCall): Promise<Outcome<ModelListing & { version: string | null }>> {
  const body = await requestJson(open, `${open.endpoint}/v1/models`)
  if (!body.ok) return body
  const fields = asFields(body.value)
  const entries = entriesOf(body.value) ?? (typeof fields?.model === 'string' ? [{ name: fields.model }] : null)
  if (entries === null) return fail(noList(open, body.value))
  const models = entries.flatMap((entry) => {
    const model = withId(entry)
    if (model === null) return []
    const decisions = placeOf(open.endpoint).limits ?? {}
    return [modelInfo({ model: model.id, label: labelOf(model.description), type: 'decision', decisions })]
  })
  const version = labelOf(fields?.version) ?? null
  return succeed(models.length === 0 ? { models, version, isPartial: true } : { models, version })
}
