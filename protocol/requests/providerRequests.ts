import * as z from 'zod'
import { ConnectionTest, FoundServer } from '../models.ts'
import { Instant, KindId, ProviderId } from '../names.ts'
import { KindInfo, ModelInfo, ProviderConfig, ProviderView, Recognised, SavedProvider } from '../providers.ts'
import { Dependents } from '../routing.ts'
import { savedTest, unsavedTest } from './modelTests.ts'
import { confirm, nothing, type RequestRow, request } from './request.ts'

/** Configured providers. */
export const providerRequests = {
  'provider/kinds': request(nothing, z.array(KindInfo)),
  'provider/list': request(nothing, z.array(ProviderView)),
  'provider/get': request(z.object({ provider: ProviderId }), ProviderView),
  /**
   * Creates or replaces. `config` replaces the stored one whole. `create: true` refuses an existing slug;
   * `ifUpdatedAt` refuses (conflict) when the row has changed since. Switching off is refused as in `provider/setEnabled`.
   * Settings that now name another model for a task change its route, where that goes to this provider: `gate_unmet` where that model has
   * not passed the profile's gate, and `confirm` is not true.
   */
  'provider/save': request(
    z.object({
      provider: ProviderId,
      kind: KindId,
      enabled: z.boolean().optional(),
      config: ProviderConfig,
      create: z.boolean().optional(),
      ifUpdatedAt: Instant.optional(),
      /** The trusted folder whose profile's gate counts. Absent: the stored profile's. */
      workspaceFolder: z.string().min(1).max(4096).optional(),
      ...confirm,
    }),
    SavedProvider,
  ),
  /** Refused with `has_dependents` until `confirm` is true; then the routes that named it go too. */
  'provider/remove': request(z.object({ provider: ProviderId, confirm: z.boolean().optional() }), Dependents),
  /** Switching off is refused with `has_dependents` until `confirm` is true; the routes stay as they are. */
  'provider/setEnabled': request(z.object({ provider: ProviderId, enabled: z.boolean(), ...confirm }), ProviderView),
  /**
   * A saved provider by its slug, or unsaved values. `key` is used for this test only and kept nowhere.
   * Costs nothing where the provider has a free way, until `model` asks for a real call of that model, or `probe` for a few.
   */
  'provider/test': request(
    z.union([z.object(savedTest), z.object({ ...unsavedTest, key: z.string().max(10_000).optional() })]),
    ConnectionTest,
  ),
  /** The last good list; `refresh` asks the provider first. */
  'provider/models': request(z.object({ provider: ProviderId, refresh: z.boolean().optional() }), z.array(ModelInfo)),
  'provider/dependents': request(z.object({ provider: ProviderId }), Dependents),
  /**
   * Whose address or key a text is, by host, port, path and how it begins. Asks nobody. `kind`: it is to be an address of that kind, as a
   * test has found out.
   */
  'provider/recognise': request(z.object({ text: z.string().max(10_000), kind: KindId.optional() }), Recognised),
  /** Asks the usual ports of this machine, and no other, which model servers are there. Only when a person wants it. */
  'provider/scan': request(nothing, z.array(FoundServer)),
} as const satisfies Record<string, RequestRow>
