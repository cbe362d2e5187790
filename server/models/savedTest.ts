import type { EmbeddingParameters, ModelTestReport, ProbeFindings, TestProgress } from '../../protocol/models.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ConnectionReport, ModelLifecycle } from '../../protocol/providers.ts'
import type { Reason } from '../../protocol/reasons.ts'
import { fail } from '../../shared/fail.ts'
import { withMessage } from '../../shared/message.ts'
import type { Directory } from '../directory/directory.ts'
import { isAboutProvider } from '../domain/reasonScope.ts'
import type { CheckTools } from '../health/checkProvider.ts'
import type { HealthRecords } from '../health/healthRecords.ts'
import type { ProviderChecks } from '../health/providerChecks.ts'
import type { OpenProvider } from '../providers/openProvider.ts'
import { type NewAuditEntry, recordAudit } from '../store/auditTable.ts'
import type { StoredData } from '../store/change.ts'
import type { Database } from '../store/database.ts'
import { type ModelRow, saveModel } from '../store/modelTable.ts'
import type { UsageMeter } from '../usage/usageMeter.ts'
import { lifecycleNow, type ModelSources } from './modelViews.ts'
import { auditModel, findRegistered, fixedTypeWords, isMeasuredWith, modelTarget } from './registeredModels.ts'
import { runModelTest, type SaidTest } from './runModelTest.ts'
import { meterSaved } from './testCalls.ts'

/** Tests of what is saved; what they find is kept. */
export interface SavedTests {
  /** Asks the provider whether it is there, and keeps that as its health; configuration, keys and choices stay as they are. */
  testConnection(provider: string, signal: AbortSignal): Promise<Outcome<ConnectionReport>>
  /** The same, and then a real call of one of its models. What a probe found is kept with the model, which is registered then. */
  testModel(
    said: SaidTest & { provider: string; model: string },
    signal: AbortSignal,
  ): Promise<Outcome<{ report: ConnectionReport; tested: ModelTestReport }>>
}

interface SavedTestsParts extends StoredData {
  directory: Pick<Directory, 'open' | 'wantedModels'>
  health: Pick<HealthRecords, 'of' | 'record'>
  checks: Pick<ProviderChecks, 'record'>
  tools: CheckTools
  modelSources: ModelSources
  usage: Pick<UsageMeter, 'open' | 'flush'>
  /** Told before each call of a test. */
  onTestCall?: (progress: TestProgress) => void
  /** The provider answers again although it had asked to be left alone. */
  endPause(provider: string): Promise<void>
}

export function createSavedTests(parts: SavedTestsParts): SavedTests {
  return {
    testConnection: (provider, signal) => testSavedConnection(parts, provider, signal),
    testModel: (said, signal) => testSavedModel(parts, said, signal),
  }
}

async function testSavedConnection(
  parts: SavedTestsParts,
  provider: string,
  signal: AbortSignal,
): Promise<Outcome<ConnectionReport>> {
  const open = parts.directory.open(provider)
  if (!open) return fail({ code: 'not_found', what: 'provider', id: provider })
  if (!open.ok) return open
  const { health } = parts.health.of(provider)
  const before = health.state === 'unknown' ? null : { ok: health.state === 'ok', code: health.reason?.code }
  const outcome = await checkAndRemember(parts, open.value, [], signal)
  if (outcome.ok || outcome.reason.code !== 'cancelled') {
    const { endpoint } = open.value
    const found = outcome.ok
      ? { ok: true, endpoint, method: outcome.value.method, models: outcome.value.models.length }
      : { ...failed(outcome.reason), endpoint }
    await saveChange(parts, (database, at) =>
      auditTest(database, { at, target: provider, action: 'test', before, after: found }),
    )
  }
  return outcome
}

async function testSavedModel(
  parts: SavedTestsParts,
  said: SaidTest & { provider: string; model: string },
  signal: AbortSignal,
): Promise<Outcome<{ report: ConnectionReport; tested: ModelTestReport }>> {
  const open = parts.directory.open(said.provider)
  if (!open) return fail({ code: 'not_found', what: 'provider', id: said.provider })
  if (!open.ok) return open
  const registered = parts.store.read((database) => findRegistered(database, open.value, said.model))
  if (registered && said.type && said.type !== registered.type) return fixedType(registered)
  const report = await checkAndRemember(parts, open.value, [said.model], signal)
  const tested = report.ok
    ? await callModel(parts, open.value, said, { report: report.value, registered }, signal)
    : report
  if (!tested.ok && tested.reason.code === 'cancelled') return tested
  if (isAnswered(tested)) await parts.endPause(said.provider)
  if (!tested.ok) await rememberFailure(parts, open.value, tested.reason)
  const serverVersion = report.ok ? report.value.version : null
  const saved = await saveTest(parts, open.value, said, { tested, serverVersion })
  if (!saved.ok) return saved
  if (!report.ok) return report
  if (!tested.ok) return tested
  return succeed({ report: report.value, tested: { ...tested.value, registered: saved.value.isNew } })
}

/** Also by a model whose answer is of no use: the provider did not ask to wait. */
function isAnswered(tested: Outcome<ConnectionReport | ModelTestReport>): boolean {
  return tested.ok || (tested.reason.code === 'invalid_response' && tested.reason.problem === 'schema')
}

