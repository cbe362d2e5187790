import { l10n, type QuickPickItem, QuickPickItemKind, window } from 'vscode'
import type { Task } from '../../protocol/names.ts'
import { tasks } from '../../protocol/names.ts'
import type { ProviderView } from '../../protocol/providers.ts'
import { providerState } from '../../shared/describe/provider.ts'
import type { Snapshot } from '../connection/snapshot.ts'
import { describeProvider, drawState } from '../describe/describeProvider.ts'
import { taskDetail, taskIcon, taskState } from '../describe/describeReadiness.ts'
import { describeReason, taskTitle } from '../describe/language.ts'

/** A row of a list together with what choosing it means. */
export interface Choice<Value> extends QuickPickItem {
  value: Value
}

/** Asks for one of `choices`; undefined when the person leaves. Separators are rows with a label only. */
export async function pick<Value>(
  title: string,
  placeHolder: string,
  choices: readonly (Choice<Value> | string)[],
): Promise<Value | undefined> {
  const items = choices.map((choice) =>
    typeof choice === 'string' ? { label: choice, kind: QuickPickItemKind.Separator } : choice,
  )
  const chosen = await window.showQuickPick<QuickPickItem>(items, {
    title,
    placeHolder,
    matchOnDescription: true,
    matchOnDetail: true,
  })
  return chosen && 'value' in chosen ? (chosen as Choice<Value>).value : undefined
}

export function pickTask(title: string, snapshot: Snapshot, now: number): Promise<Task | undefined> {
  return pick(
    title,
    l10n.t('Which task?'),
    tasks.map((task) => ({
      label: `$(${taskIcon(snapshot.readiness[task])}) ${taskTitle(task)}`,
      description: taskState(snapshot.readiness[task]),
      detail: taskDetail(snapshot.readiness[task], now),
      value: task,
    })),
  )
}

export function pickProvider(
  title: string,
  snapshot: Snapshot,
  now: number,
  isOffered: (view: ProviderView) => boolean = () => true,
): Promise<ProviderView | undefined> {
  return pick(
    title,
    l10n.t('Which provider?'),
    snapshot.providers.filter(isOffered).map((view) => providerChoice(view, now)),
  )
}

function providerChoice(view: ProviderView, now: number): Choice<ProviderView> {
  const state = providerState(view)
  return {
    label: `$(${drawState(state).icon}) ${view.provider}`,
    description: describeProvider(view, now),
    detail: state.kind === 'broken' ? describeReason(state.reason) : (view.endpoint ?? view.kindLabel),
    value: view,
  }
}
