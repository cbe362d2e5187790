import { l10n, window } from 'vscode'
import type { Task } from '../../protocol/names.ts'
import type { Api } from '../connection/api.ts'
import type { Snapshot } from '../connection/snapshot.ts'
import { endWordsOf } from '../describe/describeModel.ts'
import { taskTitle } from '../describe/language.ts'
import { type Replacement, replacements } from '../describe/replacement.ts'
import type { Notifier } from '../forms/notifier.ts'
import { pick } from '../forms/pick.ts'
import { saveRoute } from './setRoute.ts'

/** Asks once, and lets the tasks go through the replacement. `request`: a task, or a model; nothing: whichever can be replaced. */
export async function useReplacement(
  api: Api,
  snapshot: Snapshot,
  request: { task?: Task; provider?: string; model?: string },
  parts: { notifier: Notifier; now: () => number },
): Promise<void> {
  const fitting = replacements(snapshot).filter(
    (found) =>
      (request.task === undefined || found.task === request.task) &&
      (request.model === undefined || (found.provider === request.provider && found.model === request.model)),
  )
  const title = l10n.t('Use the replacement of a model')
  const chosen = request.model === undefined && fitting.length > 1 ? await pickReplacement(title, fitting) : fitting
  if (!chosen) return
  const [first] = chosen
  if (!first) {
    await window.showInformationMessage(l10n.t('No task uses a model whose replacement is known.'))
    return
  }
  const use = l10n.t('Use {0}', first.replacement)
  const question = l10n.t('Use {0} of "{1}" in place of {2}?', first.replacement, first.provider, first.model)
  const end = endWordsOf(snapshot, first.provider, first.model, parts.now())
  const detail = [
    ...(end ? [l10n.t('{0}: {1}.', first.model, end)] : []),
    l10n.t('It is used by:'),
    ...chosen.map(({ task }) => `• ${l10n.t('the route of {0}', taskTitle(task))}`),
    '',
    l10n.t('A run that is under way goes on with the model it began with.'),
  ].join('\n')
  if ((await window.showInformationMessage(question, { modal: true, detail }, use)) !== use) return
  for (const { task, provider, replacement } of chosen) {
    await saveRoute(api, snapshot, { task, provider, model: replacement }, parts.notifier)
  }
}

function pickReplacement(title: string, found: readonly Replacement[]): Promise<Replacement[] | undefined> {
  return pick(
    title,
    l10n.t('Which task?'),
    found.map((each) => ({
      label: taskTitle(each.task),
      description: l10n.t('{0} in place of {1}', each.replacement, each.model),
      value: [each],
    })),
  )
}
