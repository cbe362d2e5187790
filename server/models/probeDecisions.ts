import type { ChoiceQuestion, DecisionLimits, PredicateQuestion } from '../../protocol/decisions.ts'
import type { DecisionParameters, ProbeFindings } from '../../protocol/models.ts'
import type { Reason } from '../../protocol/reasons.ts'
import type { Usage } from '../../protocol/results.ts'
import type { DecisionDialect } from '../../protocol/routing.ts'
import type { DecisionOutcome, DecisionRequest } from '../providers/adapter.ts'

/** What is known of the model's decisions before it is asked. `limits` null: its provider has none. */
export interface KnownDecisions {
  listed: DecisionLimits | undefined
  limits: DecisionLimits | null
  /** Whether a model that writes text may decide although its list does not say so. */
  isUnlisted: boolean
}

export interface DecisionProbe {
  decide(request: DecisionRequest): Promise<DecisionOutcome>
  model: string
  parameters: DecisionParameters
  /** As far as its list knows. */
  listed: DecisionLimits | undefined
  /** As far as the kind knows. */
  limits: DecisionLimits
}

/** What one question showed: `found` undefined, where something that is not about decisions was in the way. */
export interface ProbedDecisions {
  found: ProbeFindings['decisions']
  outcome: DecisionOutcome
  usage: Usage | null
}

/**
 * Asks one tiny question natively, about a text that is nobody's. Of a model that is known to decide, but not about how many options,
 * one with more than the first of its kind take: it tells both.
 */
export async function probeDecisions(probe: DecisionProbe): Promise<ProbedDecisions> {
  const { listed } = probe
  const limits = { ...probe.limits, ...listed }
  const isCounting = listed !== undefined && limits.options === undefined
  const outcome = await probe.decide(tinyDecision(probe.model, probe.parameters, isCounting))
  if (outcome.ok) {
    const { dialect, usage } = outcome.value
    const options = isCounting ? { options: mostOptions } : {}
    return { found: { dialect, limits: { ...limits, ...options } }, outcome, usage }
  }
  const { reason, spent } = outcome
  const options = isCounting ? optionsTaken(reason) : null
  return { found: findingsOf(reason, limits, options), outcome, usage: spent?.usage ?? null }
}

export function tinyDecision(model: string, parameters: DecisionParameters, isCounting: boolean): DecisionRequest {
  return {
    model,
    input: 'An apple pie with cinnamon.',
    questions: [isCounting ? countingQuestion : tinyQuestion],
    parameters,
  }
}

const tinyQuestion: PredicateQuestion = { type: 'predicate', name: 'fruit', instructions: 'Is the text about fruit?' }

/** The next more than 52 letters, which several models choose among; what takes these takes 255 as far as anybody has found. */
const countingQuestion: ChoiceQuestion = {
  type: 'choice',
  name: 'number',
  instructions: 'Which number is in the text?',
  options: Array.from({ length: 53 }, (_, place) => ({ name: `n${place}` })),
}
const mostOptions = 255

/** A model that names its most options decides. */
function findingsOf(reason: Reason, limits: DecisionLimits, options: number | null): ProbeFindings['decisions'] {
  if (options !== null) return { dialect: firstDialect, limits: { ...limits, options } }
  return reason.code === 'ask_unsupported' ? null : undefined
}

/** What is known to decide by its list speaks it. */
const firstDialect: DecisionDialect = 'systemone'

function optionsTaken(reason: Reason): number | null {
  const isRefusal = reason.code === 'invalid_response' && reason.problem === 'rejected_request'
  const most = isRefusal ? /too many options .*\bat most (\d{1,4})\b/.exec(reason.detail)?.[1] : undefined
  return most === undefined ? null : Number(most)
}

/** What is known of a model that writes no text. */
export function findingsOfDecider(
  decisions: ProbeFindings['decisions'],
  usage: Usage,
): Omit<ProbeFindings, 'serverVersion' | 'at'> {
  return {
    schema: null,
    schemaWithThinking: null,
    schemaWithoutThinking: null,
    enumeration: null,
    batchOfFive: null,
    usageReported: usage.input !== null,
    emptyWhileThinking: null,
    outputModes: [],
    decisions,
    calls: 1,
    usage,
  }
}
