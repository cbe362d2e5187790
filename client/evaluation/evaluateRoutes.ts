import { commands, l10n, ProgressLocation, Uri, type WorkspaceFolder, window, workspace } from 'vscode'
import type { Params } from '../../protocol/contract.ts'
import { type EvaluationEstimate, mostCandidates } from '../../protocol/evaluation.ts'
import { goldenFile } from '../../protocol/labels.ts'
import type { Outcome } from '../../protocol/outcome.ts'
import type { Api } from '../connection/api.ts'
import type { Snapshot } from '../connection/snapshot.ts'
import { describeReason, formatUsd, plural } from '../describe/language.ts'
import type { Notifier } from '../forms/notifier.ts'
import { pick } from '../forms/pick.ts'
import { candidateName, pickCandidates } from './candidates.ts'
import type { EvaluationPage } from './evaluationPage.ts'
import { type FollowParts, followEvaluation } from './followEvaluation.ts'

export interface EvaluateParts extends FollowParts {
  evaluationPage: Pick<EvaluationPage, 'show'>
  notifier: Notifier
  now: () => number
}

type EvaluationRequest = Params<'evaluation/start'>

/** Judges what was corrected by several models, and shows how far each of them agrees with the person. `only`: by this one, without asking. */
export async function evaluateRoutes(
  api: Api,
  snapshot: Snapshot,
  only: { provider: string; model: string } | null,
  parts: EvaluateParts,
): Promise<void> {
  const folder = await goldenFolder()
  if (!folder) return
  const named = only ? null : await api.request('alias/list', {})
  const candidates = only ? [only] : await pickCandidates(snapshot, named?.ok ? named.value : [], parts.now())
  if (!candidates) return
  if (candidates.length > mostCandidates) {
    const sentence = l10n.t('At most {0} can be compared at once.', mostCandidates)
    return void window.showWarningMessage(sentence)
  }
  const request = { workspaceFolder: folder.uri.fsPath, candidates }
  if (!(await agreesToCost(api, request, parts.notifier))) return
  const ended = await followEvaluation(api, request, parts)
  if (ended === null) return parts.notifier.showServerLost()
  if (!ended.ok) return parts.notifier.showFailure(ended.reason)
  await parts.evaluationPage.show(ended.value.id)
}

/** The folder whose corrections count. Undefined: there is none, which was said, or the person left. */
async function goldenFolder(): Promise<WorkspaceFolder | undefined> {
  if (!workspace.isTrusted) {
    void offerTrust()
    return undefined
  }
  const folders: WorkspaceFolder[] = []
  for (const folder of workspace.workspaceFolders ?? []) {
    if (folder.uri.scheme === 'file' && (await isThere(Uri.joinPath(folder.uri, goldenFile)))) folders.push(folder)
  }
  if (folders.length === 0) {
    void window.showInformationMessage(
      l10n.t(
        'Nothing has been corrected in this workspace yet. Correct the category or score of some results in their file (by the quick fixes of a judged line), or import labels with "llm-providers label import"; they are stored in {0}.',
        goldenFile,
      ),
    )
  }
  if (folders.length < 2) return folders[0]
  const rows = folders.map((folder) => ({ label: folder.name, description: folder.uri.fsPath, value: folder }))
  return pick(l10n.t('Compare models on your corrections'), l10n.t('Whose corrections?'), rows)
}

async function offerTrust(): Promise<void> {
  const manage = l10n.t('Manage trust')
  const sentence = l10n.t('Corrections are kept in the workspace, and count once it is trusted.')
  const chosen = await window.showInformationMessage(sentence, manage)
  if (chosen === manage) await commands.executeCommand('workbench.trust.manage')
}

async function isThere(uri: Uri): Promise<boolean> {
  try {
    await workspace.fs.stat(uri)
    return true
  } catch {
    return false
  }
}

/** Whatever is sent to a provider may cost, and here the same items are sent several times: a person is asked first. */
async function agreesToCost(api: Api, request: EvaluationRequest, notifier: Notifier): Promise<boolean> {
  const estimate = await estimateEvaluation(api, request)
  if (!estimate.ok) {
    await notifier.showFailure(estimate.reason)
    return false
  }
  const { isCalled, costUsd, items } = estimate.value
  if (!isCalled || costUsd?.high === 0) return true
  const start = l10n.t('Start')
  const question = plural(
    items,
    'Judge {0} corrected item with each model?',
    'Judge {0} corrected items with each model?',
  )
  const detail = costLines(estimate.value).join('\n')
  return (await window.showWarningMessage(question, { modal: true, detail }, start)) === start
}

async function estimateEvaluation(api: Api, request: EvaluationRequest): Promise<Outcome<EvaluationEstimate>> {
  const title = l10n.t('Counting what is to be judged')
  return await window.withProgress(
    { location: ProgressLocation.Notification, title, cancellable: true },
    async (_progress, token) => await api.request('evaluation/estimate', request, token),
  )
}

function costLines({ candidates, costUsd }: EvaluationEstimate): string[] {
  const each = candidates.map(({ candidate, estimate, reason }) => {
    const name = candidateName(candidate)
    if (estimate) return `${name}: ${formatCost(estimate.costUsd)}`
    return reason ? `${name}: ${describeReason(reason)}` : name
  })
  return candidates.length === 1 ? each : [...each, '', l10n.t('Together: {0}', formatCost(costUsd))]
}

function formatCost(costUsd: EvaluationEstimate['costUsd']): string {
  if (costUsd === null) return l10n.t('cost unknown, no price is known')
  if (costUsd.high === 0) return l10n.t('no cost')
  return l10n.t('{0} to {1}', formatUsd(costUsd.low), formatUsd(costUsd.high))
}
