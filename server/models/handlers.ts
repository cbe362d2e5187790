import type { ParsedParams, Result } from '../../protocol/contract.ts'
import type { DecisionReport } from '../../protocol/decisions.ts'
import type { LearnedModel } from '../../protocol/learned.ts'
import type { RegisteredModel } from '../../protocol/models.ts'
import { maxPageRows } from '../../protocol/names.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { fail } from '../../shared/fail.ts'
import { findModelDependents, type MeantModel } from '../directory/dependents.ts'
import type { Directory } from '../directory/directory.ts'
import { type OpenProvider, openProvider } from '../providers/openProvider.ts'
import type { Handlers } from '../rpc/dispatch.ts'
import type { StoredData } from '../store/change.ts'
import { listModels, type ModelRow } from '../store/modelTable.ts'
import { forecastEnds } from './forecast.ts'
import { forgetLearned, isLearnedHere, type LearnedParts, testLearned, withLearned } from './learnedViews.ts'
import type { ModelLibrary } from './modelLibrary.ts'
import { findListed, lifecycleNow, type ModelSources, publicModel, viewModel } from './modelViews.ts'
import {
  findRegistered,
  findRegisteredName,
  literalModel,
  markDefault,
  meantModel,
  removeRegistration,
  saveRegistration,
} from './registeredModels.ts'
import { describeTest } from './runModelTest.ts'
import type { SavedTests } from './savedTest.ts'
import { cancelledAsTest } from './testCalls.ts'

type NamedModel = Pick<RegisteredModel, 'provider' | 'model'>
type ModelRequest = Extract<keyof Handlers, `model/${string}`>

interface ModelHandlersParts extends StoredData, LearnedParts {
  directory: Pick<Directory, 'open'>
  modelSources: ModelSources
  tests: Pick<SavedTests, 'testModel'>
  library: ModelLibrary
  learn(params: ParsedParams<'model/learn'>, signal: AbortSignal): Promise<Outcome<LearnedModel>>
  decide(params: ParsedParams<'model/decide'>, signal: AbortSignal): Promise<Outcome<DecisionReport>>
}

export function modelHandlers(parts: ModelHandlersParts): Pick<Handlers, ModelRequest> {
  const { store, change, directory, modelSources, tests, library, decide, now } = parts
  const view = (row: ModelRow): RegisteredModel => viewModel(row, modelSources)
  const viewed = (outcome: Outcome<ModelRow>): Outcome<RegisteredModel> =>
    outcome.ok ? succeed(view(outcome.value)) : outcome

  return {
    async 'model/list'(filter) {
      const isPublic = filter?.public === true
      const wanted = { ...filter, isEnabled: isPublic }
      const page = store.read((database) => listModels(database, wanted, filter ?? { limit: maxPageRows }))
      const rows = page.rows.map(view)
      if (isPublic) return succeed({ rows: rows.flatMap((row) => publicModel(row) ?? []), next: page.next })
      const told = await Promise.all(rows.map((row) => withLearned(row, parts)))
      return succeed({ rows: told, next: page.next })
    },

    async 'model/save'(said) {
      const open = openSaved(directory, said.provider)
      if (!open.ok) return open
      const params = { ...said, model: asRegistered(said, parts) }
      const lifecycle = lifecycleNow({ ...params, lifecycle: null }, modelSources)
      const saved = await change(['models', 'providers', 'audit'], (database) =>
        saveRegistration(database, open.value, params, { at: now(), lifecycle }),
      )
      return viewed(saved)
    },

    'model/remove': (params) => remove(parts, params),

    async 'model/setDefault'(params) {
      const marked = await change(['models', 'providers', 'audit'], (database) =>
        markDefault(database, { ...params, model: asRegistered(params, parts) }, now()),
      )
      return viewed(marked)
    },

    'model/dependents'({ provider, model }) {
      if (!directory.open(provider)) return fail({ code: 'not_found', what: 'provider', id: provider })
      const named = meantBy({ provider, model }, modelSources)
      return succeed({ provider, model, dependents: store.read((database) => findModelDependents(database, named)) })
    },

    'model/forecast': ({ days }) => succeed(forecast(parts, days)),

    async 'model/test'(params, { signal }) {
      const learnedTest = await testLearned(params, parts)
      if (learnedTest) return learnedTest
      const outcome = await tests.testModel(params, signal)
      return cancelledAsTest(outcome.ok ? succeed(outcome.value.tested) : outcome)
    },
    'model/decide': async (params, { signal }) => cancelledAsTest(await decide(params, signal)),
    'model/describeTest': (params) => describe({ store, directory, modelSources }, params),

    'model/learn': (params, { signal }) => parts.learn(params, signal),
    'model/pull': (params, { signal }) => library.pull(params, signal),
    'model/delete': (params, { signal }) => library.delete(params, signal),
  }
}

function forecast({ store, modelSources, now }: ModelHandlersParts, days: number) {
  const meant = (named: NamedModel) => meantBy(named, modelSources)
  const wanted = { sources: modelSources, meantBy: meant, days, now: Date.parse(now()) }
  return store.read((database) => forecastEnds(database, wanted))
}

async function remove(
  parts: ModelHandlersParts,
  { provider, model, confirm }: ParsedParams<'model/remove'>,
): Promise<Result<'model/remove'>> {
  const { change, modelSources, now } = parts
  const meant = meantBy({ provider, model: asRegistered({ provider, model }, parts) }, modelSources)
  const removed = await change(['models', 'providers', 'audit'], (database) =>
    removeRegistration(database, meant, { at: now(), isConfirmed: confirm === true }),
  )
  if (removed.ok && isLearnedHere({ provider, model }, parts)) await forgetLearned({ provider, model }, parts)
  return removed
}

/** In every spelling that the kind knows, as far as the provider's settings are valid. */
function meantBy({ provider, model }: NamedModel, modelSources: ModelSources): MeantModel {
  const open = modelSources.openProvider(provider)
  return open ? meantModel(open, model) : literalModel(provider, model)
}

/** A model has one registration: another spelling of its name means that one. */
function asRegistered(
  { provider, model }: NamedModel,
  { store, modelSources }: Pick<ModelHandlersParts, 'store' | 'modelSources'>,
): string {
  const open = modelSources.openProvider(provider)
  return (open && store.read((database) => findRegisteredName(database, open, model))) ?? model
}

/** A provider whose settings are valid; whether it is switched on does not matter. */
function openSaved(directory: Pick<Directory, 'open'>, provider: string): Outcome<OpenProvider> {
  return directory.open(provider) ?? fail({ code: 'not_found', what: 'provider', id: provider })
}

function describe(
  { store, directory, modelSources }: Pick<ModelHandlersParts, 'store' | 'directory' | 'modelSources'>,
  params: ParsedParams<'model/describeTest'>,
): Result<'model/describeTest'> {
  const nothingKnown = { registered: undefined, listed: undefined }
  if (!('provider' in params)) {
    const open = openProvider({ provider: 'unsaved', kind: params.kind, config: params.config })
    return open.ok ? describeTest(open.value, params, nothingKnown) : open
  }
  const open = openSaved(directory, params.provider)
  if (!open.ok) return open
  const { model } = params
  if (model === undefined) return describeTest(open.value, params, nothingKnown)
  const registered = store.read((database) => findRegistered(database, open.value, model))
  const listed = findListed(open.value, modelSources.health.of(params.provider).models.models, model)
  return describeTest(open.value, params, { registered, listed })
}
