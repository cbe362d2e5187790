import { randomUUID } from 'node:crypto'
import type { DecisionLimits } from '../../protocol/decisions.ts'
import type { ModelTestReport, ModelType, TestPlan, TestProgress } from '../../protocol/models.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ConnectionReport, ModelInfo } from '../../protocol/providers.ts'
import type { Reason } from '../../protocol/reasons.ts'
import { fail } from '../../shared/fail.ts'
import { similarNames } from '../domain/categoryNames.ts'
import type { CheckTools } from '../health/checkProvider.ts'
import { noTransport } from '../providers/noTransport.ts'
import type { OpenProvider } from '../providers/openProvider.ts'
import { generationParametersOf } from '../providers/supportedParameters.ts'
import type { ModelRow } from '../store/modelTable.ts'
import { readParameters } from './modelParameters.ts'
import { findListed } from './modelViews.ts'
import { type OpenMeter, openTestCalls } from './testCalls.ts'
import { type TestSubject, testModel } from './testModel.ts'
import { planTest } from './testPlan.ts'

/** How a model is to be tested; what is not said is as it is registered. */
export interface SaidTest {
  model?: string | undefined
  type?: ModelType | undefined
  parameters?: Readonly<Record<string, unknown>> | undefined
  probe?: boolean | undefined
}

/** What is known of the model before it is called. */
export interface KnownModel {
  registered: ModelRow | undefined
  listed: ModelInfo | undefined
}

type DecidedTest = Pick<
  TestSubject,
  'kind' | 'offered' | 'topLogprobs' | 'canThink' | 'leavesMachine' | 'probe' | 'decisions'
>

/** Everything that can be decided without a call; fails on parameters that the kind does not support. */
function decideTest(open: OpenProvider, said: SaidTest, known: KnownModel): Outcome<DecidedTest> {
  const { registered, listed } = known
  const type = said.type ?? registered?.type ?? listed?.type ?? 'generation'
  const ownParameters = registered?.type === type ? registered.parameters : {}
  const parameters = readParameters(open, type, said.parameters ?? ownParameters)
  if (!parameters.ok) return parameters
  const { adapter, config } = open
  const supported = generationParametersOf(adapter)
  const capabilities = listed?.capabilities?.map((capability) => capability.toLowerCase()) ?? []
  return succeed({
    kind: { type, parameters: parameters.value } as TestSubject['kind'],
    offered: adapter.outputModes?.(config) ?? adapter.capabilities.outputModes,
    topLogprobs: adapter.topLogprobs?.(config) ?? adapter.capabilities.topLogprobs ?? 0,
    canThink: supported.includes('thinking') && capabilities.includes('thinking'),
    leavesMachine: listed?.leavesMachine === true,
    probe: said.probe === true,
    decisions: {
      listed: listed?.decisions,
      limits: limitsOf(open, said.model),
      isUnlisted: adapter.probesDecisions === true,
    },
  })
}

/** Null: no native decisions there. */
function limitsOf({ adapter, config }: OpenProvider, model: string | undefined): DecisionLimits | null {
  return adapter.decide === undefined ? null : (adapter.decisionLimits?.(config, model ?? '') ?? null)
}

export function describeTest(open: OpenProvider, said: SaidTest, known: KnownModel): Outcome<TestPlan> {
  const decided = decideTest(open, said, known)
  if (!decided.ok) return decided
  const { kind, ...rest } = decided.value
  return succeed(planTest(open, { model: said.model ?? null, type: kind.type, ...rest }))
}

/** A real call, after the connection was found to be well. `key` is the one that the check was made with. */
export async function runModelTest(
  open: OpenProvider,
  said: SaidTest & { model: string },
  found: { report: ConnectionReport; registered: ModelRow | undefined; key: string | null },
  tools: CheckTools & {
    now(): string
    openMeter: OpenMeter
    onTestCall?: ((progress: TestProgress) => void) | undefined
  },
  signal: AbortSignal,
): Promise<Outcome<ModelTestReport>> {
  const { report, registered, key } = found
  const listed = findListed(open, report.models, said.model)
  const decided = decideTest(open, said, { registered, listed })
  if (!decided.ok) return decided
  const transport = open.endpoint === null ? noTransport : await tools.transport()
  const meter = await tools.openMeter(open, { model: said.model, type: decided.value.kind.type, listed })
  if (!meter.ok) return meter
  const { provider, config } = open
  const { calls: most } = planTest(open, { model: said.model, type: decided.value.kind.type, ...decided.value })
  const timeout = AbortSignal.timeout(longestTestMs)
  const calls = openTestCalls(
    open,
    { provider, config, key, transport, signal: AbortSignal.any([signal, timeout]) },
    meter.value,
    (call) => tools.onTestCall?.({ provider, model: said.model, most: Math.max(most, call.call), ...call }),
  )
  const tested = await testModel(
    { open, calls, model: said.model, ...decided.value },
    {
      monotonicNow: tools.monotonicNow,
      now: tools.now,
      drawMark: () => randomUUID().slice(-8),
      serverVersion: report.version,
    },
  )
  if (tested.ok) return tested
  const { reason } = tested
  if (reason.code === 'cancelled' && timeout.aborted && !signal.aborted) return ranOut(open)
  return reason.code === 'model_missing' ? missing(reason, report) : tested
}

/** Somebody waits for a test, and what takes longer than this for a few sentences is of no use for many. */
const longestTestMs = 10 * 60_000

function ranOut({ provider, endpoint }: OpenProvider): Outcome<never> {
  return fail({ code: 'timeout', provider, endpoint: endpoint ?? '', phase: 'total', afterMs: longestTestMs })
}

/** The list knows what is there instead. */
function missing(reason: Extract<Reason, { code: 'model_missing' }>, { models }: ConnectionReport): Outcome<never> {
  if (reason.alternatives.length > 0) return { ok: false, reason }
  const names = models.map((listed) => listed.model)
  const { provider, model, raw } = reason
  return fail({ code: 'model_missing', provider, model, alternatives: similarNames(model, names, 5), raw })
}
