import type { ParsedParams, Result } from '../../protocol/contract.ts'
import type { Task } from '../../protocol/names.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ProviderConfig, ProviderView } from '../../protocol/providers.ts'
import { fail } from '../../shared/fail.ts'
import type { HealthRecords } from '../health/healthRecords.ts'
import { bindHeaders } from '../providers/customHeaders.ts'
import { type OpenProvider, openProvider, settingsMark } from '../providers/openProvider.ts'
import { listKinds } from '../providers/registry.ts'
import type { Handlers } from '../rpc/dispatch.ts'
import { recordAudit } from '../store/auditTable.ts'
import type { StoredData } from '../store/change.ts'
import type { Database, ReadableDatabase } from '../store/database.ts'
import { findProvider, type ProviderRow, saveProvider, setProviderEnabled } from '../store/providerTable.ts'
import { findDependents, removeWithDependents } from './dependents.ts'
import type { Directory } from './directory.ts'
import { type GateParts, refuseByGate } from './gatedRoutes.ts'
import { routesToSettle, type SettledRoute, settleRoutes } from './settledRoutes.ts'

/** Tests of providers, and what they find, have handlers of their own. */
type ProviderRequest = Exclude<
  Extract<keyof Handlers, `provider/${string}`>,
  'provider/test' | 'provider/scan' | 'provider/recognise' | 'provider/models'
>

interface ProviderHandlersParts extends StoredData, Pick<GateParts, 'missedGate'> {
  directory: Pick<Directory, 'open' | 'view' | 'views'>
  health: Pick<HealthRecords, 'forget'>
}

export function providerHandlers({
  store,
  change,
  directory,
  health,
  missedGate,
  now,
}: ProviderHandlersParts): Pick<Handlers, ProviderRequest> {
  function viewOf(provider: string): Outcome<ProviderView> {
    const view = directory.view(provider)
    return view ? succeed(view) : fail({ code: 'not_found', what: 'provider', id: provider })
  }

  function dependentsOf(provider: string): Result<'provider/dependents'> {
    if (!directory.open(provider)) return fail({ code: 'not_found', what: 'provider', id: provider })
    return succeed({ provider, dependents: store.read((database) => findDependents(database, provider)) })
  }

  return {
    'provider/kinds': () => succeed(listKinds()),
    'provider/list': () => succeed(directory.views()),
    'provider/get': ({ provider }) => viewOf(provider),
    'provider/dependents': ({ provider }) => dependentsOf(provider),

    async 'provider/save'(params) {
      const saved = await save({ store, change, directory, health, missedGate, now }, params)
      if (!saved.ok) return saved
      const view = viewOf(params.provider)
      return view.ok && saved.value.length > 0 ? succeed({ ...view.value, settled: saved.value }) : view
    },

    async 'provider/remove'({ provider, confirm }) {
      const found = dependentsOf(provider)
      if (!found.ok) return found
      return await change(['providers', 'models', 'routes', 'preferences', 'audit'], (database) =>
        removeWithDependents(database, provider, confirm === true, now()),
      )
    },

    async 'provider/setEnabled'({ provider, enabled, confirm }) {
      const changed = await change(['providers', 'audit'], (database) => {
        const before = findProvider(database, provider)
        if (!before) return fail({ code: 'not_found', what: 'provider', id: provider })
        if (before.enabled && !enabled && !confirm) {
          const inUse = refuseInUse(database, provider)
          if (inUse) return inUse
        }
        setProviderEnabled(database, provider, enabled, now())
        auditProvider(database, now(), enabled ? 'enable' : 'disable', before, { ...before, enabled })
        return succeed(null)
      })
      return changed.ok ? viewOf(provider) : changed
    },
  }
}

async function save(
  { change, health, now, ...parts }: ProviderHandlersParts,
  params: ParsedParams<'provider/save'>,
): Promise<Outcome<SettledRoute[]>> {
  const { provider, kind, create, ifUpdatedAt } = params
  const open = openProvider({ provider, kind, config: params.config })
  if (!open.ok) return open
  // Who switches it off gives no task to a model.
  const settling = params.enabled === false ? [] : parts.store.read((database) => toSettle(database, open.value))
  const unmet = await refuseByGate(parts, settling, params)
  if (unmet) return unmet
  const bound = bindKey(open.value)
  return await change(['providers', 'routes', 'audit'], (database) => {
    const before = findProvider(database, provider)
    if (before && create) return fail({ code: 'already_exists', what: 'provider', id: provider })
    if (ifUpdatedAt && before?.updatedAt !== ifUpdatedAt)
      return fail({ code: 'conflict', what: 'provider', id: provider })
    const config = bindHeaders(bound, before?.config, open.value.keyOwner.origin)
    const enabled = params.enabled ?? before?.enabled ?? true
    if (before?.enabled && !enabled && !params.confirm) {
      const inUse = refuseInUse(database, provider)
      if (inUse) return inUse
    }
    const after: ProviderRow = { provider, kind, enabled, config, updatedAt: now() }
    saveProvider(database, after)
    if (!before || settingsMark(before) !== settingsMark(after)) health.forget(database, provider)
    auditProvider(database, after.updatedAt, before ? 'change' : 'create', before ?? null, after)
    return succeed(settleRoutes(database, before, open.value, after.updatedAt))
  })
}

/** Where its tasks would go by its settings. */
function toSettle(database: ReadableDatabase, open: OpenProvider): { task: Task; provider: string; model: string }[] {
  const { provider } = open
  const found = routesToSettle(database, findProvider(database, provider), open)
  return found.map(({ task, model }) => ({ task, provider, model }))
}

/** Null: nothing depends on it. */
function refuseInUse(database: Database, provider: string): Outcome<never> | null {
  const dependents = findDependents(database, provider)
  return dependents.length > 0 ? fail({ code: 'has_dependents', what: 'provider', id: provider, dependents }) : null
}

/** A variable is named for one origin: the one of the endpoint that it was first saved with. */
function bindKey({ config, keyOwner }: OpenProvider): ProviderConfig {
  const parsed = config as ProviderConfig
  const { key_origin: _, ...rest } = parsed
  if (!keyOwner.variable || keyOwner.origin === null) return rest
  return { ...rest, key_origin: keyOwner.boundTo ?? keyOwner.origin }
}

function auditProvider(
  database: Database,
  at: string,
  action: string,
  before: ProviderRow | null,
  after: ProviderRow,
): void {
  recordAudit(database, {
    at,
    what: 'provider',
    target: after.provider,
    action,
    before: audited(before),
    after: audited(after),
  })
}

function audited(row: ProviderRow | null): { kind: string; enabled: boolean; config: ProviderConfig } | null {
  return row && { kind: row.kind, enabled: row.enabled, config: row.config }
}
