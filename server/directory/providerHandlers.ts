import type { ParsedParams, Result } from '../../protocol/contract.ts'
import type { ConnectionTest } from '../../protocol/models.ts'
import { fail, type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ProviderConfig, ProviderView } from '../../protocol/providers.ts'
import { checkProvider } from '../health/checkProvider.ts'
import type { KeyOwner } from '../keys.ts'
import { cancelledAsTest } from '../models/cancelledTest.ts'
import { withMeasuredVectors } from '../models/modelViews.ts'
import { runModelTest } from '../models/runModelTest.ts'
import { testSavedConnection, testSavedModel } from '../models/savedTest.ts'
import { scanServers } from '../models/scanServers.ts'
import { meterUnsaved } from '../models/testCalls.ts'
import { bindHeaders } from '../providers/customHeaders.ts'
import { type OpenProvider, openProvider, settingsMark } from '../providers/openProvider.ts'
import { listKinds } from '../providers/registry.ts'
import type { CallContext, Handlers } from '../rpc/dispatch.ts'
import { recordAudit } from '../store/auditTable.ts'
import { change, type Services } from '../store/change.ts'
import type { Database } from '../store/database.ts'
import { listModelsOf } from '../store/modelTable.ts'
import { findProvider, type ProviderRow, saveProvider, setProviderEnabled } from '../store/providerTable.ts'
import { findDependents, removeWithDependents } from './dependents.ts'

type ProviderRequest = Extract<keyof Handlers, `provider/${string}`>

export function providerHandlers(services: Services): Pick<Handlers, ProviderRequest> {
  const { directory, store } = services

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
      const saved = await save(services, params)
      return saved.ok ? viewOf(params.provider) : saved
    },

    async 'provider/remove'({ provider, confirm }) {
      const found = dependentsOf(provider)
      if (!found.ok) return found
      return await change(services, ['providers', 'models', 'routes', 'preferences', 'audit'], (database) =>
        removeWithDependents(database, provider, confirm === true, services.now()),
      )
    },

    async 'provider/setEnabled'({ provider, enabled, confirm }) {
      const changed = await change(services, ['providers', 'audit'], (database) => {
        const before = findProvider(database, provider)
        if (!before) return fail({ code: 'not_found', what: 'provider', id: provider })
        if (before.enabled && !enabled && !confirm) {
          const inUse = refuseInUse(database, provider)
          if (inUse) return inUse
        }
        setProviderEnabled(database, provider, enabled, services.now())
        auditProvider(database, services.now(), enabled ? 'enable' : 'disable', before, { ...before, enabled })
        return succeed(null)
      })
      return changed.ok ? viewOf(provider) : changed
    },

    'provider/test': async (params, context) =>
      cancelledAsTest(
        'provider' in params
          ? await testSaved(services, params, context)
          : await testUnsaved(services, params, context),
      ),
    'provider/scan': async (_, { signal }) => succeed(await scanServers(services, signal)),

    async 'provider/models'({ provider, refresh }, context) {
      if (refresh) {
        const tested = await testSavedConnection(services, provider, context.signal)
        if (!tested.ok) return tested
      }
      const view = viewOf(provider)
      if (!view.ok) return view
      const { models } = view.value.models
      const open = directory.open(provider)
      if (!open?.ok) return succeed(models)
      const rows = store.read((database) => listModelsOf(database, provider))
      return succeed(withMeasuredVectors(open.value, models, rows))
    },
  }
}

async function save(services: Services, params: ParsedParams<'provider/save'>): Promise<Outcome<null>> {
  const { provider, kind, create, ifUpdatedAt } = params
  const open = openProvider({ provider, kind, config: params.config })
  if (!open.ok) return open
  const bound = bindKey(open.value)
  return await change(services, ['providers', 'audit'], (database) => {
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
    const after: ProviderRow = { provider, kind, enabled, config, updatedAt: services.now() }
    saveProvider(database, after)
    if (!before || settingsMark(before) !== settingsMark(after)) services.health.forget(database, provider)
    auditProvider(database, after.updatedAt, before ? 'change' : 'create', before ?? null, after)
    return succeed(null)
  })
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

async function testSaved(
  services: Services,
  params: Extract<ParsedParams<'provider/test'>, { provider: string }>,
  { signal }: CallContext,
): Promise<Outcome<ConnectionTest>> {
  const { model, ...said } = params
  if (model === undefined) {
    const report = await testSavedConnection(services, params.provider, signal)
    return report.ok ? succeed({ ...report.value, tested: null }) : report
  }
  const outcome = await testSavedModel(services, { ...said, model }, signal)
  return outcome.ok ? succeed({ ...outcome.value.report, tested: outcome.value.tested }) : outcome
}

/** Nothing of it is kept. */
async function testUnsaved(
  services: Services,
  values: Extract<ParsedParams<'provider/test'>, { kind: string }>,
  { signal }: CallContext,
): Promise<Outcome<ConnectionTest>> {
  const open = openProvider({ provider: 'unsaved', kind: values.kind, config: values.config })
  if (!open.ok) return open
  const { keyOwner } = open.value
  const key = await keyOfUnsaved(services, keyOwner, values)
  if (!key.ok) return key
  const { model } = values
  const wanted = model === undefined ? [] : [model]
  const report = await checkProvider(open.value, wanted, services.check, signal, key.value)
  if (!report.ok) return report
  if (model === undefined) return succeed({ ...report.value, tested: null })
  const found = { report: report.value, registered: undefined, key: key.value }
  const tools = { ...services.check, now: services.now, openMeter: meterUnsaved }
  const tested = await runModelTest(open.value, { ...values, model }, found, tools, signal)
  return tested.ok ? succeed({ ...report.value, tested: tested.value }) : tested
}

/** The client's store holds keys of saved providers only, each for one origin; a variable is read by whoever names it. */
async function keyOfUnsaved(
  { keys }: Services,
  owner: KeyOwner,
  { key, keyOf }: { key?: string | undefined; keyOf?: string | undefined },
): Promise<Outcome<string | null>> {
  if (key !== undefined) return succeed(key)
  if (owner.variable) return await keys.read(owner)
  return keyOf === undefined ? succeed(null) : await keys.read({ ...owner, provider: keyOf })
}
