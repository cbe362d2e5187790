import type { ParsedParams } from '../../protocol/contract.ts'
import type { ConnectionTest } from '../../protocol/models.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { fail } from '../../shared/fail.ts'
import type { Directory } from '../directory/directory.ts'
import { type CheckTools, checkProvider } from '../health/checkProvider.ts'
import { type KeyOwner, openProvider } from '../providers/openProvider.ts'
import type { CallContext, Handlers } from '../rpc/dispatch.ts'
import { listModelsOf } from '../store/modelTable.ts'
import type { Store } from '../store/store.ts'
import { withMeasuredVectors } from './modelViews.ts'
import { recognise } from './recogniseAddress.ts'
import { runModelTest } from './runModelTest.ts'
import type { SavedTests } from './savedTest.ts'
import { type FoundLocally, scanServers } from './scanServers.ts'
import { cancelledAsTest, meterUnsaved } from './testCalls.ts'

interface UnsavedTestTools extends CheckTools {
  now(): string
}

interface ConnectionHandlersParts {
  store: Pick<Store, 'read'>
  directory: Pick<Directory, 'open' | 'view' | 'views'>
  tests: SavedTests
  tools: CheckTools
  now(): string
  /** Asks the usual ports of this machine. */
  scanLocalServers(signal: AbortSignal): Promise<FoundLocally[]>
}

/** What asks a provider itself: tests of what is saved or is about to be, its models, and servers on this machine. */
export function connectionHandlers({
  store,
  directory,
  tests,
  tools,
  now,
  scanLocalServers,
}: ConnectionHandlersParts): Pick<
  Handlers,
  'provider/test' | 'provider/scan' | 'provider/recognise' | 'provider/models'
> {
  return {
    'provider/test': async (params, context) =>
      cancelledAsTest(
        'provider' in params
          ? await testSaved(tests, params, context)
          : await testUnsaved({ ...tools, now }, params, context),
      ),
    'provider/recognise': ({ text, kind }) => succeed(recognise(text, { views: directory.views() }, kind)),
    'provider/scan': async (_, { signal }) => succeed(await scanServers({ directory, scanLocalServers }, signal)),

    async 'provider/models'({ provider, refresh }, { signal }) {
      if (refresh) {
        const tested = await tests.testConnection(provider, signal)
        if (!tested.ok) return tested
      }
      const view = directory.view(provider)
      if (!view) return fail({ code: 'not_found', what: 'provider', id: provider })
      const { models } = view.models
      const open = directory.open(provider)
      if (!open?.ok) return succeed(models)
      const rows = store.read((database) => listModelsOf(database, provider))
      return succeed(withMeasuredVectors(open.value, models, rows))
    },
  }
}

async function testSaved(
  tests: SavedTests,
  params: Extract<ParsedParams<'provider/test'>, { provider: string }>,
  { signal }: CallContext,
): Promise<Outcome<ConnectionTest>> {
  const { model, ...said } = params
  if (model === undefined) {
    const report = await tests.testConnection(params.provider, signal)
    return report.ok ? succeed({ ...report.value, tested: null }) : report
  }
  const outcome = await tests.testModel({ ...said, model }, signal)
  return outcome.ok ? succeed({ ...outcome.value.report, tested: outcome.value.tested }) : outcome
}

/** Nothing of it is kept. */
async function testUnsaved(
  tools: UnsavedTestTools,
  values: Extract<ParsedParams<'provider/test'>, { kind: string }>,
  { signal }: CallContext,
): Promise<Outcome<ConnectionTest>> {
  const open = openProvider({ provider: 'unsaved', kind: values.kind, config: values.config })
  if (!open.ok) return open
  const { keyOwner } = open.value
  const key = await keyOfUnsaved(tools.keys, keyOwner, values)
  if (!key.ok) return key
  const { model } = values
  const wanted = model === undefined ? [] : [model]
  const report = await checkProvider(open.value, wanted, tools, signal, key.value)
  if (!report.ok) return report
  if (model === undefined) return succeed({ ...report.value, tested: null })
  const found = { report: report.value, registered: undefined, key: key.value }
  const unmetered = { ...tools, openMeter: meterUnsaved }
  const tested = await runModelTest(open.value, { ...values, model }, found, unmetered, signal)
  return tested.ok ? succeed({ ...report.value, tested: tested.value }) : tested
}

/** The client's store holds keys of saved providers only, each for one origin; a variable is read by whoever names it. */
async function keyOfUnsaved(
  keys: UnsavedTestTools['keys'],
  owner: KeyOwner,
  { key, keyOf }: { key?: string | undefined; keyOf?: string | undefined },
): Promise<Outcome<string | null>> {
  if (key !== undefined) return succeed(key)
  if (owner.variable) return await keys.read(owner)
  return keyOf === undefined ? succeed(null) : await keys.read({ ...owner, provider: keyOf })
}
