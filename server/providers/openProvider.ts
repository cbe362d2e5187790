import type * as z from 'zod'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Problem } from '../../protocol/reasons.ts'
import { problemOfIssue } from '../../shared/describe/issue.ts'
import { fail } from '../../shared/fail.ts'
import type { ProviderAdapter } from './adapter.ts'
import { adapterOf } from './registry.ts'

/** What there is to know about a provider's key before it is asked for. */
export interface KeyOwner {
  provider: string
  need: 'required' | 'optional' | 'none'
  /** Origin that the key would be sent to; null when nothing is called. */
  origin: string | null
  /** Name of the environment variable that holds it; absent: the client's secret store has it. */
  variable?: string | undefined
  /** The origin that the variable was named for. */
  boundTo?: string | undefined
}

/** What is stored of a provider that matters for calling it. */
export interface ProviderSettings {
  provider: string
  kind: string
  /** As stored: not yet checked against the kind's schema. */
  config: unknown
  /** What is wrong with them as they are stored, in words. */
  damage?: string | undefined
}

/** A provider whose kind is known and whose settings are valid. */
export interface OpenProvider {
  provider: string
  adapter: ProviderAdapter
  config: unknown
  /** Null when nothing is called (`builtin`). */
  endpoint: string | null
  keyOwner: KeyOwner
  /** What it was opened from, to tell whether that has changed meanwhile. */
  settings: string
}

/** Finds the adapter and checks the settings again, however they came into the store. */
export function openProvider({ provider, kind, config, damage }: ProviderSettings): Outcome<OpenProvider> {
  const adapter = adapterOf(kind)
  if (!adapter) return fail({ code: 'provider_unknown', provider, kind })
  if (damage !== undefined) return fail({ code: 'config_invalid', provider, problems: [{ path: '', message: damage }] })
  const parsed = adapter.configSchema.safeParse(config)
  if (!parsed.success)
    return fail({ code: 'config_invalid', provider, problems: problemsOfSettings(parsed.error, config) })
  const endpoint = adapter.endpoint(parsed.data)
  return succeed({
    provider,
    adapter,
    config: parsed.data,
    endpoint,
    keyOwner: keyOwnerOf(provider, adapter, parsed.data, endpoint),
    settings: settingsMark({ kind, config }),
  })
}

/** Two providers with the same mark are called alike: what one costs, or may cost, does not count. */
export function settingsMark({ kind, config }: Pick<ProviderSettings, 'kind' | 'config'>): string {
  const { daily_cap_usd: _, price: __, ...called } = (config ?? {}) as { daily_cap_usd?: unknown; price?: unknown }
  return JSON.stringify([kind, called])
}

/** Whether a provider's list means the model that a route names, in whatever spelling. */
export function isSameModel(adapter: ProviderAdapter, wanted: string, listed: string): boolean {
  return wanted === listed || (adapter.isSameModel?.(wanted, listed) ?? false)
}

function keyOwnerOf(provider: string, adapter: ProviderAdapter, config: unknown, endpoint: string | null): KeyOwner {
  const fields = config as { key_env?: string; key_origin?: string }
  return {
    provider,
    need: adapter.key.need,
    origin: endpoint === null ? null : new URL(endpoint).origin,
    variable: fields.key_env,
    boundTo: fields.key_origin,
  }
}

/** Every problem of settings, with the path of its field. */
export function problemsOfSettings(error: z.ZodError, config: unknown): Problem[] {
  return error.issues.slice(0, 20).map((issue) => problemOfIssue(issue, config))
}
