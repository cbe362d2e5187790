import { commands, l10n, ProgressLocation, window } from 'vscode'
import type { LearnedModel } from '../../protocol/learned.ts'
import type { Outcome } from '../../protocol/outcome.ts'
import type { RunView } from '../../protocol/runs.ts'
import { describeLearned } from '../../shared/describe/learned.ts'
import type { Api } from '../connection/api.ts'
import { describeReason, language } from '../describe/language.ts'
import { askText } from '../forms/askText.ts'
import type { Notifier } from '../forms/notifier.ts'
import { pickRun } from '../runs/listedRuns.ts'

interface LearnParts {
  notifier: Notifier
  now(): number
}

/** Makes a free, local model of what a run has found and a person has corrected, and offers it for categorization. */
export async function learnModel(api: Api, wanted: string | undefined, { notifier, now }: LearnParts): Promise<void> {
  const isOffered = ({ runId, tasks, counts, evaluation }: RunView) =>
    wanted === undefined
      ? tasks.includes('categorization') && counts.ok > 0 && evaluation === undefined
      : runId === wanted
  const runId = wanted ?? (await pickRun(api, l10n.t('Learn a model'), isOffered, now()))?.runId
  if (runId === undefined) return
  const model = await askText({
    title: l10n.t('Learn a model from these results'),
    prompt: l10n.t('Its name. A name that was learned before is learned anew.'),
    placeHolder: 'tickets-1',
    validateInput: (typed) =>
      /^[a-z0-9][a-z0-9.-]{0,59}$/.test(typed.trim()) ? null : l10n.t('Lower-case letters, digits, "." and "-".'),
  })
  if (!model) return
  const learned = await learn(api, { model, runId })
  if (!learned.ok) return await showFailure(api, { model, runId }, learned.reason, notifier)
  const use = l10n.t('Use it for categorization')
  const sentence = l10n.t('{0} is learned: {1}.', model, describeLearned(language, learned.value.learned))
  if ((await window.showInformationMessage(sentence, use)) !== use) return
  await commands.executeCommand('llmProviders.setRoute', 'categorization', learned.value.provider, model)
}

function learn(
  api: Api,
  { model, runId, promise }: { model: string; runId: string; promise?: number },
): Promise<Outcome<LearnedModel>> {
  const options = {
    location: ProgressLocation.Notification,
    title: l10n.t('Learning {0} …', model),
    cancellable: true,
  }
  const request = { model, from: { kind: 'run' as const, runId }, ...(promise === undefined ? {} : { promise }) }
  return Promise.resolve(window.withProgress(options, (_, token) => api.request('model/learn', request, token)))
}

/** What its surest answers reach can be had all the same. */
async function showFailure(
  api: Api,
  wanted: { model: string; runId: string },
  reason: Extract<Outcome<never>, { ok: false }>['reason'],
  notifier: Notifier,
): Promise<void> {
  if (reason.code === 'cancelled') return
  const best = reason.code === 'learn_failed' && reason.problem === 'no_floor' ? (reason.best ?? 0) : 0
  const promise = Math.floor(best * 100) / 100
  if (promise < 0.5) return await notifier.showFailure(reason)
  const again = l10n.t('Learn it for {0} %', Math.round(promise * 100))
  if ((await window.showWarningMessage(describeReason(reason), again)) !== again) return
  const learned = await learn(api, { ...wanted, promise })
  if (!learned.ok) return await notifier.showFailure(learned.reason)
  const told = describeLearned(language, learned.value.learned)
  await window.showInformationMessage(l10n.t('{0} is learned: {1}.', wanted.model, told))
}