async function checkAndRemember(
  parts: SavedTestsParts,
  open: OpenProvider,
  models: readonly string[],
  signal: AbortSignal,
): Promise<Outcome<ConnectionReport>> {
  const wanted = [...new Set([...parts.directory.wantedModels(open.provider), ...models])]
  return await parts.checks.record(open, wanted, signal)
}

async function callModel(
  parts: SavedTestsParts,
  open: OpenProvider,
  said: SaidTest & { model: string },
  found: { report: ConnectionReport; registered: ModelRow | undefined },
  signal: AbortSignal,
): Promise<Outcome<ModelTestReport>> {
  const key = await parts.tools.keys.read(open.keyOwner)
  if (!key.ok) return key
  const { now, onTestCall } = parts
  const tools = { ...parts.tools, now, onTestCall, openMeter: meterSaved(parts) }
  const tested = await runModelTest(open, said, { ...found, key: key.value }, tools, signal)
  // What was used is shown at once, and what was set aside for it and not needed is free again.
  void parts.usage.flush()
  return tested
}

/** A list is free: that the account has no credit left, only a real call finds out. */
async function rememberFailure(parts: SavedTestsParts, open: OpenProvider, reason: Reason): Promise<void> {
  const isAboutAccount = ['auth_failed', 'quota_exceeded', 'rate_limited'].includes(reason.code)
  if (isAboutAccount && isAboutProvider(reason)) await parts.health.record(open, { ok: false, reason })
}

async function saveTest(
  parts: SavedTestsParts,
  open: OpenProvider,
  said: SaidTest & { model: string },
  { tested, serverVersion }: { tested: Outcome<ModelTestReport>; serverVersion: string | null },
): Promise<Outcome<{ isNew: boolean }>> {
  const target = modelTarget({ provider: open.provider, model: said.model })
  const found = tested.ok ? findingsToTell(tested.value) : failed(tested.reason)
  const lifecycle = lifecycleNow({ provider: open.provider, model: said.model, lifecycle: null }, parts.modelSources)
  return await saveChange(parts, (database, at) => {
    const before = findRegistered(database, open, said.model)
    const action = said.probe ? 'probe' : 'test'
    auditTest(database, { at, target, action, before: before ? findingsBefore(before, action) : null, after: found })
    if (!tested.ok) return { isNew: false }
    const findings = findingsToSave(before, said, tested.value, { at, serverVersion })
    return { isNew: saveFindings(database, before, { at, tested: tested.value, findings, lifecycle }) }
  })
}

type Findings = Partial<Pick<ModelRow, 'probe' | 'embedding'>>

/** What of a test is about the model as it is registered. A vector of parameters that are not saved is not. */
function findingsToSave(
  before: ModelRow | undefined,
  { parameters }: SaidTest,
  { probe, embedding }: ModelTestReport,
  { at, serverVersion }: { at: string; serverVersion: string | null },
): Findings {
  const isOfSaved =
    parameters === undefined || isMeasuredWith(before ?? { parameters: {} }, parameters as EmbeddingParameters)
  return {
    ...(probe ? { probe } : {}),
    ...(embedding && isOfSaved ? { embedding: { dimensions: embedding.dimensions, at, serverVersion } } : {}),
  }
}

/** True when the model was not registered before. A test that measured nothing to keep registers nothing. */
function saveFindings(
  database: Database,
  before: ModelRow | undefined,
  found: { at: string; tested: ModelTestReport; findings: Findings; lifecycle: ModelLifecycle | null },
): boolean {
  const { at, tested, findings, lifecycle } = found
  if (!before && Object.keys(findings).length === 0) return false
  const { provider, model, type } = tested
  const row: ModelRow = before ?? {
    provider,
    model,
    type,
    status: 'active',
    parameters: {},
    price: null,
    probe: null,
    embedding: null,
    lifecycle: null,
    isDefault: false,
    sync: false,
    updatedAt: at,
  }
  const after = { ...row, ...findings, lifecycle: lifecycle ?? row.lifecycle }
  saveModel(database, after)
  if (!before) auditModel(database, at, 'create', null, after)
  return !before
}

/** What was known before, of what the test measures. */
function findingsBefore({ probe, embedding }: ModelRow, action: 'probe' | 'test'): object | null {
  if (embedding) return { embedding }
  return probe && action === 'probe' ? { probe: probeToTell(probe) } : null
}

/** Numbers and codes only: an answer may hold anything. */
function findingsToTell({ type, usage, embedding, probe }: ModelTestReport): object {
  return { ok: true, type, usage, ...(embedding ? { embedding } : {}), ...(probe ? { probe: probeToTell(probe) } : {}) }
}

function probeToTell({ schema, outputModes, calls, serverVersion }: ProbeFindings): object {
  return { schema, outputModes, calls, serverVersion }
}

function failed({ code }: Reason): object {
  return { ok: false, code }
}

function auditTest(database: Database, entry: Omit<NewAuditEntry, 'what'>): void {
  recordAudit(database, { ...entry, what: 'test' })
}

async function saveChange<Value>(
  parts: SavedTestsParts,
  record: (database: Database, at: string) => Value,
): Promise<Outcome<Value>> {
  return await parts.change(['providers', 'models', 'audit'], (database) => succeed(record(database, parts.now())))
}

function fixedType({ provider, type }: ModelRow): Outcome<never> {
  const problem = { path: 'type', ...withMessage('message', fixedTypeWords(type)) }
  return fail({ code: 'config_invalid', provider, problems: [problem] })
}
