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
  const { asked, decided, promise, audited, agreed, takenBack, interval, proxy } = cascade
  const number = (value: number): string => formatNumberIn(language, value)
  const done = proxy
    ? t(
        '{0} asked, {1} decided by {3} with a promise of {2}',
        number(asked),
        number(decided),
        percentIn(language, promise),
        `${proxy.provider}/${proxy.model}`,
      )
    : t(
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

/** The same while the run goes on, in a few words. */
export function describeCascadeShortly(language: Language, { asked, decided, audited, interval }: RunCascade): string {
  const { t } = language
  const number = (value: number): string => formatNumberIn(language, value)
  const done = t('{0} asked, {1} decided', number(asked), number(decided))
  if (interval === null) return done
  const [low, high] = [percentIn(language, interval.low), percentIn(language, interval.high)]
  return `${done}, ${t('{0} audited: {1} to {2} agree', number(audited), low, high)}`
}

/** Of a verdict that a proxy decided, in whose place, how sure it was and what it had learned from. */
export function describeProxy(language: Language, proxy: NonNullable<Receipt['proxy']>): string {
  const { of, probability, promise, learnedFrom, by } = proxy
  if (by) {
    return language.t(
      '{0}, {1} is sure of it to {2}, in place of {3}, {4}; promise {5}, measured by {6} verdicts',
      by.provider,
      by.model,
      percentIn(language, probability),
      of.provider,
      of.model,
      percentIn(language, promise),
      formatNumberIn(language, learnedFrom.verdicts),
    )
  }
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
  const [least, all] = [formatNumberIn(language, cascade.leastAsked), formatNumberIn(language, toJudge)]
  const saved = percentIn(language, Math.floor((1 - cascade.leastAsked / toJudge) * 100) / 100)
  const { proxy } = cascade
  if (!proxy) {
    return language.t(
      'Cascade: {0} to {1} of {2} items asked, depending on how well they can be learned; saves {3} at most',
      ...[least, all, all, saved],
    )
  }
  return language.t(
    'Cascade: {0} to {1} of {2} items asked, depending on how well {3} decides, which takes {4} calls; saves {5} at most',
    ...[least, all, all, `${proxy.provider}/${proxy.model}`, formatNumberIn(language, proxy.calls), saved],
  )
}

/** With a decimal, since 95 and 95.4 are apart here. */
export function percentIn(language: Language, share: number): string {
  return `${formatNumberIn(language, share * 100, { most: 1 })} %`
}
