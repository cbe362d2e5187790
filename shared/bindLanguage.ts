import type { DecisionLimits } from '../protocol/decisions.ts'
import type { LocalizableMessage } from '../protocol/localizableMessage.ts'
import type { TestPlan } from '../protocol/models.ts'
import type { Task } from '../protocol/names.ts'
import type { ConnectionReport, ModelLatency } from '../protocol/providers.ts'
import type { Dependent, Problem, ReasonFacts } from '../protocol/reasons.ts'
import type { TraceStep, Warning } from '../protocol/routing.ts'
import { betterKindSentence, pullOfferSentence } from './describe/connection.ts'
import { countModels, describeDecisions, describeLatency, describeTestCost } from './describe/model.ts'
import { describeReason } from './describe/reason.ts'
import { nextAction } from './describe/reasonAction.ts'
import { describeStep, describeWarning, stepTitle } from './describe/resolution.ts'
import { describeDependent, taskTitle } from './describe/task.ts'
import {
  formatAgeIn,
  formatBytesIn,
  formatCostIn,
  formatDayIn,
  formatDurationIn,
  formatInstantIn,
  formatNumberIn,
  formatPercentIn,
  formatTimeIn,
  formatUsdIn,
} from './format.ts'
import { type Language, lookUp } from './language.ts'
import { localizeOr } from './message.ts'
import { formatPluralIn } from './plural.ts'

/** All descriptions and formats with the language filled in: each surface makes this once. */
export function bindLanguage(language: Language) {
  const translated = (text: string) => lookUp(language, text)
  return {
    describeReason: (facts: ReasonFacts) => describeReason(language, facts),
    reasonAction: (facts: ReasonFacts) => nextAction(language, facts).label,
    describeWarning: (warning: Warning) => describeWarning(language, warning),
    describeStep: (step: TraceStep) => describeStep(language, step),
    stepTitle: (step: TraceStep['step']) => stepTitle(language, step),
    taskTitle: (task: Task) => taskTitle(language, task),
    describeDependent: (dependent: Dependent) => describeDependent(language, dependent),
    /** One thing that is wrong with a value. */
    describeProblem: ({ message, localizable }: Pick<Problem, 'message' | 'localizable'>) =>
      localizeOr(language, localizable, message),
    /** A sentence of the server that stands beside its English text. */
    localizeOr: (sentence: LocalizableMessage | undefined, english: string) => localizeOr(language, sentence, english),
    /** Texts of a kind, and whatever else the server makes that has no values in it. */
    translated,
    translatedOrNull: (text: string | null | undefined) => (text ? translated(text) : null),
    describeLatency: (latency: ModelLatency) => describeLatency(language, latency),
    describeDecisions: (limits: DecisionLimits) => describeDecisions(language, limits),
    countModels: (count: number) => countModels(language, count),
    /** `plural(3, '{0} item', '{0} items')`. Both are literals, so that they are found and translated. */
    plural: (amount: number, one: string, other: string, ...values: (string | number)[]) =>
      formatPluralIn(language, amount, one, other, ...values),
    formatNumber: (amount: number, digits?: { least?: number; most?: number }) =>
      formatNumberIn(language, amount, digits),
    formatPercent: (share: number) => formatPercentIn(language, share),
    formatUsd: (amount: number) => formatUsdIn(language, amount),
    describeTestCost: (plan: TestPlan) => describeTestCost(language, plan),
    pullOfferSentence: (report: Pick<ConnectionReport, 'pullOffer'>) => pullOfferSentence(language, report),
    betterKindSentence: (report: { provider: string }) => betterKindSentence(language, report),
    formatCost: (sum: Parameters<typeof formatCostIn>[1]) => formatCostIn(language, sum),
    formatDay: (instant: string) => formatDayIn(language, instant),
    formatInstant: (instant: string) => formatInstantIn(language, instant),
    formatTime: (instant: string) => formatTimeIn(language, instant),
    formatAge: (instant: string, now: number) => formatAgeIn(language, instant, now),
    formatDuration: (milliseconds: number) => formatDurationIn(language, milliseconds),
    formatBytes: (count: number) => formatBytesIn(language, count),
  }
}
