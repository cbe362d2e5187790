import { env, l10n } from 'vscode'
import { bindLanguage } from '../../shared/bindLanguage.ts'
import type { Language } from '../../shared/language.ts'

// What comes from the server is in English; here it is shown in the editor's language. Logs and files stay English.

export const language: Language = {
  get tag() {
    return env.language
  },
  t: (text, ...values) => l10n.t(text, ...values),
}

export const {
  reasonSentence,
  reasonAction,
  warningSentence,
  stepSentence,
  stepWords,
  taskTitle,
  dependentWords,
  problemSentence,
  toldSentence,
  testCostSentence,
  translated,
  translatedOrNull,
  countModels,
  plural,
  tellNumber,
  tellPercent,
  tellUsd,
  tellCost,
  tellDay,
  tellInstant,
  tellTime,
  tellAge,
  tellDuration,
  tellBytes,
} = bindLanguage(language)
