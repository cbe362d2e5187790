import type { ParsedParams } from '../../protocol/contract.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ModelInfo } from '../../protocol/providers.ts'
import type { Dependents } from '../../protocol/routing.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, localizableText, withMessage } from '../../shared/message.ts'
import { findModelDependents } from '../directory/dependents.ts'
import type { Directory } from '../directory/directory.ts'
import type { CheckTools } from '../health/checkProvider.ts'
import type { HealthRecords } from '../health/healthRecords.ts'
import type { ProviderChecks } from '../health/providerChecks.ts'
import type { ProviderCall } from '../providers/adapter.ts'
import { noTransport } from '../providers/noTransport.ts'
import type { OpenProvider } from '../providers/openProvider.ts'
import { recordAudit } from '../store/auditTable.ts'
import type { StoredData } from '../store/change.ts'
import { findListed } from './modelViews.ts'
import type { Pulls } from './pulls.ts'
import { meantModel, modelTarget } from './registeredModels.ts'

type Named = { provider: string; model: string }

/** The models on a provider's machine. */
export interface ModelLibrary {
  /** Brings a model to its provider's machine; the answer is how the provider lists it then. */
  pull(named: Named, signal: AbortSignal): Promise<Outcome<ModelInfo>>
  /** Removes the model from its provider's machine. Nothing that names it is changed: it says then that the model is missing. */
  delete(named: ParsedParams<'model/delete'>, signal: AbortSignal): Promise<Outcome<Dependents>>
}

interface ModelLibraryParts extends StoredData {
  directory: Pick<Directory, 'open'>
  health: Pick<HealthRecords, 'of' | 'forgetModel'>
  checks: Pick<ProviderChecks, 'check'>
  tools: Pick<CheckTools, 'keys' | 'transport'>
  pulls: Pick<Pulls, 'pull'>
}

export function createModelLibrary(parts: ModelLibraryParts): ModelLibrary {
  return {
    pull: (named, signal) => pullModel(parts, named, signal),
    delete: (named, signal) => deleteModel(parts, named, signal),
  }
}

async function pullModel(parts: ModelLibraryParts, named: Named, signal: AbortSignal): Promise<Outcome<ModelInfo>> {
  const opened = await openLibrary(parts, named.provider)
  if (!opened.ok) return opened
  const { open, call } = opened.value
  const { adapter } = open
  if (!adapter.pull) return noLibrary(open)
  const pulled = await parts.pulls.pull(
    {
      ...named,
      start: async (pullSignal, onStep) =>
        (await adapter.pull?.(call(pullSignal), named.model, onStep)) ?? noLibrary(open),
    },
    signal,
  )
  if (!pulled.ok) return pulled
  const recorded = await record(parts, named, 'pull', null, { pulled: true })
  if (!recorded.ok) return recorded
  await parts.checks.check(named.provider, signal)
  const listed = findListed(open, parts.health.of(named.provider).models.models, named.model)
  return succeed(listed ?? { model: named.model })
}

async function deleteModel(
  parts: ModelLibraryParts,
  { provider, model, confirm }: ParsedParams<'model/delete'>,
  signal: AbortSignal,
): Promise<Outcome<Dependents>> {
  const opened = await openLibrary(parts, provider)
  if (!opened.ok) return opened
  const { open, call } = opened.value
  if (!open.adapter.deleteModel) return noLibrary(open)
  const dependents = parts.store.read((database) => findModelDependents(database, meantModel(open, model)))
  if (dependents.length > 0 && !confirm) {
    return fail({ code: 'has_dependents', what: 'model', id: modelTarget({ provider, model }), dependents })
  }
  const deleted = await open.adapter.deleteModel(call(signal), model)
  if (!deleted.ok) return deleted
  const listed = findListed(open, parts.health.of(provider).models.models, model)
  const recorded = await record(parts, { provider, model }, 'delete', { sizeBytes: listed?.sizeBytes ?? null }, null)
  if (!recorded.ok) return recorded
  await parts.health.forgetModel(provider, listed?.model ?? model)
  await parts.checks.check(provider, signal)
  return succeed({ provider, model, dependents })
}

interface OpenLibrary {
  open: OpenProvider
  call(signal: AbortSignal): ProviderCall<unknown>
}

async function openLibrary({ directory, tools }: ModelLibraryParts, provider: string): Promise<Outcome<OpenLibrary>> {
  const open = directory.open(provider)
  if (!open) return fail({ code: 'not_found', what: 'provider', id: provider })
  if (!open.ok) return open
  const key = await tools.keys.read(open.value.keyOwner)
  if (!key.ok) return key
  const transport = open.value.endpoint === null ? noTransport : await tools.transport()
  const { config } = open.value
  return succeed({ open: open.value, call: (signal) => ({ provider, config, key: key.value, transport, signal }) })
}

function noLibrary({ provider, adapter }: OpenProvider): Outcome<never> {
  const sentence = localizable('{0} cannot pull or delete models', localizableText(adapter.label))
  return fail({ code: 'config_invalid', provider, problems: [{ path: 'kind', ...withMessage('message', sentence) }] })
}

async function record(
  parts: ModelLibraryParts,
  named: Named,
  action: string,
  before: object | null,
  after: object | null,
): Promise<Outcome<null>> {
  return await parts.change(['audit'], (database) => {
    const target = modelTarget(named)
    recordAudit(database, { at: parts.now(), what: 'model', target, action, before, after })
    return succeed(null)
  })
}
