import { leastLabelMass } from '../../protocol/decisions.ts'
import { assertNever } from '../../protocol/names.ts'
import {
  type ConfidenceSource,
  confidenceSourceOf,
  type DecisionFacts,
  type Receipt,
  type ResultRecord,
  type ReviewCause,
} from '../../protocol/results.ts'
import type { AskMode, DecisionDialect } from '../../protocol/routing.ts'
import { formatNumberIn, formatPercentIn } from '../format.ts'
import type { Language } from '../language.ts'

/** How a task asks its model, in a word or two. */
export function askTitle({ t }: Language, ask: AskMode): string {
  switch (ask) {
    case 'auto':
      return t('auto')
    case 'decisions':
      return t('decisions')
    case 'readout':
      return t('read-out')
    case 'text':
      return t('text')
    default:
      return assertNever(ask)
  }
}

/** What that means, in a sentence. */
export function describeAsk({ t }: Language, ask: AskMode): string {
  switch (ask) {
    case 'auto':
      return t('Decisions if the model supports them, otherwise text.')
    case 'decisions':
      return t('Typed questions that a decision model answers with probabilities, without prose.')
    case 'readout':
      return t(
        'Labelled options for an ordinary model; the log probabilities of its first token are read. Fast with small models; not calibrated.',
      )
    case 'text':
      return t('A prompt that is answered in text. The only way that gives reasons.')
    default:
      return assertNever(ask)
  }
}

/** Names of interfaces, which nobody translates. */
const dialectNames: Record<DecisionDialect, string> = {
  systemone: 'System One',
  openai: 'OpenAI Decisions',
  gemini: 'Gemini Decisions',
}

/** "decisions (System One)", "read-out, not calibrated", "text (schema)": how the verdict of a receipt was asked for. */
export function describeAskedBy(language: Language, { outputMode, decision }: AskedBy): string {
  const { t } = language
  switch (outputMode) {
    case 'decisions': {
      const words = askTitle(language, outputMode)
      return decision?.dialect ? t('{0} ({1})', words, dialectNames[decision.dialect]) : words
    }
    case 'readout':
      return t('{0}, not calibrated', askTitle(language, outputMode))
    case 'proxy':
      return t('nobody: a proxy decided in its place')
    default:
      return t('{0} ({1})', askTitle(language, 'text'), outputMode)
  }
}

type AskedBy = Pick<Receipt, 'outputMode' | 'decision'>

/** What a confidence is made of, in a word or two. */
export function confidenceTitle({ t }: Language, source: ConfidenceSource): string {
  switch (source) {
    case 'probabilities':
      return t('probabilities')
    case 'logprobs':
      return t('log probabilities')
    case 'stated':
      return t('the model’s own word')
    default:
      return assertNever(source)
  }
}

/** "0.95 (the model’s own word), corrected by 120 labels: 0.71". Null: it has none. */
export function describeConfidence(language: Language, result: SureResult): string | null {
  const { confidence, calibrated, receipts } = result
  if (confidence === null) return null
  const { t } = language
  const { categorization } = receipts
  const own = figure(language, confidence)
  const told = categorization ? t('{0} ({1})', own, confidenceTitle(language, confidenceSourceOf(categorization))) : own
  if (calibrated === undefined || !categorization?.calibration) return told
  const labels = formatNumberIn(language, categorization.calibration.labels)
  return t('{0}, corrected by {1} labels: {2}', told, labels, figure(language, calibrated))
}

type SureResult = Pick<ResultRecord, 'confidence' | 'calibrated' | 'receipts'>

/** Why a verdict waits for a person, as part of a sentence. */
export function describeReview({ t }: Language, cause: ReviewCause): string {
  switch (cause) {
    case 'below_floor':
      return t('less sure than its category wants')
    case 'models_differ':
      return t('two models differ')
    default:
      return assertNever(cause)
  }
}

/** Whether the model gave probabilities and no reasons. */
export function isDecided({ outputMode }: Pick<Receipt, 'outputMode'>): boolean {
  return outputMode === 'decisions' || outputMode === 'readout'
}

/** What a decision leaves behind besides its verdict, by name. */
export function decisionFacts(language: Language, decision: DecisionFacts): [name: string, text: string][] {
  const { t } = language
  const { serverConfidence = {}, distributions = {}, labelMass, flips } = decision
  const sure = Object.entries(serverConfidence).map(([question, share]) => `${question} ${figure(language, share)}`)
  return [
    ...(sure.length > 0
      ? [[t('The server’s own confidence, by its own formula'), sure.join(', ')] satisfies [string, string]]
      : []),
    ...Object.entries(distributions).map(([question, levels]): [string, string] => [
      t('Levels of {0}, from the lowest', question),
      levels.map((share) => formatPercentIn(language, share)).join(', '),
    ]),
    ...(labelMass === undefined
      ? []
      : [[t('Probability on the offered labels'), describeMass(language, labelMass)] satisfies [string, string]]),
    ...(flips === undefined
      ? []
      : [
          [t('Answers that changed with the order of the options'), figure(language, flips)] satisfies [string, string],
        ]),
  ]
}

function describeMass(language: Language, mass: number): string {
  const share = formatPercentIn(language, mass)
  return mass < leastLabelMass ? language.t('{0}: low, the model may not understand the question', share) : share
}

function figure(language: Language, amount: number): string {
  return formatNumberIn(language, amount, { most: 2 })
}
