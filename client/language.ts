import { env, l10n } from 'vscode'
import { tellReason } from '../protocol/explainReason.ts'
import {
  dayIn,
  dollarsIn,
  instantIn,
  type Language,
  lookUp,
  numberIn,
  percentIn,
  pluralIn,
} from '../protocol/language.ts'
import { nextAction } from '../protocol/reasonAction.ts'
import type { ReasonFacts } from '../protocol/reasons.ts'
import { tellStep, tellWarning } from '../protocol/resolutionWords.ts'
import type { TraceStep, Warning } from '../protocol/routing.ts'

// What comes from the server is in English; here it is told in the editor's language, when it is drawn. Logs and files stay English.

export const language: Language = {
  get tag() {
    return env.language
  },
  t: (text, ...values) => l10n.t(text, ...values),
}

export const reasonSentence = (facts: ReasonFacts) => tellReason(facts, language)
export const reasonAction = (facts: ReasonFacts) => nextAction(facts, language).label
export const warningSentence = (warning: Warning) => tellWarning(warning, language)
export const stepSentence = (step: TraceStep) => tellStep(step, language)
/** Texts of a kind, and whatever else the server makes that has no values in it. */
export const translated = (text: string) => lookUp(language, text)

export const translatedOrNull = (text: string | null | undefined) => (text ? translated(text) : null)

/** `plural(3, '{0} item', '{0} items')`. Both are literals, so that they are found and translated. */
export const plural = (amount: number, one: string, other: string, ...values: (string | number)[]) =>
  pluralIn(language, amount, one, other, ...values)
export const tellNumber = (amount: number, digits?: { least?: number; most?: number }) =>
  numberIn(language, amount, digits)
export const tellPercent = (share: number) => percentIn(language, share)
export const tellUsd = (amount: number) => dollarsIn(language, amount)
export const tellDay = (instant: string) => dayIn(language, instant)
export const tellInstant = (instant: string) => instantIn(language, instant)
