import type { ParsedParams } from '../../protocol/contract.ts'
import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import type { EmbeddingParameters, ModelType, RegisteredModel } from '../../protocol/models.ts'
import { assertNever } from '../../protocol/names.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ModelLifecycle } from '../../protocol/providers.ts'
import type { Dependents } from '../../protocol/routing.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, localizableText, withMessage } from '../../shared/message.ts'
import { findModelDependents, type MeantModel } from '../directory/dependents.ts'
import { isSameModel, type OpenProvider } from '../providers/openProvider.ts'
import { nerParametersOf } from '../providers/supportedParameters.ts'
import { recordAudit } from '../store/auditTable.ts'
import type { Database, ReadableDatabase } from '../store/database.ts'
import {
  clearDefault,
  findDefault,
  findModel,
  findModelAsFarAsReadable,
  listModelsOf,
  type ModelRow,
  removeModel,
  saveModel,
} from '../store/modelTable.ts'
import { readParameters, readPrice } from './modelParameters.ts'

/** How a model is called where one text has to name it. */
export function modelTarget({ provider, model }: Pick<RegisteredModel, 'provider' | 'model'>): string {
  return `${provider}/${model}`
}

function modelNotFound(model: Pick<RegisteredModel, 'provider' | 'model'>): Outcome<never> {
  return fail({ code: 'not_found', what: 'model', id: modelTarget(model) })
}

/** A model of a provider, in every spelling that its kind knows. */
export function meantModel(open: OpenProvider, model: string): MeantModel {
  const { provider, adapter, config } = open
  return {
    provider,
    model,
    isMeant: (other) => isSameModel(adapter, model, other) || isSameModel(adapter, other, model),
    defaultFor: (task) => adapter.defaultModel(config, task),
  }
}

/** Where a provider's settings are not valid, its models are known by their exact names only. */
export function literalModel(provider: string, model: string): MeantModel {
  return { provider, model, isMeant: (other) => other === model, defaultFor: () => null }
}

/** The registration that means the model, in whatever spelling: a model has one. */
export function findRegistered(database: ReadableDatabase, open: OpenProvider, model: string): ModelRow | undefined {
  const name = findRegisteredName(database, open, model)
  return name === undefined ? undefined : findModel(database, open.provider, name)
}

/** What it is registered as, whether what is stored of it can be read or not. */
export function findRegisteredName(database: ReadableDatabase, open: OpenProvider, model: string): string | undefined {
  const { provider, isMeant } = meantModel(open, model)
  return (
    findModelAsFarAsReadable(database, provider, model) ??
    listModelsOf(database, provider).find((row) => isMeant(row.model))
  )?.model
}

/** Registers or changes; see `model/save` of the contract. */
export function saveRegistration(
  database: Database,
  open: OpenProvider,
  said: ParsedParams<'model/save'>,
  { at, lifecycle }: { at: string; lifecycle: ModelLifecycle | null },
): Outcome<ModelRow> {
  const { provider, model } = said
  const before = findModelAsFarAsReadable(database, provider, model)
  if (before && said.create) return fail({ code: 'already_exists', what: 'model', id: modelTarget(said) })
  if (said.ifUpdatedAt && before?.updatedAt !== said.ifUpdatedAt) {
    return fail({ code: 'conflict', what: 'model', id: modelTarget(said) })
  }
  const type = readType(open, before, said.type)
  if (!type.ok) return type
  // What is broken is replaced when all of it is given, and never by a change of something else.
  if (before?.unreadable !== undefined && said.parameters === undefined) {
    return fail({ code: 'store_invalid', detail: before.unreadable })
  }
  const parameters = readParameters(open, type.value, said.parameters ?? before?.parameters ?? {})
  if (!parameters.ok) return parameters
  const price = said.price === undefined ? succeed(before?.price ?? null) : readPrice(provider, said.price)
  if (!price.ok) return price
  const status = said.status ?? before?.status ?? 'active'
  if (status === 'inactive' && before?.status !== 'inactive' && !said.confirm) {
    const dependents = findModelDependents(database, meantModel(open, model))
    if (dependents.length > 0) return fail({ code: 'has_dependents', what: 'model', id: modelTarget(said), dependents })
  }
  const after: ModelRow = {
    provider,
    model,
    type: type.value,
    status,
    parameters: parameters.value,
    price: price.value,
    probe: before?.probe ?? null,
    embedding: before && isMeasuredWith(before, parameters.value) ? before.embedding : null,
    lifecycle: lifecycle ?? before?.lifecycle ?? null,
    isDefault: status !== 'inactive' && (before?.isDefault ?? false),
    sync: said.sync ?? before?.sync ?? false,
    updatedAt: at,
  }
  saveModel(database, after)
  auditModel(database, at, before ? 'change' : 'create', before ?? null, after)
  return succeed(after)
}

