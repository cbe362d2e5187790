import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ModelInfo } from '../../protocol/providers.ts'
import { fail } from '../../shared/fail.ts'
import { decisionLimits } from './decisionLimits.ts'
import { asFields, type Fields } from './errorBody.ts'
import { reasonOfFailure, reasonOfUnusableBody } from './failureReason.ts'
import { countOf, decidingInfo, isModelId, labelOf, modelInfo, namesOf } from './modelFields.ts'
import { ollamaClientOf, reasonOfMidStreamError, reasonOfOllamaStatus } from './ollamaClient.ts'
import { type ModelListing, noList } from './openaiModels.ts'
import type { OpenCall } from './openCall.ts'

/** The models that are there, which of them are in memory, and how long a prompt they take there. */
export async function listOllamaModels(open: OpenCall): Promise<Outcome<ModelListing>> {
  const client = await ollamaClientOf(open)
  try {
    const list: unknown = await client.list()
    const unusable = reasonOfUnusableBody(open.context())
    if (unusable !== null) return fail(unusable)
    const fields = asFields(list)
    if (fields?.error != null) return fail(reasonOfMidStreamError(fields.error, open.context()))
    // A server that has none may say so with null.
    const entries = fields?.models === null ? [] : fields?.models
    if (!Array.isArray(entries)) return fail(noList(open, list))
    const loaded = await readLoaded(open)
    if (!loaded.ok) return loaded
    const models: ModelInfo[] = []
    for (const entry of entries) models.push(...(await readModel(open, asFields(entry), loaded.value)))
    return succeed(fields?.models === null ? { models, isPartial: true } : { models })
  } catch (error) {
    return fail(reasonOfFailure(error, open.context(), reasonOfOllamaStatus))
  }
}

/** What is in memory, with the tokens that it was loaded for. */
type Loaded = ReadonlyMap<unknown, number | undefined>

/** Null: it does not say, which is no failure: proxies let through what they know. */
async function readLoaded(open: OpenCall): Promise<Outcome<Loaded | null>> {
  return await readExtra(open, async () => {
    const running: unknown = await (await ollamaClientOf(open)).ps()
    const { models } = asFields(running) ?? {}
    if (!Array.isArray(models)) return null
    const entries = models.map(asFields)
    return new Map(entries.map((model) => [model?.model ?? model?.name, countOf(model?.context_length)]))
  })
}

export async function readOllamaVersion(open: OpenCall): Promise<Outcome<string | null>> {
  return await readExtra(open, async () => {
    const { version }: { version?: unknown } = await (await ollamaClientOf(open)).version()
    return typeof version === 'string' ? version.slice(0, 100) : null
  })
}

/** What the server knows of one model. */
export interface ShownModel {
  /** What it is able to; null: the server does not say. */
  capabilities: readonly string[] | null
  /** Tokens that it was trained for. */
  trainedTokens: number | undefined
  /** The window that its owner gave it (`PARAMETER num_ctx`). */
  ownWindow: number | undefined
  /** It runs elsewhere. */
  isRemote: boolean
}

/** Null when the server does not say. */
export async function showOllamaModel(open: OpenCall, model: string): Promise<ShownModel | null> {
  const read = await readExtra(open, async () => {
    const shown = asFields(await (await ollamaClientOf(open)).show({ model }))
    return {
      capabilities: namesOf(shown?.capabilities) ?? null,
      trainedTokens: trainedTokensOf(asFields(shown?.model_info)),
      ownWindow: windowOfParameters(shown?.parameters),
      isRemote: isInCloud(model, shown?.remote_host),
    }
  })
  return read.ok ? read.value : null
}

/** Under the name of the architecture: `llama.context_length`. */
function trainedTokensOf(info: Fields | null): number | undefined {
  const entry = Object.entries(info ?? {}).find(([name]) => name.endsWith('.context_length'))
  return countOf(entry?.[1])
}

/** Lines of a Modelfile without their first word: `num_ctx                        1024`. */
function windowOfParameters(parameters: unknown): number | undefined {
  const line = typeof parameters === 'string' ? /^num_ctx\s+(\d{1,9})\s*$/m.exec(parameters) : null
  return line === null ? undefined : countOf(Number(line[1]))
}

/** Something that is good to know but not needed: only being cancelled ends the call. */
async function readExtra<Value>(open: OpenCall, read: () => Promise<Value>): Promise<Outcome<Value | null>> {
  try {
    return succeed(await read())
  } catch (error) {
    const isCancelled = open.exchange.facts.failure?.kind === 'cancelled'
    return isCancelled ? fail(reasonOfFailure(error, open.context(), reasonOfOllamaStatus)) : succeed(null)
  }
}

async function readModel(open: OpenCall, model: Fields | null, loaded: Loaded | null): Promise<ModelInfo[]> {
  const name = model?.model ?? model?.name
  if (model === null || !isModelId(name)) return []
  const details = asFields(model.details)
  const shown = await shownOf(open, name, model.digest)
  const capabilities = namesOf(model.capabilities) ?? shown?.capabilities?.slice()
  const trained = countOf(details?.context_length)
  const isRemote = isInCloud(name, model.remote_host)
  const window = isRemote ? undefined : (loaded?.get(name) ?? shown?.ownWindow)
  const says = {
    writes: capabilities?.includes('completion') === true,
    decides: capabilities?.includes('decision') === true,
  }
  return [
    modelInfo({
      model: name,
      type: typeOf(capabilities),
      ...decidingInfo(says, decisionLimits.ollama, window ?? trained),
      // A stub of a model that runs elsewhere takes no room worth telling.
      sizeBytes: isRemote ? undefined : countOf(model.size),
      contextTokens: window ?? trained,
      trainedContextTokens: window === undefined ? undefined : trained,
      parameterSize: labelOf(details?.parameter_size),
      quantization: labelOf(details?.quantization_level),
      capabilities,
      dimensions: capabilities?.includes('embedding') ? countOf(details?.embedding_length) : undefined,
      loaded: loaded?.has(name),
      leavesMachine: isRemote,
    }),
  ]
}

/** By name and digest, so that a list that is read every minute asks for each model once. */
const shownModels = new Map<string, ShownModel | null>()
const mostRemembered = 500

/** Null: the server does not say. A list without digests is not worth a question a model. */
async function shownOf(open: OpenCall, name: string, digest: unknown): Promise<ShownModel | null> {
  if (typeof digest !== 'string' || digest === '') return null
  const key = `${open.endpoint} ${name} ${digest}`
  const known = shownModels.get(key)
  if (known !== undefined) return known
  const shown = await showOllamaModel(open, name)
  if (shownModels.size >= mostRemembered) shownModels.clear()
  shownModels.set(key, shown)
  return shown
}

function typeOf(capabilities: readonly string[] | undefined): ModelInfo['type'] {
  if (capabilities?.includes('completion')) return 'generation'
  return capabilities?.includes('embedding') ? 'embedding' : undefined
}

/** Such a model is listed by the local server, and runs in Ollama's cloud. */
function isInCloud(name: string, remoteHost: unknown): boolean {
  return (typeof remoteHost === 'string' && remoteHost !== '') || /[:-]cloud$/.test(name)
}
