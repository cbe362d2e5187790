import { env, l10n } from 'vscode'
import type { Language } from '../../protocol/language.ts'
import { wordsIn } from '../../protocol/wordsIn.ts'

// What comes from the server is in English; here it is put into the editor's language, when it is drawn. Logs and files stay English.

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
  plural,
  tellNumber,
  tellPercent,
  tellUsd,
  tellCost,
  tellDay,
  tellInstant,
} = wordsIn(language)
