import { l10n, window } from 'vscode'
import { type EvaluationReport, type EvaluationSummary, mostEvaluations } from '../../protocol/evaluation.ts'
import { assertNever } from '../../protocol/names.ts'
import type { Api } from '../connection/api.ts'
import { formatAge, formatInstant, formatNumber, plural } from '../describe/language.ts'
import { onOneLine } from '../describe/plainText.ts'
import type { Notifier } from '../forms/notifier.ts'
import { type Choice, pick } from '../forms/pick.ts'
import type { EvaluationPage } from './evaluationPage.ts'

interface StoredParts {
  evaluationPage: Pick<EvaluationPage, 'show'>
  notifier: Notifier
  now: () => number
}

/** Comparisons are stored by the server, so that the figures of last week stand beside those of today. */
export async function openEvaluation(api: Api, { evaluationPage, notifier, now }: StoredParts): Promise<void> {
  const chosen = await pickEvaluation(api, l10n.t('Open a comparison of models'), { notifier, now })
  if (chosen) await evaluationPage.show(chosen.id)
}

export async function removeEvaluation(
  api: Api,
  { notifier, now }: Pick<StoredParts, 'notifier' | 'now'>,
): Promise<void> {
  const chosen = await pickEvaluation(api, l10n.t('Delete a comparison of models'), { notifier, now })
  if (!chosen) return
  const remove = l10n.t('Delete')
  const question = l10n.t('Delete the comparison of {0}?', chosen.name)
  const detail = l10n.t(
    'Its judgements are deleted as well: comparing again asks the models again. Your corrections stay.',
  )
  if ((await window.showWarningMessage(question, { modal: true, detail }, remove)) !== remove) return
  const removed = await api.request('evaluation/remove', { id: chosen.id })
  if (!removed.ok) await notifier.showFailure(removed.reason)
}

async function pickEvaluation(
  api: Api,
  title: string,
  { notifier, now }: Pick<StoredParts, 'notifier' | 'now'>,
): Promise<Chosen | undefined> {
  const page = await api.request('evaluation/list', { limit: mostEvaluations })
  if (!page.ok) return void (await notifier.showFailure(page.reason))
  const { rows, unreadable } = page.value
  if (rows.length + unreadable.length === 0) {
    void window.showInformationMessage(
      l10n.t('No models were compared yet. "Compare models on your corrections" does it.'),
    )
    return undefined
  }
  return await pick(title, l10n.t('Which comparison?'), [
    ...rows.map((row) => rowOf(row, now())),
    ...unreadable.map(
      (id): Choice<Chosen> => ({ label: id, description: l10n.t('cannot be read'), value: { id, name: id } }),
    ),
  ])
}

/** `name`: as it is asked about. */
interface Chosen {
  id: string
  name: string
}

function rowOf(row: EvaluationSummary, now: number): Choice<Chosen> {
  const { id, startedAt, state, golden, candidates } = row
  const labels = plural(golden.used, '{0} label', '{0} labels')
  return {
    label: formatInstant(startedAt),
    description: [labels, describeEvaluationState(state), formatAge(startedAt, now)].join(' · '),
    detail: candidates.map(candidateWords).join(' · '),
    value: { id, name: formatInstant(startedAt) },
  }
}

function candidateWords({ candidate, name, accuracy }: EvaluationSummary['candidates'][number]): string {
  const title = candidate.provider === null ? l10n.t('Routes: {0}', onOneLine(name)) : onOneLine(name)
  return accuracy === null ? title : l10n.t('{0}: accuracy {1}', title, formatNumber(accuracy, { least: 2 }))
}

function describeEvaluationState(state: EvaluationReport['state']): string {
  switch (state) {
    case 'running':
      return l10n.t('running')
    case 'completed':
      return l10n.t('completed')
    case 'cancelled':
      return l10n.t('cancelled')
    case 'interrupted':
      return l10n.t('interrupted')
    case 'failed':
      return l10n.t('failed')
    default:
      return assertNever(state)
  }
}
