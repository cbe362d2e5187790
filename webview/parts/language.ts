import * as l10n from '@vscode/l10n'
import { bindLanguage } from '../../shared/bindLanguage.ts'
import type { Language } from '../../shared/language.ts'

// What comes from the server is in English; here it is shown in the editor's language.

export const language: Language = {
  get tag() {
    return document.documentElement.lang
  },
  t: (text, ...values) => l10n.t(text, ...values),
}

export const {
  describeReason,
  reasonAction,
  describeWarning,
  describeStep,
  stepTitle,
  taskTitle,
  describeDependent,
  describeProblem,
  localizeOr,
  describeTestCost,
  betterKindSentence,
  describeDecisions,
  describeLatency,
  pullOfferSentence,
  translated,
  translatedOrNull,
  countModels,
  plural,
  formatNumber,
  formatPercent,
  formatUsd,
  formatCost,
  formatDay,
  formatInstant,
  formatTime,
  formatAge,
  formatDuration,
  formatBytes,
} = bindLanguage(language)
