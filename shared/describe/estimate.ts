import { assertNever, type Task } from '../../protocol/names.ts'
import type { RunEstimate } from '../../protocol/runs.ts'
import { formatNumberIn } from '../format.ts'
import { english, type Language } from '../language.ts'
import { formatPluralIn } from '../plural.ts'
import { describeCascadeEstimate } from './cascade.ts'

/** A person who starts more than this is asked first; of an unknown price from fewer items on. */
const largeRun = { items: 1000, costUsd: 1, unpricedItems: 50 }

/** Whether to ask before it starts: many items or much money, or an unknown price, at a provider that is really called. */
export function isLargeRun({ toJudge, costUsd, routes }: RunEstimate): boolean {
  if (isDoneHere({ routes })) return false
  if (costUsd === null && toJudge >= largeRun.unpricedItems) return true
  return toJudge > largeRun.items || (costUsd !== null && costUsd.high > largeRun.costUsd)
}

/** Whether somebody has to agree before anything is sent: much is asked about, or for the first time over the internet. */
export function needsConsent(estimate: RunEstimate): boolean {
  return isLargeRun(estimate) || (estimate.toJudge > 0 && estimate.newDestinations !== undefined)
}

/** "openai, gpt-5 (api.openai.com)" for each task, those of one model together: `tasks` names them. */
export function routesByModel({ routes }: Pick<RunEstimate, 'routes'>): { tasks: Task[]; where: string }[] {
  const found = new Map<string, Task[]>()
  for (const { task, provider, model, endpoint } of routes) {
    const where = `${provider}, ${model}${endpoint === null ? '' : ` (${hostOf(endpoint)})`}`
    found.set(where, [...(found.get(where) ?? []), task])
  }
  return [...found].map(([where, tasks]) => ({ tasks, where }))
}

/** Whether anybody is asked who may take money for it: an unknown price may be one. */
export function mayCost({ toJudge, costUsd, routes }: Pick<RunEstimate, 'toJudge' | 'costUsd' | 'routes'>): boolean {
  return toJudge > 0 && routes.some(({ endpoint }) => endpoint !== null) && (costUsd === null || costUsd.high > 0)
}

