import { l10n, window } from 'vscode'
import type { Task } from '../../protocol/names.ts'
import type { Api } from '../connection/api.ts'
import type { Snapshot } from '../connection/snapshot.ts'
import { describeModel, endWordsOf, knownModel } from '../describe/describeModel.ts'
import { taskTitle } from '../describe/language.ts'
import { type Replacement, replacements } from '../describe/replacement.ts'
import type { Notifier } from '../forms/notifier.ts'
import type { Panels } from '../forms/panels.ts'
import { type Choice, pick, pickTask } from '../forms/pick.ts'

export interface RouteRequest {
  task: Task | undefined
  provider: string | undefined
  model?: string | undefined
}

interface RouteParts {
  notifier: Notifier
  panels: Pick<Panels, 'openSettings'>
  now: () => number
}

/** With one thing open, task or model, that one is asked for; with more than one the page of the routes asks. */
export async function setRoute(
  api: Api,
  snapshot: Snapshot,
  { task, provider, model }: RouteRequest,
  parts: RouteParts,
): Promise<void> {
  const isKnown = snapshot.providers.some((view) => view.provider === provider)
  if (provider !== undefined && isKnown && model !== undefined) {
    const chosen = task ?? (await pickTask(l10n.t('Set route'), snapshot, parts.now()))
    if (chosen) await saveRoute(api, snapshot, { task: chosen, provider, model }, parts.notifier)
  } else if (provider !== undefined && isKnown && task !== undefined) {
    const chosen = await pickModel(api, snapshot, { task, provider }, parts.now())
    if (chosen === elsewhere) parts.panels.openSettings('routes', task)
    else if (chosen !== undefined) await saveRoute(api, snapshot, { task, provider, model: chosen }, parts.notifier)
  } else parts.panels.openSettings('routes', task)
}

/** What else the route says stays as it is. Null for a model: the provider's own default. */
async function saveRoute(
  api: Api,
  snapshot: Snapshot,
  route: { task: Task; provider: string; model: string | null },
  notifier: Notifier,
): Promise<void> {
  const options = snapshot.routes.find(({ task }) => task === route.task)?.options
  const saved = await api.request('route/save', { ...route, ...(options && { options }) })
  if (!saved.ok) return notifier.showFailure(saved.reason)
  await showRoute(api, route.task, notifier)
}

/** Says at once whether the task can run this way. */
async function showRoute(api: Api, task: Task, notifier: Notifier): Promise<void> {
  const resolution = await api.request('route/resolve', { task })
  if (!resolution.ok) return notifier.showFailure(resolution.reason)
  const { provider, model } = resolution.value
  void window.showInformationMessage(l10n.t('{0} now goes through {1}, {2}.', taskTitle(task), provider, model))
}

/** One that no list shows is named on the page of the routes. */
const elsewhere = Symbol('elsewhere')

/** From the last good list, or null for the provider's own default; undefined: the person left. */
async function pickModel(
  api: Api,
  snapshot: Snapshot,
  { task, provider }: { task: Task; provider: string },
  now: number,
): Promise<string | null | typeof elsewhere | undefined> {
  const listed = await api.request('provider/models', { provider })
  const models = listed.ok ? listed.value.filter((model) => model.type !== 'embedding') : []
  const choices: (Choice<string | null | typeof elsewhere> | string)[] = [
    ...models.map((model) => ({
      label: model.label ?? model.model,
      description: describeModel(knownModel(snapshot, provider, model), now),
      ...(model.label ? { detail: model.model } : {}),
      value: model.model,
    })),
    l10n.t('Other'),
    {
      label: l10n.t('$(gear) The default of "{0}"', provider),
      detail: l10n.t('What its settings say'),
      value: null,
    },
    { label: l10n.t('$(edit) Another model, on the page of the routes'), value: elsewhere },
  ]
  return await pick(l10n.t('Route of {0}', taskTitle(task)), l10n.t('Which model of "{0}"?', provider), choices)
}

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
    void window.showInformationMessage(l10n.t('No task uses a model whose replacement is known.'))
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
    l10n.t('A run in progress continues with its current model.'),
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
