import type { ParsedParams } from '../../protocol/contract.ts'
import { fail, type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ModelInfo } from '../../protocol/providers.ts'
import type { Dependents } from '../../protocol/routing.ts'
import { asTold, say, worded } from '../../protocol/told.ts'
import { findModelDependents } from '../directory/dependents.ts'
import { checkAndKeep } from '../health/checkProvider.ts'
import type { ProviderCall } from '../providers/adapter.ts'
import { noTransport } from '../providers/noTransport.ts'
import type { OpenProvider } from '../providers/openProvider.ts'
import { recordAudit } from '../store/auditTable.ts'
import { change, type Services } from '../store/change.ts'
import { findListed } from './modelViews.ts'
import { meantModel, modelTarget } from './registeredModels.ts'

type Named = { provider: string; model: string }

/** Brings a model to its provider's machine; the answer is how the provider lists it then. */
export async function pullModel(services: Services, named: Named, signal: AbortSignal): Promise<Outcome<ModelInfo>> {
  const opened = await openLibrary(services, named.provider)
  if (!opened.ok) return opened
  const { open, call } = opened.value
  const { adapter } = open
  if (!adapter.pull) return noLibrary(open)
  const pulled = await services.pulls.pull(
    {
      ...named,
      start: async (pullSignal, onStep) =>
        (await adapter.pull?.(call(pullSignal), named.model, onStep)) ?? noLibrary(open),
    },
    signal,
  )
  if (!pulled.ok) return pulled
  const told = await tell(services, named, 'pull', null, { pulled: true })
  if (!told.ok) return told
  await checkAndKeep(services, named.provider, signal)
  const listed = findListed(open, services.health.of(named.provider).models.models, named.model)
  return succeed(listed ?? { model: named.model })
}

/** Removes the model from its provider's machine. Nothing that names it is changed: it says then that the model is missing. */
export async function deleteModel(
  services: Services,
  { provider, model, confirm }: ParsedParams<'model/delete'>,
  signal: AbortSignal,
): Promise<Outcome<Dependents>> {
  const opened = await openLibrary(services, provider)
  if (!opened.ok) return opened
  const { open, call } = opened.value
  if (!open.adapter.deleteModel) return noLibrary(open)
  const dependents = services.store.read((database) => findModelDependents(database, meantModel(open, model)))
  if (dependents.length > 0 && !confirm) {
    return fail({ code: 'has_dependents', what: 'model', id: modelTarget({ provider, model }), dependents })
  }
  const deleted = await open.adapter.deleteModel(call(signal), model)
  if (!deleted.ok) return deleted
  const listed = findListed(open, services.health.of(provider).models.models, model)
  const told = await tell(services, { provider, model }, 'delete', { sizeBytes: listed?.sizeBytes ?? null }, null)
  if (!told.ok) return told
  await services.health.forgetModel(provider, listed?.model ?? model)
  await checkAndKeep(services, provider, signal)
  return succeed({ provider, model, dependents })
}

interface OpenLibrary {
  open: OpenProvider
  call(signal: AbortSignal): ProviderCall<unknown>
}

async function openLibrary({ directory, keys, check }: Services, provider: string): Promise<Outcome<OpenLibrary>> {
  const open = directory.open(provider)
  if (!open) return fail({ code: 'not_found', what: 'provider', id: provider })
  if (!open.ok) return open
  const key = await keys.read(open.value.keyOwner)
  if (!key.ok) return key
  const transport = open.value.endpoint === null ? noTransport : await check.transport()
  const { config } = open.value
  return succeed({ open: open.value, call: (signal) => ({ provider, config, key: key.value, transport, signal }) })
}

function noLibrary({ provider, adapter }: OpenProvider): Outcome<never> {
  const told = say('{0} has no models to bring to a machine or to delete from there', asTold(adapter.label))
  return fail({ code: 'config_invalid', provider, problems: [{ path: 'kind', ...worded('message', told) }] })
}

async function tell(
  services: Services,
  named: Named,
  action: string,
  before: object | null,
  after: object | null,
): Promise<Outcome<null>> {
  return await change(services, ['audit'], (database) => {
    const target = modelTarget(named)
    recordAudit(database, { at: services.now(), what: 'model', target, action, before, after })
    return succeed(null)
  })
}
