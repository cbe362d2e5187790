import type {
  DecisionParameters,
  EmbeddingParameters,
  GenerationParameters,
  ModelTestReport,
  ModelType,
  ProbeFindings,
} from '../../protocol/models.ts'
import { assertNever } from '../../protocol/names.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Reason } from '../../protocol/reasons.ts'
import type { Usage } from '../../protocol/results.ts'
import type { OutputMode } from '../../protocol/routing.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import { parseCategoryVerdicts } from '../domain/parseVerdicts.ts'
import { sumUsage } from '../domain/sumUsage.ts'
import type { Completion } from '../providers/adapter.ts'
import type { OpenProvider } from '../providers/openProvider.ts'
import { measureNames } from './measureNames.ts'
import type { ParametersOf } from './modelParameters.ts'
import { probeModel } from './probe.ts'
import { measureBatch } from './probeBatch.ts'
import { requestOf } from './probeCalls.ts'
import { findingsOfDecider, type KnownDecisions, probeDecisions } from './probeDecisions.ts'
import { type ProbePrompt, tinyPrompt } from './probeItems.ts'
import type { TestCalls } from './testCalls.ts'
import { planTest, testText } from './testPlan.ts'

/** A model to be tested, with everything decided. */
export interface TestSubject {
  open: OpenProvider
  calls: TestCalls
  model: string
  probe: boolean
  /** As they are offered to a run, best first. */
  offered: readonly OutputMode[]
  /** Log probabilities that a call can be asked for; 0: none. */
  topLogprobs: number
  canThink: boolean
  leavesMachine: boolean
  decisions: KnownDecisions
  kind: { [Type in ModelType]: { type: Type; parameters: ParametersOf[Type] } }[ModelType]
}

export interface TestTools {
  /** Milliseconds of a clock that never jumps. */
  monotonicNow(): number
  /** The present as ISO 8601. */
  now(): string
  drawMark(): string
  /** Of the server that is asked; null: it does not say. */
  serverVersion: string | null
}

type Measured = Pick<ModelTestReport, 'usage' | 'embedding' | 'probe' | 'names'>

/** Calls the model, and measures. Changes and stores nothing; the caller decides about that. */
export async function testModel(subject: TestSubject, tools: TestTools): Promise<Outcome<ModelTestReport>> {
  const { open, model, kind } = subject
  const plan = planTest(open, { ...subject, type: kind.type })
  const started = tools.monotonicNow()
  const measured = await measure(subject, tools)
  if (!measured.ok) return measured
  const latencyMs = Math.max(0, Math.round(tools.monotonicNow() - started))
  const { type } = kind
  return succeed({
    provider: open.provider,
    model,
    type,
    sent: plan.sent,
    localizable: plan.localizable,
    latencyMs,
    ...measured.value,
    registered: false,
  })
}

function measure(subject: TestSubject, tools: TestTools): Promise<Outcome<Measured>> {
  const { kind } = subject
  switch (kind.type) {
    case 'embedding':
      return measureVector(subject, kind.parameters)
    case 'generation':
      return subject.probe
        ? measureCapabilities(subject, kind.parameters, tools)
        : measureAnswer(subject, kind.parameters, tools)
    case 'decision':
      return measureDecision(subject, kind.parameters, tools)
    case 'ner':
      return measureNames(subject, kind.parameters)
    default:
      return assertNever(kind)
  }
}

async function measureVector(
  { calls, model }: TestSubject,
  parameters: EmbeddingParameters,
): Promise<Outcome<Measured>> {
  const embedded = await calls.embed({ model, texts: [testText], parameters })
  if (!embedded.ok) return embedded
  const { vectors, usage } = embedded.value
  const embedding = compareDimensions(vectors[0]?.length ?? 0, parameters.dimensions ?? null)
  return succeed({ usage, embedding, probe: null })
}

/** What a vector's length means for the configured one. */
export function compareDimensions(
  dimensions: number,
  configured: number | null,
): NonNullable<ModelTestReport['embedding']> {
  const matches = configured === null ? null : dimensions === configured
  const advice =
    matches === false
      ? localizable(
          'The vectors have {0} numbers, not {1}: set dimensions to {0}, or choose a model that gives {1}.',
          ...[dimensions, configured ?? 0],
        )
      : null
  return { dimensions, configured, matches, ...(advice ? withMessage('advice', advice) : { advice }) }
}

