import { l10n, window } from 'vscode'
import { type Task, tasks } from '../../protocol/names.ts'
import type { Api } from '../connection/api.ts'
import type { Snapshot } from '../connection/snapshot.ts'
import type { Tell } from '../forms/notifier.ts'
import { pick } from '../forms/pick.ts'
import { setRouteTo } from '../models/setRoute.ts'
import { endOf, endWordsOf } from './describeModel.ts'
import { taskTitle } from './language.ts'

/** A task whose model ends, or has ended, and what its provider says to use instead. */
export interface Replacement {
  task: Task
  provider: string
  model: string
  replacement: string
}

/** Of all tasks whose model's end is announced together with a replacement. */
export function replacements(snapshot: Snapshot): Replacement[] {
  return tasks.flatMap((task) => replacementOf(snapshot, task) ?? [])
}

export function replacementOf(snapshot: Snapshot, task: Task): Replacement | null {
  const { reason, route } = snapshot.readiness[task]
  if (reason?.code === 'model_deprecated') {
    const { provider, model, replacement } = reason
    return replacement ? { task, provider, model, replacement } : null
  }
  // What a fallback names is changed with the fallback, not with the route.
  if (!route || route.rule === 'fallback') return null
  const { provider, model } = route
  const replacement = endOf(snapshot, provider, model).replacement
  return replacement ? { task, provider, model, replacement } : null
}

/** Asks once, and lets the tasks go through the replacement. `wish`: a task, or a model; nothing: whichever can be replaced. */
export async function useReplacement(
  api: Api,
  snapshot: Snapshot,
  wish: { task?: Task; provider?: string; model?: string },
  parts: { tell: Tell; now: () => number },
): Promise<void> {
  const fitting = replacements(snapshot).filter(
    (found) =>
      (wish.task === undefined || found.task === wish.task) &&
      (wish.model === undefined || (found.provider === wish.provider && found.model === wish.model)),
  )
  const title = l10n.t('Use the replacement of a model')
  const chosen = wish.model === undefined && fitting.length > 1 ? await pickReplacement(title, fitting) : fitting
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
    await setRouteTo(api, snapshot, { task, provider, model: replacement }, parts.tell)
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
