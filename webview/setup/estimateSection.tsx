import * as l10n from '@vscode/l10n'
import type { RunEstimate } from '../../protocol/runs.ts'
import { describeCascadeEstimate } from '../../shared/describe/cascade.ts'
import {
  describeBatchCap,
  describeCachedTokens,
  describeEmbedding,
  describeTasksAsked,
  isDoneHere,
} from '../../shared/describe/estimate.ts'
import { FactList } from '../parts/factList.tsx'
import { formatDuration, formatNumber, formatUsd, language, plural } from '../parts/language.ts'
import { LoadingNote, ReasonNotice } from '../parts/notice.tsx'
import type { Taking } from './useEstimate.ts'

/** Items, calls, tokens, money and time, as far as each is known. */
export function EstimateSection({ taking: { estimate, reason, isCounting } }: { taking: Taking }) {
  return (
    <section aria-label={l10n.t('What it takes')} aria-busy={isCounting}>
      <h2>{l10n.t('What it takes')}</h2>
      {reason ? <ReasonNotice reason={reason} /> : null}
      {estimate && !reason ? (
        <div class={isCounting ? 'setup-stale' : undefined}>
          <FactList
            look="detail-facts"
            facts={[
              [l10n.t('Items'), itemsText(estimate)],
              [l10n.t('Calls'), callsText(estimate)],
              [l10n.t('Tokens'), tokensText(estimate)],
              [l10n.t('Cost'), costText(estimate)],
              [l10n.t('Time'), timeText(estimate)],
            ]}
          />
          {estimate.asked ? <p class="facts">{describeTasksAsked(language, estimate)}</p> : null}
          {estimate.batchCap ? <p class="facts">{describeBatchCap(language, estimate)}</p> : null}
          {estimate.cachedTokens ? <p class="facts">{describeCachedTokens(language, estimate)}</p> : null}
          {estimate.cascade ? <p class="facts">{describeCascadeEstimate(language, estimate)}</p> : null}
          {estimate.embedding ? <p class="facts">{describeEmbedding(language, estimate)}</p> : null}
        </div>
      ) : null}
      {isCounting ? <LoadingNote>{l10n.t('Counting …')}</LoadingNote> : null}
    </section>
  )
}

function itemsText({ items, unreadable, reused, identical, toJudge }: RunEstimate): string {
  const left = [
    ...(unreadable > 0 ? [plural(unreadable, '{0} cannot be read', '{0} cannot be read')] : []),
    ...(reused > 0 ? [plural(reused, '{0} judged already', '{0} judged already')] : []),
    ...(identical > 0 ? [plural(identical, '{0} identical to another one', '{0} identical to others')] : []),
  ]
  if (left.length === 0) return formatNumber(items)
  return l10n.t('{0}: {1}; {2} to judge', formatNumber(items), left.join(', '), formatNumber(toJudge))
}

function callsText({ calls, mostCalls = calls, routes }: RunEstimate): string {
  if (isDoneHere({ routes })) return l10n.t('none: it all happens on this machine')
  return mostCalls > calls ? `${formatNumber(calls)}–${formatNumber(mostCalls)}` : formatNumber(calls)
}

function tokensText({ inputTokens, outputTokens, routes }: RunEstimate): string {
  if (isDoneHere({ routes })) return l10n.t('none')
  return l10n.t('about {0} sent, {1} received', formatNumber(inputTokens), formatNumber(outputTokens))
}

export function costText({ costUsd }: Pick<RunEstimate, 'costUsd'>): string {
  if (costUsd === null) return l10n.t('unknown: no price is known')
  if (costUsd.high === 0) return l10n.t('none')
  return l10n.t('{0} to {1}', formatUsd(costUsd.low), formatUsd(costUsd.high))
}

function timeText({ seconds }: RunEstimate): string {
  if (seconds === null) return l10n.t('unknown until something was measured')
  return seconds < 1 ? l10n.t('less than a second') : l10n.t('about {0}', formatDuration(seconds * 1000))
}