/** What one question tells of a model that only decides. */
async function measureDecision(
  { calls, model, decisions: { listed, limits } }: TestSubject,
  parameters: DecisionParameters,
  { now, serverVersion }: TestTools,
): Promise<Outcome<Measured>> {
  const { decide } = calls
  const probed = await probeDecisions({ decide, model, parameters, listed, limits: limits ?? {} })
  if (probed.found == null) return probed.outcome.ok ? fail({ code: 'cancelled' }) : probed.outcome
  const usage = probed.usage ?? { input: null, output: null, cached: null }
  const probe = { ...findingsOfDecider(probed.found, usage), serverVersion, at: now() }
  return succeed({ usage, embedding: null, probe })
}

async function measureCapabilities(
  subject: TestSubject,
  parameters: GenerationParameters,
  { drawMark, now, serverVersion }: TestTools,
): Promise<Outcome<Measured>> {
  const { model, offered, topLogprobs, canThink } = subject
  const { complete } = subject.calls
  const found = await probeModel({ complete, model, parameters, offered, topLogprobs, canThink, drawMark })
  if (!found.ok) return found
  const [mode] = found.value.outputModes
  const judgesFive = found.value.batchOfFive === true && found.value.usable !== false
  const batched =
    judgesFive && mode
      ? await measureBatch({ complete, model, parameters, offered, topLogprobs, canThink, drawMark }, mode)
      : null
  if (batched?.ok === false) return batched
  const decided = await alsoDecides(subject, parameters)
  const parts = [found.value, ...(batched ? [batched.value] : [])]
  const usage = sumUsage([...parts, ...(decided.usage ? [{ usage: decided.usage }] : [])].map((each) => each.usage))
  const calls = parts.reduce((sum, each) => sum + each.calls, decided.calls)
  const batch = batched ? { batch: batched.value.batch } : {}
  const probe = { ...found.value, ...batch, ...decided.findings, usage, calls, serverVersion, at: now() }
  return succeed({ usage: probe.usage, embedding: null, probe })
}

/** Whether a model that writes text decides natively, too. What is in the way of that question is not in the way of the others. */
async function alsoDecides(
  { calls, model, decisions: { listed, limits, isUnlisted } }: TestSubject,
  { timeout_seconds }: GenerationParameters,
): Promise<{ findings: Pick<ProbeFindings, 'decisions'>; usage: Usage | null; calls: number }> {
  if (limits === null || !isUnlisted) return { findings: {}, usage: null, calls: 0 }
  const parameters = timeout_seconds === undefined ? {} : { timeout_seconds }
  const { found, usage } = await probeDecisions({ decide: calls.decide, model, parameters, listed, limits })
  return { findings: found === undefined ? {} : { decisions: found }, usage, calls: 1 }
}

/** One item, asked for as a run asks: the best output mode that is taken. */
async function measureAnswer(
  subject: TestSubject,
  parameters: GenerationParameters,
  { drawMark }: TestTools,
): Promise<Outcome<Measured>> {
  const { model, offered } = subject
  let refusal: Reason | null = null
  for (const mode of offered) {
    const prompt = tinyPrompt(drawMark())
    const answer = await subject.calls.complete(requestOf(prompt, { model, parameters, mode }))
    if (answer.ok) return readAnswer(subject, prompt, answer.value)
    const { reason } = answer
    if (reason.code !== 'invalid_response' || reason.problem !== 'rejected_request') return answer
    refusal = reason
  }
  if (refusal === null) throw new Error('A kind without an output mode')
  return { ok: false, reason: refusal }
}

function readAnswer({ open }: TestSubject, { work }: ProbePrompt, { text, usage }: Completion): Outcome<Measured> {
  const parsed = parseCategoryVerdicts(text, work)
  if (parsed.ok) return succeed({ usage, embedding: null, probe: null })
  const { problem, detail, localizable } = parsed
  return fail({
    code: 'invalid_response',
    provider: open.provider,
    problem,
    detail,
    ...(localizable ? { localizable } : {}),
  })
}