function hostOf(endpoint: string): string {
  return endpoint.replace(/^\w+:\/\//, '').replace(/\/.*$/, '')
}

/** By whose categories; the names of the first, and how many more there are. Null: it is not known, or nothing is categorized. */
export function describeOffered(
  { t }: Language,
  { categories, routes }: Pick<RunEstimate, 'categories' | 'routes'>,
): string | null {
  if (!categories || !routes.some(({ task }) => task === 'categorization')) return null
  const { origin, name, names, roots } = categories
  const more = roots - names.length
  const list = more > 0 ? t('{0} and {1} more', names.join(', '), more) : names.join(', ')
  switch (origin) {
    case 'stored':
      return t('Categories: the stored list ({0})', list)
    case 'workspace':
      return t('Categories: the list of this folder ({0})', list)
    default:
      return t('Categories: {0} ({1})', (name ?? '').split(/[/\\]/).at(-1) ?? '', list)
  }
}

/** That texts go to somebody for the first time from here, one line for each. */
export function describeNewDestinations(
  { t }: Language,
  { newDestinations = [] }: Pick<RunEstimate, 'newDestinations'>,
): string[] {
  return newDestinations.map(({ provider, model, host }) =>
    t('For the first time from this folder, the texts are sent to {0}, {1} ({2}).', provider, model, host),
  )
}

/** What is embedded so that items are shown examples that are like them. Null: nothing. */
export function describeEmbedding(language: Language, { embedding }: Pick<RunEstimate, 'embedding'>): string | null {
  if (!embedding) return null
  const { texts, inputTokens, provider, model } = embedding
  return language.t(
    'Examples by likeness: {0}, about {1} tokens, embedded by {2}, {3}',
    formatPluralIn(language, texts, '{0} text', '{0} texts'),
    formatNumberIn(language, inputTokens),
    provider,
    model,
  )
}

/** How two tasks are asked. Null: there is nothing to tell, or it is as the run was asked for. */
export function describeTasksAsked({ t }: Language, { asked }: Pick<RunEstimate, 'asked'>): string | null {
  switch (asked) {
    case 'together':
      return t('One call asks for both tasks')
    case 'edited_prompts':
      return t('Each task has calls of its own, because a prompt of this profile was edited')
    case 'separate':
    case undefined:
      return null
    default:
      return assertNever(asked)
  }
}

/** That a call holds fewer items than were asked for. Null: it does not. */
export function describeBatchCap(language: Language, { batchCap }: Pick<RunEstimate, 'batchCap'>): string | null {
  if (batchCap === undefined) return null
  return language.t(
    'At most {0} items a call: how many this model can judge at once was not measured. A test with probe does that.',
    formatNumberIn(language, batchCap),
  )
}

/** Null: nothing is expected there. */
export function describeCachedTokens(
  language: Language,
  { cachedTokens }: Pick<RunEstimate, 'cachedTokens'>,
): string | null {
  if (cachedTokens === undefined) return null
  return language.t(
    'About {0} of the tokens sent may be read from the cache of the provider, which costs less.',
    formatNumberIn(language, cachedTokens),
  )
}

/** What a run would take, in English, one line for each kind of figure. */
export function describeEstimate(estimate: RunEstimate): string[] {
  const { items, unreadable, reused, identical, similar = 0, toJudge, inputTokens, outputTokens } = estimate
  const left = [
    partOf(unreadable, 'cannot be read'),
    partOf(reused, 'unchanged since the last run'),
    partOf(identical, 'identical to others'),
    partOf(similar, 'nearly identical to others'),
  ].filter((words) => words !== '')
  return [
    `${count(items, 'item')}${left.length > 0 ? `: ${left.join(', ')}, ${figure(toJudge)} to judge` : ''}`,
    isDoneHere(estimate)
      ? 'no calls: everything is done here, and nothing is sent'
      : // A decision is no text: it has no output to pay for.
        `${callsText(estimate)}, about ${figure(inputTokens)} tokens sent and ${outputTokens === 0 ? 'none' : figure(outputTokens)} received`,
    ...[
      describeTasksAsked(english, estimate),
      describeBatchCap(english, estimate),
      describeCachedTokens(english, estimate),
      describeCascadeEstimate(english, estimate),
      describeEmbedding(english, estimate),
    ].filter((line) => line !== null),
    `${moneyText(estimate)}; ${timeText(estimate.seconds)}`,
    ...sampleLines(estimate.sample),
  ]
}

/** Nobody is called: the built-in model is part of the product. */
export function isDoneHere({ routes }: Pick<RunEstimate, 'routes'>): boolean {
  return routes.every(({ endpoint }) => endpoint === null)
}

/** Some items may need a second call. */
function callsText({ calls, mostCalls = calls }: RunEstimate): string {
  return mostCalls > calls ? `${figure(calls)} to ${count(mostCalls, 'call')}` : count(calls, 'call')
}

function moneyText({ costUsd }: RunEstimate): string {
  if (costUsd === null) return 'cost unknown (no price is known)'
  if (costUsd.high === 0) return 'no cost'
  return `$${usd(costUsd.low)} to $${usd(costUsd.high)}`
}

function timeText(seconds: number | null): string {
  if (seconds === null) return 'time unknown (nothing was measured yet)'
  if (seconds < 90) return `about ${Math.max(1, Math.round(seconds))} s`
  return seconds < 5400 ? `about ${Math.round(seconds / 60)} min` : `about ${Math.round(seconds / 360) / 10} h`
}

function sampleLines(sample: RunEstimate['sample']): string[] {
  if (!sample) return []
  const shares = sample.categories
    .slice(0, 8)
    .map(({ category, items }) => `${category} ${percent(items, sample.items)}`)
  const failed = sample.failed > 0 ? `, ${sample.failed} failed` : ''
  return [
    `Sample of ${count(sample.items, 'item')}${failed}${shares.length > 0 ? `: ${shares.join(', ')}` : ''}`,
    ...(sample.meanScore === null ? [] : [`Mean score of the sample: ${sample.meanScore.toFixed(1)}`]),
  ]
}

function percent(part: number, whole: number): string {
  return `${Math.round((100 * part) / Math.max(1, whole))} %`
}

function partOf(amount: number, words: string): string {
  return amount === 0 ? '' : `${figure(amount)} ${words}`
}

function count(amount: number, word: string): string {
  return `${figure(amount)} ${word}${amount === 1 ? '' : 's'}`
}

function figure(amount: number): string {
  return amount.toLocaleString('en-US')
}

function usd(amount: number): string {
  return amount < 0.01 ? amount.toFixed(4) : amount.toFixed(2)
}
