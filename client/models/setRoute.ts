import { l10n, window } from 'vscode'
import type { Task } from '../../protocol/names.ts'
import { tasks } from '../../protocol/names.ts'
import type { ProviderView } from '../../protocol/providers.ts'
import type { Api } from '../connection/api.ts'
import type { Snapshot } from '../connection/snapshot.ts'
import { describeModel, knownModel } from '../describe/describeModel.ts'
import { taskDetail, taskIcon, taskState } from '../describe/describeReadiness.ts'
import { reasonAction, taskTitle } from '../describe/language.ts'
import type { Tell } from '../forms/notifier.ts'
import { type Choice, pick, pickProvider, pickTask } from '../forms/pick.ts'

/** Task, provider, model: which one does what. Anything already known is not asked. */
export async function setRoute(
  api: Api,
  snapshot: Snapshot,
  wish: { task: Task | undefined; provider: string | undefined; model?: string | undefined },
  parts: { tell: Tell; now: () => number },
): Promise<void> {
  const title = l10n.t('Set route')
  const task = wish.task ?? (await pickTask(title, snapshot, parts.now()))
  if (!task) return
  const routeTitle = l10n.t('Route of {0}', taskTitle(task))
  const named = snapshot.providers.find(({ provider }) => provider === wish.provider)
  const view = named ?? (await pickProvider(routeTitle, snapshot, parts.now(), ({ enabled }) => enabled))
  if (!view) return
  const model = wish.model ?? (await pickModel(api, routeTitle, snapshot, view, parts.now()))
  if (model === undefined) return
  await setRouteTo(api, snapshot, { task, provider: view.provider, model }, parts.tell)
}

/** What else the route says stays as it is. Null for a model: the provider's own default. */
export async function setRouteTo(
  api: Api,
  snapshot: Snapshot,
  route: { task: Task; provider: string; model: string | null },
  tell: Tell,
): Promise<void> {
  const options = snapshot.routes.find(({ task }) => task === route.task)?.options
  const saved = await api.request('route/save', { ...route, ...(options && { options }) })
  if (!saved.ok) return tell.failure(saved.reason)
  await tellRoute(api, route.task, tell)
}

/** Tells at once whether the task can run this way. */
async function tellRoute(api: Api, task: Task, tell: Tell): Promise<void> {
  const resolution = await api.request('route/resolve', { task })
  if (!resolution.ok) return tell.failure(resolution.reason)
  const { provider, model } = resolution.value
  await window.showInformationMessage(l10n.t('{0} now goes through {1}, {2}.', taskTitle(task), provider, model))
}

/** From the last good list, the provider's own default, or typed; undefined: the person left. */
async function pickModel(
  api: Api,
  title: string,
  snapshot: Snapshot,
  view: ProviderView,
  now: number,
): Promise<string | null | undefined> {
  const listed = await api.request('provider/models', { provider: view.provider })
  const models = listed.ok ? listed.value.filter((model) => model.type !== 'embedding') : []
  const choices: (Choice<string | null | typeof typing> | string)[] = [
    ...models.map((model) => ({
      label: model.label ?? model.model,
      description: describeModel(knownModel(snapshot, view.provider, model), now),
      ...(model.label ? { detail: model.model } : {}),
      value: model.model,
    })),
    l10n.t('Other'),
    {
      label: l10n.t('$(gear) The default of "{0}"', view.provider),
      detail: l10n.t('What its settings say'),
      value: null,
    },
    { label: l10n.t('$(edit) Type the name of a model'), value: typing },
  ]
  const chosen = await pick(title, l10n.t('Which model of "{0}"?', view.provider), choices)
  if (chosen !== typing) return chosen
  const typed = await window.showInputBox({
    title,
    prompt: l10n.t('The model’s name as "{0}" spells it', view.provider),
    ignoreFocusOut: true,
    validateInput: (name) => (name.trim() === '' || name.length > 256 ? l10n.t('A name is needed.') : null),
  })
  return typed?.trim()
}

const typing = Symbol('typing')

/** What the status bar's click opens: both tasks with their reason, and below each what helps. */
export async function showReadiness(
  snapshot: Snapshot,
  now: number,
  act: {
    fix(task: Task): Promise<void>
    explain(task: Task): Promise<void>
    setRoute(task: Task): Promise<void>
    test(provider: string): Promise<void>
  },
): Promise<void> {
  const rows = tasks.flatMap((task): (Choice<() => Promise<void>> | string)[] => {
    const state = snapshot.readiness[task]
    const provider = state.route?.provider ?? snapshot.routes.find((route) => route.task === task)?.provider
    return [
      '',
      {
        label: `$(${taskIcon(state)}) ${taskTitle(task)}: ${taskState(state)}`,
        detail: taskDetail(state, now),
        value: () => (state.reason ? act.fix(task) : act.explain(task)),
      },
      ...(state.reason ? [{ label: `$(wrench) ${reasonAction(state.reason)}`, value: () => act.fix(task) }] : []),
      { label: l10n.t('$(list-tree) Explain the route'), value: () => act.explain(task) },
      { label: l10n.t('$(arrow-right) Choose provider and model'), value: () => act.setRoute(task) },
      ...(provider
        ? [{ label: l10n.t('$(plug) Test the connection to "{0}"', provider), value: () => act.test(provider) }]
        : []),
    ]
  })
  const chosen = await pick<() => Promise<void>>(l10n.t('Readiness'), l10n.t('What would you like to do?'), rows)
  if (chosen) await chosen()
}
