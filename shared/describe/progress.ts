import type { RunCounts, RunProgress, RunView } from '../../protocol/runs.ts'
import { formatNumberIn, formatUsdIn } from '../format.ts'
import type { Language } from '../language.ts'
import { describeCascadeShortly } from './cascade.ts'
import { describeLane } from './lane.ts'

/** What a run says of itself; of one that was recorded without it, what its counts say. */
export function progressOf({ progress, counts, spent }: Pick<RunView, 'progress' | 'counts' | 'spent'>): RunProgress {
  return (
    progress ?? {
      total: counts.total,
      isTotalExact: counts.total !== null,
      done: counts.ok + counts.failed + counts.skipped,
      reused: counts.reused ?? 0,
      rate: null,
      secondsLeft: null,
      costUsd: spent.unpricedCalls > 0 ? null : spent.costUsd,
      tokens: spent.input + spent.output,
    }
  )
}

/** Whole percent; never 100 while an item is missing. Null: the number of items is not known yet. */
export function percentOf({ total, isTotalExact, done }: RunProgress): number | null {
  if (total === null) return null
  const percent = total === 0 ? 100 : Math.floor((100 * done) / total)
  return isTotalExact ? percent : Math.min(99, percent)
}

/** Several runs as one: items count alike, whichever run they belong to. What is not known of one is not known of all. */
export function sumProgress(all: readonly RunProgress[]): RunProgress {
  const sum = (read: (each: RunProgress) => number) => all.reduce((total, each) => total + read(each), 0)
  const known = (read: (each: RunProgress) => number | null) =>
    all.some((each) => read(each) === null) ? null : sum((each) => read(each) ?? 0)
  const left = all.map(({ secondsLeft }) => secondsLeft)
  return {
    total: known(({ total }) => total),
    isTotalExact: all.every(({ isTotalExact }) => isTotalExact),
    done: sum(({ done }) => done),
    reused: sum(({ reused }) => reused),
    rate: known(({ rate }) => rate),
    secondsLeft: left.includes(null) ? null : Math.max(0, ...left.map((seconds) => seconds ?? 0)),
    costUsd: known(({ costUsd }) => costUsd),
    tokens: sum(({ tokens }) => tokens),
  }
}

/**
 * `575 of 3,000 · 19 % · 48 reused · 12/s · 3 min left · $0.04`: the same words wherever a run is shown. What is not known, and what there
 * is none of, is left out.
 */
export function describeProgress(language: Language, progress: RunProgress, failed = 0): string {
  return progressParts(language, progress, failed).join(' · ')
}

/** The same of a run, and until when it waits, if it does. `formatPause`: how a surface writes that instant. */
export function describeRunProgress(
  language: Language,
  run: Pick<RunView, 'progress' | 'counts' | 'spent' | 'parkedUntil' | 'lane' | 'cascade'>,
  formatPause: (instant: string) => string,
): string {
  const progress = describeProgress(language, progressOf(run), run.counts.failed)
  const lane = run.lane && run.lane.open > 0 ? [describeLane(language, run.lane)] : []
  const cascade = run.cascade ? [describeCascadeShortly(language, run.cascade)] : []
  const words = [progress, ...lane, ...cascade].join(' · ')
  return run.parkedUntil === null
    ? words
    : `${words} · ${language.t('waiting until {0}', formatPause(run.parkedUntil))}`
}

function progressParts(language: Language, progress: RunProgress, failed: number): string[] {
  const { t } = language
  const { total, isTotalExact, done, reused, rate, secondsLeft } = progress
  const percent = percentOf(progress)
  const figure = (amount: number) => formatNumberIn(language, amount)
  const counted = isTotalExact ? t('{0} of {1}', figure(done), figure(total ?? 0)) : aboutText()
  return [
    counted,
    ...(percent === null ? [] : [t('{0} %', percent)]),
    ...(failed > 0 ? [t('{0} failed', figure(failed))] : []),
    ...(reused > 0 ? [t('{0} reused', figure(reused))] : []),
    ...(rate === null || rate === 0 ? [] : [rateText(language, rate)]),
    ...(secondsLeft === null || secondsLeft === 0 ? [] : [t('{0} left', timeText(language, secondsLeft))]),
    ...[describeSpent(language, progress)].filter((words) => words !== null),
  ]

  function aboutText(): string {
    return total === null ? t('{0} done', figure(done)) : t('{0} of about {1}', figure(done), figure(total))
  }
}

/** Slow models are told by the minute or hour, so that it is a whole number all the same. */
function rateText(language: Language, perSecond: number): string {
  const { t } = language
  if (perSecond >= 1) return t('{0}/s', formatNumberIn(language, Math.round(perSecond)))
  const perMinute = perSecond * 60
  if (perMinute >= 1) return t('{0}/min', Math.round(perMinute))
  return t('{0}/h', Math.max(1, Math.round(perMinute * 60)))
}

function timeText(language: Language, seconds: number): string {
  const { t } = language
  if (seconds < 90) return t('{0} s', Math.max(1, Math.round(seconds)))
  if (seconds < 5400) return t('{0} min', Math.round(seconds / 60))
  return t('{0} h', formatNumberIn(language, seconds / 3600, { most: seconds < 36_000 ? 1 : 0 }))
}

/** "$0.04"; of an unknown price, which is none of 0, the tokens. Null: nothing was used, or nothing is owed. */
export function describeSpent(language: Language, { costUsd, tokens }: RunProgress): string | null {
  if (costUsd !== null) return costUsd > 0 ? formatUsdIn(language, costUsd) : null
  return tokens > 0 ? language.t('{0} tokens', formatNumberIn(language, tokens)) : null
}

/** "48 reused, 2 judged": of a run that took results from earlier ones, or from items with the same text. Null: it did not. */
export function describeReuse(language: Language, counts: RunCounts): string | null {
  const { t } = language
  const { ok, failed, skipped, reused = 0, identical = 0, similar = 0 } = counts
  if (reused === 0 && identical === 0 && similar === 0) return null
  const judged = ok + failed - reused - identical - similar
  return [
    ...(reused > 0 ? [t('{0} reused', formatNumberIn(language, reused))] : []),
    ...(identical > 0 ? [t('{0} with the text of another item', formatNumberIn(language, identical))] : []),
    ...(similar > 0 ? [t('{0} with nearly the text of another item', formatNumberIn(language, similar))] : []),
    t('{0} judged', formatNumberIn(language, Math.max(0, judged))),
    ...(skipped > 0 ? [t('{0} skipped', formatNumberIn(language, skipped))] : []),
  ].join(', ')
}
