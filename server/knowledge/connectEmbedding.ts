import type { EmbeddingParameters } from '../../protocol/models.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Reason } from '../../protocol/reasons.ts'
import type { Usage } from '../../protocol/results.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, localizableText, withMessage } from '../../shared/message.ts'
import type { Directory } from '../directory/directory.ts'
import { systemClock } from '../files/clock.ts'
import type { CheckTools } from '../health/checkProvider.ts'
import type { HealthRecords } from '../health/healthRecords.ts'
import { findListed } from '../models/modelViews.ts'
import { findOwnPrice } from '../models/ownPrice.ts'
import { findRegistered } from '../models/registeredModels.ts'
import { noTransport } from '../providers/noTransport.ts'
import type { OpenProvider } from '../providers/openProvider.ts'
import type { Store } from '../store/store.ts'
import { findPrice } from '../usage/findPrice.ts'
import { mostEmbeddedTokens } from '../usage/mostTokens.ts'
import type { MeteredModel, UsageMeter } from '../usage/usageMeter.ts'

export interface EmbeddingParts {
  store: Pick<Store, 'read'>
  directory: Pick<Directory, 'open' | 'view'>
  tools: Pick<CheckTools, 'keys' | 'transport'>
  health: Pick<HealthRecords, 'of' | 'knownPauseMs' | 'pausedForMs'>
  usage: Pick<UsageMeter, 'open'>
}

/** A model that makes vectors, ready for calls that are counted and held to their caps. */
export interface EmbeddingClient {
  metric: NonNullable<EmbeddingParameters['distance_metric']>
  /** Texts of one call, and the longest text in characters; null: as long as it is. */
  batchSize: number
  longestText: number | null
  embed(texts: readonly string[], signal: AbortSignal): Promise<EmbeddedTexts>
}

export type EmbeddedTexts =
  | { ok: true; value: { vectors: readonly (readonly number[])[]; usage: Usage; costUsd?: number } }
  | { ok: false; reason: Reason }

type Target = { provider: string; model: string }

const usualBatch = 64
/** Rather too few, so that what a model takes is not gone beyond. */
const charactersPerToken = 3

/** Fails as a check of the provider would, without calling it. */
export function openEmbedding(
  { store, directory }: Pick<EmbeddingParts, 'store' | 'directory'>,
  { provider, model }: Target,
): Outcome<{ open: OpenProvider; parameters: EmbeddingParameters }> {
  const open = directory.open(provider)
  if (!open) return fail({ code: 'provider_unconfigured', provider })
  if (!open.ok) return open
  if (!directory.view(provider)?.enabled) return fail({ code: 'provider_disabled', provider })
  if (!open.value.adapter.embed) {
    const message = withMessage(
      'message',
      localizable('{0} has no embeddings', localizableText(open.value.adapter.label)),
    )
    return fail({ code: 'config_invalid', provider, problems: [{ path: 'embed', ...message }] })
  }
  const row = store.read((database) => findRegistered(database, open.value, model))
  if (row?.status === 'inactive') return fail({ code: 'model_unconfigured', provider, inactive: model })
  const parameters = row?.type === 'embedding' ? (row.parameters as EmbeddingParameters) : {}
  return succeed({ open: open.value, parameters })
}

export function metricOf({ distance_metric: metric }: EmbeddingParameters): EmbeddingClient['metric'] {
  return metric ?? 'cosine'
}

/** `run`: its calls count for a run, and are held to its cap. */
export async function connectEmbedding(
  parts: EmbeddingParts,
  target: Target,
  run?: MeteredModel['run'],
): Promise<Outcome<EmbeddingClient>> {
  const { store, health, tools, usage } = parts
  const opened = openEmbedding(parts, target)
  if (!opened.ok) return opened
  const { open, parameters } = opened.value
  const { provider, model } = target
  const { adapter, config, endpoint, keyOwner } = open
  const key = await tools.keys.read(keyOwner)
  if (!key.ok) return key
  const transport = endpoint === null ? noTransport : await tools.transport()
  const listed = findListed(open, health.of(provider).models.models, model)
  // From now on what is stored of a pause is known.
  health.pausedForMs(provider)
  const { daily_cap_usd: dailyCapUsd } = config as { daily_cap_usd?: number }
  const meter = await usage.open({
    model: { provider, model, endpoint },
    type: 'embedding',
    pricing: listed?.pricing,
    ownPrice: store.read((database) => findOwnPrice(database, open, model)),
    ...{ dailyCapUsd, run },
    pause: { pausedForMs: () => health.knownPauseMs(provider), onPaused: () => {} },
  })
  if (!meter.ok) return meter
  const { embed } = adapter
  return succeed({
    metric: metricOf(parameters),
    batchSize: parameters.batch_size ?? usualBatch,
    longestText: parameters.max_tokens === undefined ? null : parameters.max_tokens * charactersPerToken,
    async embed(texts, signal) {
      const request = { model, texts, parameters }
      const call = { provider, config, key: key.value, transport, signal }
      const mostTokens = () => ({ input: mostEmbeddedTokens(request), output: 0 })
      const send = async () => (await embed?.call(adapter, call, request)) ?? fail({ code: 'cancelled' })
      return await meter.value({ task: 'embedding', items: 0, mostTokens, send }, signal)
    },
  })
}

/** What embedding that many tokens would cost. Null: the price is unknown. */
export async function priceOfEmbedding(
  { store, health }: Pick<EmbeddingParts, 'store' | 'health'>,
  open: OpenProvider,
  model: string,
  tokens: number,
): Promise<number | null> {
  const listed = findListed(open, health.of(open.provider).models.models, model)
  const now = systemClock.now()
  const ownPrice = store.read((database) => findOwnPrice(database, open, model))
  const asked = { endpoint: open.endpoint, model, type: 'embedding', pricing: listed?.pricing, ownPrice } as const
  const price = await findPrice(asked, now)
  return price?.costOf({ input: tokens, output: 0, cached: null }, now) ?? null
}
