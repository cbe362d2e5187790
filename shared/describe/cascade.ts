import type { Receipt } from '../../protocol/results.ts'
import type { RunCascade, RunEstimate } from '../../protocol/runs.ts'
import { formatNumberIn } from '../format.ts'
import type { Language } from '../language.ts'

/**
 * How a cascade has gone, such as `3,087 asked, 4,913 decided by a proxy with a promise of 95 %; audited 272, of which 266 agreed (95.6 %
 * to 99 %)`.
 */
export function describeCascade(language: Language, cascade: RunCascade): string {
  const { t } = language
  const { asked, decided, promise, audited, agreed, takenBack, interval } = cascade
  const number = (value: number): string => formatNumberIn(language, value)
  const done = t(
    '{0} asked, {1} decided by a proxy with a promise of {2}',
    number(asked),
    number(decided),
    percentIn(language, promise),
  )
  const audit =
    interval === null
      ? t('nothing audited yet')
      : t(
          '{0} audited, {1} agreed ({2} to {3})',
          number(audited),
          number(agreed),
          percentIn(language, interval.low),
          percentIn(language, interval.high),
        )
  return [done, audit, ...(takenBack > 0 ? [t('{0} taken back', number(takenBack))] : [])].join('; ')
}

/** Of a verdict that a proxy decided, in whose place, how sure it was and what it had learned from. */
export function describeProxy(language: Language, proxy: NonNullable<Receipt['proxy']>): string {
  const { of, probability, promise, learnedFrom } = proxy
  return language.t(
    '{0} that {1}, {2} says the same; promise {3}, learned from {4} verdicts and {5} labels',
    percentIn(language, probability),
    of.provider,
    of.model,
    percentIn(language, promise),
    formatNumberIn(language, learnedFrom.verdicts),
    formatNumberIn(language, learnedFrom.labels),
  )
}

/** Null: there is no cascade, or too little for one. */
export function describeCascadeEstimate(language: Language, { cascade, toJudge }: RunEstimate): string | null {
  if (!cascade) return null
  if (cascade.leastAsked >= toJudge)
    return language.t('Too few items for a cascade: the model is asked about all of them')
  return language.t(
    'Cascade: {0} to {1} of {2} items asked, depending on how well they can be learned',
    formatNumberIn(language, cascade.leastAsked),
    formatNumberIn(language, toJudge),
    formatNumberIn(language, toJudge),
  )
}

/** With a decimal, since 95 and 95.4 are apart here. */
export function percentIn(language: Language, share: number): string {
  return `${formatNumberIn(language, share * 100, { most: 1 })} %`
}
