import type { LearnedFacts } from '../../protocol/learned.ts'
import { assertNever } from '../../protocol/names.ts'
import type { ReasonFacts } from '../../protocol/reasons.ts'
import { formatNumberIn } from '../format.ts'
import type { Language } from '../language.ts'
import { formatPluralIn } from '../plural.ts'
import { percentIn } from './cascade.ts'

/**
 * How good a learned model is and what it answers, such as `agrees in 85.1 % of 4,000 examples (84.2 % to 86.1 %); decides 85 % of them,
 * of which at least 91 % agree`.
 */
export function describeLearned(language: Language, facts: LearnedFacts): string {
  const { t } = language
  const { agreement, floor, learnedFrom } = facts
  const examples = formatNumberIn(language, learnedFrom.verdicts + learnedFrom.labels)
  const percent = (share: number): string => percentIn(language, share)
  const measured = t(
    'agrees in {0} of {1} examples that it had not seen ({2} to {3})',
    percent(agreement.share),
    examples,
    percent(agreement.low),
    percent(agreement.high),
  )
  const decides =
    floor.decides === 1
      ? t('decides all of them')
      : t(
          'decides {0} of them, of which at least {1} agree, and gives no category up to a probability of {2}',
          percent(floor.decides),
          percent(floor.bound),
          percent(floor.probability),
        )
  return [measured, decides].join('; ')
}

/** The same in a few words, what asks for something first. */
export function describeLearnedShortly(language: Language, { agreement, floor, newLabels }: LearnedFacts): string {
  const percent = (share: number): string => percentIn(language, share)
  const fresh = newLabels
    ? [formatPluralIn(language, newLabels, '{0} label is new: learn it anew', '{0} labels are new: learn it anew')]
    : []
  const measured = language.t(
    'decides {0}, at least {1} of it right (all: {2})',
    percent(floor.decides),
    percent(floor.bound),
    percent(agreement.share),
  )
  return [...fresh, measured].join('; ')
}

type Facts<Code extends ReasonFacts['code']> = Extract<ReasonFacts, { code: Code }>

export function learnFailedSentence(language: Language, facts: Facts<'learn_failed'>): string {
  const { t } = language
  const { model, problem, examples = 0, needed = 0, wanted = 0, agreement = 0, best = 0 } = facts
  const percent = (share: number): string => percentIn(language, share)
  switch (problem) {
    case 'name':
      return t('"{0}" is no name for a learned model: lower-case letters, digits, "." and "-", 60 at most.', model)
    case 'source':
      return t('Nothing says from what "{0}" is to be learned.', model)
    case 'too_few':
      return facts.leftOut
        ? t(
            '{0} examples are too few to learn from: it takes {1}. {2} cannot be used: their categories are none of the profile, or their texts are gone.',
            ...[examples, needed, facts.leftOut],
          )
        : t('{0} examples are too few to learn from: it takes {1}.', examples, needed)
    case 'one_category':
      return t('All of the {0} examples have the same category: there is nothing to tell apart.', examples)
    case 'no_floor':
      return t(
        'The answers agree in {0} of the examples, and even the surest in no more than {1} for certain, where {2} were wanted.',
        percent(agreement),
        percent(best),
        percent(wanted),
      )
    default:
      return assertNever(problem)
  }
}

export function learnedUnfitSentence({ t }: Language, { model, why, names }: Facts<'learned_unfit'>): string {
  switch (why) {
    case 'categories':
      return t('"{0}" was learned for other categories than the profile has, such as {1}.', model, names.join(', '))
    case 'scoring':
      return t('"{0}" was learned, and knows categories alone: it cannot score.', model)
    case 'damaged':
      return t('The file of the learned model "{0}" is damaged.', model)
    default:
      return assertNever(why)
  }
}

export function proxyUnfitSentence({ t }: Language, { provider, model, why }: Facts<'proxy_unfit'>): string {
  return why === 'same_model'
    ? t('{0} cannot decide in its own place: it is the model that is asked.', `${provider}/${model}`)
    : t('{0} tells no probabilities, so that nobody knows how sure it is.', `${provider}/${model}`)
}
