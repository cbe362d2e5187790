import { l10n } from 'vscode'
import type { Task } from '../../protocol/names.ts'
import type { RunEstimate } from '../../protocol/runs.ts'
import {
  describeBatchCap,
  describeCachedTokens,
  describeEmbedding,
  describeNewDestinations,
  describeOffered,
  describeTasksAsked,
  isDoneHere,
  routesByModel,
} from '../../shared/describe/estimate.ts'
import { formatNumber, formatPercent, formatUsd, language, plural, taskTitle } from '../describe/language.ts'
import { onOneLine } from '../describe/plainText.ts'

/**
 * What a run would take, a line for each kind of thing, and to whom it goes; with the sample that was judged, if one was. What is sent over
 * the internet for the first time is said first.
 */
export function estimateLines(estimate: RunEstimate): string[] {
  return [
    ...describeNewDestinations(language, estimate),
    ...[
      ...[itemsLine(estimate), workLine(estimate)],
      ...[describeTasksAsked, describeBatchCap, describeCachedTokens].map((describe) => describe(language, estimate)),
      describeEmbedding(language, estimate),
    ].filter((line) => line !== null),
    ...[costLine(estimate), timeLine(estimate)],
    ...routesByModel(estimate).map(({ tasks, where }) =>
      l10n.t('{0}: {1}', describeTaskNames(tasks), onOneLine(where)),
    ),
    ...[describeOffered(language, estimate)].filter((words) => words !== null).map(onOneLine),
    ...sampleLines(estimate),
  ]
}

function describeTaskNames(tasks: readonly Task[]): string {
  return tasks.length > 1 ? l10n.t('Categorization and scoring') : tasks.map(taskTitle).join('')
}

function itemsLine({ items, unreadable, reused, identical, similar = 0, toJudge }: RunEstimate): string {
  const left = [
    ...(unreadable > 0 ? [l10n.t('{0} cannot be read', formatNumber(unreadable))] : []),
    ...(reused > 0 ? [l10n.t('{0} unchanged since the last run', formatNumber(reused))] : []),
    ...(identical > 0 ? [l10n.t('{0} identical to others', formatNumber(identical))] : []),
    ...(similar > 0 ? [l10n.t('{0} nearly identical to others', formatNumber(similar))] : []),
  ]
  if (left.length === 0) return l10n.t('Items: {0}', formatNumber(items))
  return l10n.t('Items: {0}, of these {1}; {2} to judge', formatNumber(items), left.join(', '), formatNumber(toJudge))
}

function workLine({ calls, mostCalls = calls, inputTokens, outputTokens, routes }: RunEstimate): string {
  if (isDoneHere({ routes })) return l10n.t('Calls: none, everything is done on this machine')
  const made = mostCalls > calls ? `${formatNumber(calls)}–${formatNumber(mostCalls)}` : formatNumber(calls)
  // A decision is no text: it has no output to pay for.
  if (calls > 0 && outputTokens === 0) {
    return l10n.t('Calls: {0}, about {1} tokens sent and none received', made, formatNumber(inputTokens))
  }
  return l10n.t(
    'Calls: {0}, about {1} tokens sent and {2} received',
    made,
    formatNumber(inputTokens),
    formatNumber(outputTokens),
  )
}

function costLine({ costUsd }: RunEstimate): string {
  if (costUsd === null) return l10n.t('Cost: unknown, no price is known')
  if (costUsd.high === 0) return l10n.t('Cost: none')
  return l10n.t('Cost: {0} to {1}', formatUsd(costUsd.low), formatUsd(costUsd.high))
}

function timeLine({ seconds }: RunEstimate): string {
  if (seconds === null) return l10n.t('Time: unknown, nothing was measured yet')
  if (seconds < 90) return l10n.t('Time: about {0} s', Math.max(1, Math.round(seconds)))
  if (seconds < 5400) return l10n.t('Time: about {0} min', Math.round(seconds / 60))
  return l10n.t('Time: about {0} h', formatNumber(Math.round(seconds / 360) / 10, { most: 1 }))
}

/** The distribution of labels shows whether the run would be worth it. */
function sampleLines({ sample }: RunEstimate): string[] {
  if (!sample) return []
  const shares = sample.categories
    .slice(0, 8)
    .map(({ category, items }) => `${category} ${formatPercent(items / Math.max(1, sample.items))}`)
  return [
    '',
    sample.failed > 0
      ? plural(
          sample.items,
          'Sample: {0} item, {1} of them failed',
          'Sample: {0} items, {1} of them failed',
          sample.failed,
        )
      : plural(sample.items, 'Sample: {0} item', 'Sample: {0} items'),
    ...(shares.length > 0 ? [l10n.t('Categories of the sample: {0}', shares.join(', '))] : []),
    ...(sample.meanScore === null
      ? []
      : [l10n.t('Mean score of the sample: {0}', formatNumber(sample.meanScore, { least: 1 }))]),
  ]
}
