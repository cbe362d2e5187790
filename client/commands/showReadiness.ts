import { l10n } from 'vscode'
import { type Task, tasks } from '../../protocol/names.ts'
import type { Snapshot } from '../connection/snapshot.ts'
import { taskDetail, taskIcon, taskState } from '../describe/describeReadiness.ts'
import { reasonAction, taskTitle } from '../describe/language.ts'
import { type Choice, pick } from '../forms/pick.ts'

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
