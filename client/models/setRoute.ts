import { l10n, window } from 'vscode'
import type { Task } from '../../protocol/names.ts'
import type { Api } from '../connection/api.ts'
import type { Snapshot } from '../connection/snapshot.ts'
import { describeModel, knownModel } from '../describe/describeModel.ts'
import { taskTitle } from '../describe/language.ts'
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
export async function saveRoute(
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
  await window.showInformationMessage(l10n.t('{0} now goes through {1}, {2}.', taskTitle(task), provider, model))
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
