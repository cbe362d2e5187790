import type { ModelTestReport } from '../../protocol/models.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { fail } from '../../shared/fail.ts'
import type { CheckTools } from '../health/checkProvider.ts'
import { runModelTest } from '../models/runModelTest.ts'
import { cancelledAsTest } from '../models/testCalls.ts'
import { compatiblePresets } from '../providers/compatiblePresets.ts'
import { openaiCompatibleAdapter } from '../providers/openaiCompatible.ts'
import { openProvider } from '../providers/openProvider.ts'
import { listEntries } from '../store/gatewayTable.ts'
import { findModel } from '../store/modelTable.ts'
import type { UsageMeter } from '../usage/usageMeter.ts'
import { entryName } from './desiredEntries.ts'
import type { LiteLlmTarget } from './liteLlm.ts'
import type { SyncParts } from './syncGateway.ts'

interface TestParts extends Pick<SyncParts, 'store' | 'directory' | 'now'> {
  tools: CheckTools
  usage: Pick<UsageMeter, 'open' | 'flush'>
}

/**
 * One real call of a model through the gateway, as anybody's client makes it: `openai/db-<uuid>` in LiteLLM's words, whatever stands
 * behind. It counts as a test of the model, and is held to its provider's cap.
 */
export async function testThrough(
  { store, directory, tools, usage, now }: TestParts,
  { gateway, url, key, allowPlainHttp }: LiteLlmTarget,
  { provider, model }: { provider: string; model: string },
  signal: AbortSignal,
): Promise<Outcome<{ name: string; report: ModelTestReport }>> {
  const entry = store
    .read((database) => listEntries(database, gateway))
    .find((each) => each.provider === provider && each.model === model && each.isThere)
  const registered = store.read((database) => findModel(database, provider, model))
  if (!entry || !registered) return fail({ code: 'not_found', what: 'model', id: `${provider}/${model}` })
  const preset = compatiblePresets.find(({ id }) => id === 'litellm')?.config
  const config = { ...preset, base_url: `${url}/v1`, allow_plain_http: allowPlainHttp }
  const open = openProvider({ provider: gateway, kind: openaiCompatibleAdapter.kind, config })
  if (!open.ok) return open
  const behind = directory.open(provider)
  const { daily_cap_usd: dailyCapUsd } = (behind?.ok ? behind.value.config : {}) as { daily_cap_usd?: number }
  const name = entryName(entry.uuid)
  const tested = await runModelTest(
    open.value,
    // What it is called with stands in the entry.
    { model: name, type: registered.type, parameters: {} },
    { report: reportOf(gateway, url), registered: undefined, key },
    {
      ...tools,
      now,
      openMeter: ({ endpoint }, { type }) =>
        usage.open({ model: { provider, model, endpoint }, type, pricing: undefined, dailyCapUsd }),
    },
    signal,
  )
  void usage.flush()
  const outcome = cancelledAsTest(tested)
  return outcome.ok ? succeed({ name: `openai/${name}`, report: { ...outcome.value, provider, model } }) : outcome
}

/** The gateway was just asked by its own API, which is no list of models for a person. */
function reportOf(provider: string, endpoint: string) {
  const { kind } = openaiCompatibleAdapter
  return { provider, kind, endpoint, latencyMs: 0, version: null, models: [], wanted: [], method: '' }
}
