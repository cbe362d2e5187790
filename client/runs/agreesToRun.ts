import { l10n, ProgressLocation, window } from 'vscode'
import type { Outcome } from '../../protocol/outcome.ts'
import type { RunAgain, RunEstimate, RunRequest } from '../../protocol/runs.ts'
import { isLargeRun, mayCost, needsConsent } from '../../shared/describe/estimate.ts'
import type { Api } from '../connection/api.ts'
import { plural } from '../describe/language.ts'
import type { Notifier } from '../forms/notifier.ts'
import { estimateLines } from './estimateText.ts'

const sampleSize = 10

/**
 * Before much is asked about, at a price that is not known or for the first time over the internet, a person sees what it would take and
 * to whom it goes, and is asked, once; what is small starts at once. `whenItCosts`: what may cost anything is asked about, too, because
 * nobody has chosen it item by item. Whoever has shown all that before asks nothing and starts. False: not now.
 */
export async function agreesToRun(
  api: Api,
  request: RunRequest,
  notifier: Pick<Notifier, 'showFailure'>,
  { whenItCosts = false }: { whenItCosts?: boolean } = {},
): Promise<boolean> {
  if (!(await isAnybodyCalled(api, request))) return true
  const estimate = await estimateRun(api, request, l10n.t('Counting what is to be judged'))
  // The start reports better what is wrong with it.
  if (!estimate.ok) return estimate.reason.code !== 'cancelled'
  if (!needsConsent(estimate.value) && !(whenItCosts && mayCost(estimate.value))) return true
  return await ask(api, request, estimate.value, notifier)
}

/** The same of a run that is begun again. */
export async function agreesToRunAgain(api: Api, again: RunAgain): Promise<boolean> {
  const estimate = await api.request('run/estimateAgain', again)
  if (!estimate.ok || !needsConsent(estimate.value)) return true
  const start = l10n.t('Start')
  const detail = estimateLines(estimate.value).join('\n')
  return (await window.showWarningMessage(l10n.t('Start a large run?'), { modal: true, detail }, start)) === start
}

/** A million rows take seconds to count, which say nothing where all of it happens here. */
async function isAnybodyCalled(api: Api, { tasks, override }: RunRequest): Promise<boolean> {
  if (override) return true
  const resolutions = await Promise.all(tasks.map((task) => api.request('route/resolve', { task })))
  return !resolutions.every((resolution) => resolution.ok && resolution.value.endpoint === null)
}

async function ask(
  api: Api,
  request: RunRequest,
  estimate: RunEstimate,
  notifier: Pick<Notifier, 'showFailure'>,
): Promise<boolean> {
  const start = l10n.t('Start')
  const sample = l10n.t('Try a sample of {0} first', sampleSize)
  const detail = estimateLines(estimate).join('\n')
  const choices = estimate.toJudge > sampleSize && estimate.sample === null ? [start, sample] : [start]
  const chosen = await window.showWarningMessage(questionFor(estimate), { modal: true, detail }, ...choices)
  if (chosen !== sample) return chosen === start
  const title = l10n.t('Judging a sample of {0} items', sampleSize)
  const tried = await estimateRun(api, { ...request, sample: sampleSize }, title)
  if (tried.ok) return await ask(api, request, tried.value, notifier)
  if (tried.reason.code !== 'cancelled') await notifier.showFailure(tried.reason)
  return false
}

function questionFor(estimate: RunEstimate): string {
  if (isLargeRun(estimate)) return l10n.t('Start a large run?')
  const { toJudge, newDestinations } = estimate
  const [first] = newDestinations ?? []
  return first
    ? plural(toJudge, 'Send {0} item to {1}?', 'Send {0} items to {1}?', first.host)
    : plural(toJudge, 'Judge {0} item?', 'Judge {0} items?')
}

async function estimateRun(
  api: Api,
  request: RunRequest & { sample?: number },
  title: string,
): Promise<Outcome<RunEstimate>> {
  return await window.withProgress(
    { location: ProgressLocation.Notification, title, cancellable: true },
    async (_progress, token) => await api.request('run/estimate', request, token),
  )
}
