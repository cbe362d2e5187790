import { assertNever } from '../../protocol/names.ts'
import type { ReviewDoubt } from '../../protocol/results.ts'
import type { ReviewState } from '../../protocol/review.ts'
import { formatNumberIn, formatPercentIn } from '../format.ts'
import type { Language } from '../language.ts'

/** Why an item is looked at, as part of a list. */
export function describeDoubt({ t }: Language, doubt: ReviewDoubt): string {
  switch (doubt) {
    case 'models_differ':
      return t('two models differ')
    case 'no_category':
      return t('no category')
    case 'canary_followed':
      return t('its call may have obeyed an item')
    case 'addresses_judge':
      return t('its text speaks to the judge')
    case 'below_floor':
      return t('less sure than its category wants')
    case 'near_floor':
      return t('hardly surer than its category wants')
    case 'near_further':
      return t('another category near the threshold')
    case 'score_unsure':
      return t('unsure of a score')
    case 'unsure':
      return t('unsure')
    default:
      return assertNever(doubt)
  }
}

/** What is known by what was seen, one sentence a line: how many were seen, how many verdicts are right, how many are still wrong. */
export function describeReviewState(language: Language, state: ReviewState): string[] {
  const { t } = language
  const { items, seen, right, sample, agreement, stillWrong } = state
  const figure = (amount: number): string => formatNumberIn(language, amount)
  const percent = (share: number): string => formatPercentIn(language, share)
  const lines = [t('{0} of {1} verdicts seen, {2} of them right.', figure(seen), figure(items), figure(right))]
  if (agreement) {
    const { share, low, high } = agreement
    lines.push(
      t(
        'Of all verdicts, about {0} are right: between {1} and {2} with 95 % ({3} drawn by chance).',
        ...[percent(share), percent(low), percent(high), figure(sample)],
      ),
    )
  }
  if (!agreement && items > 0) lines.push(t('Once ten are seen that were drawn by chance, the rest is estimated.'))
  if (stillWrong) {
    const { about, low, high } = stillWrong
    lines.push(t('About {0} of {1} are still wrong: between {2} and {3}.', ...[about, items, low, high].map(figure)))
  }
  return lines
}

/** Whether more is worth while, in a sentence. */
export function describeEnough({ t }: Language, { enough }: Pick<ReviewState, 'enough'>): string {
  switch (enough) {
    case 'all':
      return t('Every verdict was seen.')
    case 'good':
      return t('Enough was seen: no more than 5 % are still wrong.')
    case 'precise':
      return t(
        'Enough was seen to know the model: more would hardly change the figures. Are they too low, another model or clearer categories help more.',
      )
    case null:
      return t('Not enough was seen yet.')
    default:
      return assertNever(enough)
  }
}
