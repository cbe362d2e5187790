import type { LaneBatch, RunLane } from '../../protocol/runs.ts'
import { formatNumberIn } from '../format.ts'
import type { Language } from '../language.ts'
import { formatPluralIn } from '../plural.ts'

/** `2 of 5 batches open · 24,000 items wait in them · 310 were left without an answer`. What there is none of is left out. */
export function describeLane(language: Language, { batches, open, waiting, left }: RunLane): string {
  const { t } = language
  const figure = (amount: number) => formatNumberIn(language, amount)
  return [
    open > 0
      ? t('{0} of {1} batches open', figure(open), figure(batches))
      : formatPluralIn(language, batches, '{0} batch', '{0} batches'),
    ...(waiting > 0 ? [t('{0} items wait in them', figure(waiting))] : []),
    ...(left > 0 ? [t('{0} had no usable answer', figure(left))] : []),
  ].join(' · ')
}

/** `3: in_progress, 1,200 of 25,000 requests answered (batch_abc)`: one batch, with the provider's own words for where it is. */
export function describeBatch(language: Language, { number, state, said, requests, answered, id }: LaneBatch): string {
  const { t } = language
  const figure = (amount: number) => formatNumberIn(language, amount)
  const progress =
    answered === null || state === 'done'
      ? t('{0} requests', figure(requests))
      : t('{0} of {1} requests answered', figure(answered), figure(requests))
  const words = said ?? (state === 'uploaded' ? t('uploaded') : t('being uploaded'))
  return `${number}: ${words}, ${progress}${id === null ? '' : ` (${id})`}`
}
