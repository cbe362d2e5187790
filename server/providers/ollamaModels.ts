import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ModelInfo } from '../../protocol/providers.ts'
import { fail } from '../../shared/fail.ts'
import { localizable } from '../../shared/message.ts'
import { asFields } from './errorBody.ts'
import { invalidResponse, reasonOfFailure, reasonOfUnusableBody } from './failureReason.ts'
import { countOf, isModelId, labelOf, modelInfo, namesOf } from './modelFields.ts'
import { ollamaClientOf, reasonOfMidStreamError, reasonOfOllamaStatus } from './ollamaClient.ts'
import type { OpenCall } from './openCall.ts'

/** The models that are there, and which of them are in memory. */
export async function listOllamaModels(open: OpenCall): Promise<Outcome<ModelInfo[]>> {
  const client = await ollamaClientOf(open)
  try {
    const list: unknown = await client.list()
    const unusable = reasonOfUnusableBody(open.context())
    if (unusable !== null) return fail(unusable)
    const fields = asFields(list)
    if (fields?.error != null) return fail(reasonOfMidStreamError(fields.error, open.context()))
    if (!Array.isArray(fields?.models)) {
      return fail(invalidResponse('not_the_api', localizable('it is no list of models'), open.context()))
    }
    const loaded = await readLoaded(open)
    return loaded.ok ? succeed(fields.models.flatMap((entry) => readModel(entry, loaded.value))) : loaded
  } catch (error) {
    return fail(reasonOfFailure(error, open.context(), reasonOfOllamaStatus))
  }
}

/** Null: it does not say, which is no failure: proxies let through what they know. */
async function readLoaded(open: OpenCall): Promise<Outcome<ReadonlySet<unknown> | null>> {
  return await readExtra(open, async () => {
    const running: unknown = await (await ollamaClientOf(open)).ps()
    const { models } = asFields(running) ?? {}
    return Array.isArray(models) ? new Set(models.map(asFields).map((model) => model?.model ?? model?.name)) : null
  })
}

export async function readOllamaVersion(open: OpenCall): Promise<Outcome<string | null>> {
  return await readExtra(open, async () => {
    const { version }: { version?: unknown } = await (await ollamaClientOf(open)).version()
    return typeof version === 'string' ? version.slice(0, 100) : null
  })
}

/** What a model is able to, as the server knows it; null when it does not say. */
export async function readCapabilities(open: OpenCall, model: string): Promise<readonly string[] | null> {
  const read = await readExtra(open, async () => {
    const shown: unknown = await (await ollamaClientOf(open)).show({ model })
    return namesOf(asFields(shown)?.capabilities) ?? null
  })
  return read.ok ? read.value : null
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

function readModel(entry: unknown, loaded: ReadonlySet<unknown> | null): ModelInfo[] {
  const model = asFields(entry)
  const name = model?.model ?? model?.name
  if (model === null || !isModelId(name)) return []
  const details = asFields(model.details)
  const capabilities = namesOf(model.capabilities)
  return [
    modelInfo({
      model: name,
      type: typeOf(capabilities),
      sizeBytes: countOf(model.size),
      contextTokens: countOf(details?.context_length),
      parameterSize: labelOf(details?.parameter_size),
      quantization: labelOf(details?.quantization_level),
      capabilities,
      dimensions: capabilities?.includes('embedding') ? countOf(details?.embedding_length) : undefined,
      loaded: loaded?.has(name),
      leavesMachine: isInCloud(name, model.remote_host),
    }),
  ]
}

function typeOf(capabilities: readonly string[] | undefined): ModelInfo['type'] {
  if (capabilities?.includes('completion')) return 'generation'
  return capabilities?.includes('embedding') ? 'embedding' : undefined
}

/** Such a model is listed by the local server, and runs in Ollama's cloud. */
function isInCloud(name: string, remoteHost: unknown): boolean {
  return (typeof remoteHost === 'string' && remoteHost !== '') || /[:-]cloud$/.test(name)
}