/** A vector is as long as it was asked for: with other dimensions nothing has been measured yet. */
export function isMeasuredWith({ parameters }: Pick<ModelRow, 'parameters'>, asked: EmbeddingParameters): boolean {
  return (parameters as EmbeddingParameters).dimensions === asked.dimensions
}

/** Where another type is said than the one that was registered. */
export function fixedTypeWords(type: ModelType): LocalizableMessage {
  switch (type) {
    case 'embedding':
      return localizable('the type of a registered model is fixed: it is embedding')
    case 'generation':
      return localizable('the type of a registered model is fixed: it is generation')
    case 'decision':
      return localizable('the type of a registered model is fixed: it is decision')
    case 'ner':
      return localizable('the type of a registered model is fixed: it is ner')
    default:
      return assertNever(type)
  }
}

/** What a model is for is decided once: vectors and texts are not compared. */
function readType(
  { provider, adapter }: OpenProvider,
  before: ModelRow | undefined,
  said: ModelType | undefined,
): Outcome<ModelType> {
  const refuse = (sentence: LocalizableMessage) =>
    fail({ code: 'config_invalid', provider, problems: [{ path: 'type', ...withMessage('message', sentence) }] })
  if (before) {
    return said && said !== before.type ? refuse(fixedTypeWords(before.type)) : succeed(before.type)
  }
  if (!said) return refuse(localizable('say what the model is for: generation, embedding, decision or ner'))
  if (said === 'embedding' && !adapter.embed)
    return refuse(localizable('{0} has no embeddings', localizableText(adapter.label)))
  if (said === 'decision' && !adapter.decide)
    return refuse(localizable('{0} has no call for decisions', localizableText(adapter.label)))
  if (said === 'ner' && nerParametersOf(adapter).length === 0)
    return refuse(localizable('{0} has no models that write', localizableText(adapter.label)))
  return succeed(said)
}

export function removeRegistration(
  database: Database,
  meant: MeantModel,
  { at, isConfirmed }: { at: string; isConfirmed: boolean },
): Outcome<Dependents> {
  const { provider, model } = meant
  const before = findModelAsFarAsReadable(database, provider, model)
  if (!before) return modelNotFound(meant)
  const dependents = findModelDependents(database, meant)
  if (dependents.length > 0 && !isConfirmed) {
    return fail({ code: 'has_dependents', what: 'model', id: modelTarget(meant), dependents })
  }
  removeModel(database, provider, model)
  auditModel(database, at, 'remove', before, null)
  return succeed({ provider, model, dependents })
}

/** The former default loses the mark, which is recorded: a type has at most one default. */
export function markDefault(
  database: Database,
  { provider, model, isDefault }: ParsedParams<'model/setDefault'>,
  at: string,
): Outcome<ModelRow> {
  const row = findModel(database, provider, model)
  if (!row) return modelNotFound({ provider, model })
  if (isDefault && row.status === 'inactive') {
    return fail({ code: 'model_unconfigured', provider, inactive: model })
  }
  if (row.isDefault === isDefault) return succeed(row)
  const former = findDefault(database, row.type)
  if (isDefault && former) auditModel(database, at, 'default', former, { ...former, isDefault: false })
  if (isDefault) clearDefault(database, row.type, at)
  const after = { ...row, isDefault, updatedAt: at }
  saveModel(database, after)
  auditModel(database, at, 'default', row, after)
  return succeed(after)
}

/** Call it in the change that it records. */
export function auditModel(
  database: Database,
  at: string,
  action: string,
  before: ModelRow | null,
  after: ModelRow | null,
): void {
  const row = after ?? before
  if (!row) return
  const target = modelTarget(row)
  recordAudit(database, { at, what: 'model', target, action, before: audited(before), after: audited(after) })
}

function audited(row: ModelRow | null) {
  if (!row) return null
  const { type, status, parameters, price, isDefault, sync, unreadable } = row
  return {
    type,
    status,
    parameters,
    price,
    isDefault,
    ...(sync ? { sync } : {}),
    ...(unreadable === undefined ? {} : { unreadable }),
  }
}
