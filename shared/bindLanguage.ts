import type { Told } from '../protocol/localizableMessage.ts'
import type { TestPlan } from '../protocol/models.ts'
import type { Task } from '../protocol/names.ts'
import type { Dependent, Problem, ReasonFacts } from '../protocol/reasons.ts'
import type { TraceStep, Warning } from '../protocol/routing.ts'
import { countModels, describeTestCost } from './describe/model.ts'
import { describeReason } from './describe/reason.ts'
import { nextAction } from './describe/reasonAction.ts'
import { describeStep, describeWarning, stepTitle } from './describe/resolution.ts'
import { describeDependent, taskTitle } from './describe/task.ts'
import {
  ageIn,
  bytesIn,
  costIn,
  dayIn,
  dollarsIn,
  durationIn,
  instantIn,
  numberIn,
  percentIn,
  timeIn,
} from './format.ts'
import { type Language, lookUp } from './language.ts'
import { tellIn } from './message.ts'
import { pluralIn } from './plural.ts'

/** All descriptions and formats with the language filled in: each surface makes this once. */
export function bindLanguage(language: Language) {
  const translated = (text: string) => lookUp(language, text)
  return {
    reasonSentence: (facts: ReasonFacts) => describeReason(language, facts),
    reasonAction: (facts: ReasonFacts) => nextAction(language, facts).label,
    warningSentence: (warning: Warning) => describeWarning(language, warning),
    stepSentence: (step: TraceStep) => describeStep(language, step),
    stepWords: (step: TraceStep['step']) => stepTitle(language, step),
    taskTitle: (task: Task) => taskTitle(language, task),
    dependentWords: (dependent: Dependent) => describeDependent(language, dependent),
    /** One thing that is wrong with a value. */
    problemSentence: ({ message, told }: Pick<Problem, 'message' | 'told'>) => tellIn(language, told, message),
    /** A sentence of the server that stands beside its English text. */
    toldSentence: (told: Told | undefined, english: string) => tellIn(language, told, english),
    /** Texts of a kind, and whatever else the server makes that has no values in it. */
    translated,
    translatedOrNull: (text: string | null | undefined) => (text ? translated(text) : null),
    countModels: (count: number) => countModels(language, count),
    /** `plural(3, '{0} item', '{0} items')`. Both are literals, so that they are found and translated. */
    plural: (amount: number, one: string, other: string, ...values: (string | number)[]) =>
      pluralIn(language, amount, one, other, ...values),
    tellNumber: (amount: number, digits?: { least?: number; most?: number }) => numberIn(language, amount, digits),
    tellPercent: (share: number) => percentIn(language, share),
    tellUsd: (amount: number) => dollarsIn(language, amount),
    testCostSentence: (plan: TestPlan) => describeTestCost(language, plan),
    tellCost: (sum: Parameters<typeof costIn>[1]) => costIn(language, sum),
    tellDay: (instant: string) => dayIn(language, instant),
    tellInstant: (instant: string) => instantIn(language, instant),
    tellTime: (instant: string) => timeIn(language, instant),
    tellAge: (instant: string, now: number) => ageIn(language, instant, now),
    tellDuration: (milliseconds: number) => durationIn(language, milliseconds),
    tellBytes: (count: number) => bytesIn(language, count),
  }
}
