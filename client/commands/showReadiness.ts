import { l10n } from 'vscode'
import { type Task, tasks } from '../../protocol/names.ts'
import type { RunView } from '../../protocol/runs.ts'
import type { Snapshot } from '../connection/snapshot.ts'
import { isRunHere } from '../connection/usedHere.ts'
import { readinessLevel, taskDetail, taskIcon, taskState, tasksByNeed } from '../describe/describeReadiness.ts'
import { runCountsText, runName, stateText } from '../describe/describeRun.ts'
import { describeReason, reasonAction, taskTitle } from '../describe/language.ts'
import { onOneLine } from '../describe/plainText.ts'
import { replacementOf } from '../describe/replacement.ts'
import { type Choice, pick } from '../forms/pick.ts'

interface Acts {
  fix(task: Task): Promise<void>
  replace(task: Task): Promise<void>
  explain(task: Task): Promise<void>
  setRoute(task: Task): Promise<void>
  test(provider: string): Promise<void>
  openResults(runId: string): Promise<void>
  resume(runId: string): Promise<void>
  openSettings(): Promise<void>
}

type Row = Choice<() => Promise<void>> | string

/**
 * What the status bar's click opens. It begins with what needs doing, so that Enter does it; then runs that go on, and the tasks that
 * are well. `live`: runs of this window.
 */
export async function showReadiness(
  snapshot: Snapshot,
  { live, now }: { live: readonly RunView[]; now: number },
  act: Acts,
): Promise<void> {
  const rows: Row[] = [
    ...problemRows(snapshot, now, act),
    ...runRows(snapshot, live, act),
    ...tasksByNeed(snapshot.readiness).flatMap((task) => taskRows(snapshot, task, now, act)),
    '',
    { label: l10n.t('$(gear) Open the settings'), value: () => act.openSettings() },
  ]
  const chosen = await pick<() => Promise<void>>(l10n.t('LLM Providers'), l10n.t('What would you like to do?'), rows)
  if (chosen) await chosen()
}

/** One row a problem: both tasks may have the same. */
function problemRows(snapshot: Snapshot, now: number, act: Acts): Row[] {
  const rows = new Map<string, { tasks: Task[]; row: Choice<() => Promise<void>> }>()
  for (const task of tasksByNeed(snapshot.readiness)) {
    const row = problemRow(snapshot, task, now, act)
    if (!row) continue
    const key = `${row.label} ${row.detail}`
    const same = rows.get(key)
    if (same) same.tasks.push(task)
    else rows.set(key, { tasks: [task], row })
  }
  return [...rows.values()].map(({ tasks: concerned, row }) => ({
    ...row,
    description: tasks
      .filter((task) => concerned.includes(task))
      .map(taskTitle)
      .join(', '),
  }))
}

/** Null: the task needs nobody. */
function problemRow(snapshot: Snapshot, task: Task, now: number, act: Acts): Choice<() => Promise<void>> | null {
  const state = snapshot.readiness[task]
  const replaced = replacementOf(snapshot, task)
  if (replaced) {
    const label = l10n.t('$(wrench) Use {0}', onOneLine(replaced.replacement))
    return { label, detail: taskDetail({ ...state, checkedAt: null }, now), value: () => act.replace(task) }
  }
  if (state.reason) {
    const label = `$(wrench) ${reasonAction(state.reason)}`
    return { label, detail: describeReason(state.reason), value: () => act.fix(task) }
  }
  if (readinessLevel(state) !== 'warning') return null
  const detail = taskDetail({ ...state, checkedAt: null }, now) || taskState(state)
  return { label: l10n.t('$(warning) Look at the route'), detail, value: () => act.explain(task) }
}

/** What goes on in this window, and what of this folder was left unfinished. */
function runRows({ runs }: Snapshot, live: readonly RunView[], act: Acts): Row[] {
  const going = live.map((run) => ({
    label: `$(sync~spin) ${runName(run)}`,
    description: stateText(run),
    detail: runCountsText(run),
    value: () => act.openResults(run.runId),
  }))
  const left = runs
    .filter((run) => run.state === 'interrupted' && isRunHere(run))
    .slice(0, mostLeft)
    .map((run) => ({
      label: l10n.t('$(debug-continue) Resume {0}', runName(run)),
      description: stateText(run),
      detail: runCountsText(run),
      value: () => act.resume(run.runId),
    }))
  return [...left, ...going]
}

const mostLeft = 3

function taskRows(snapshot: Snapshot, task: Task, now: number, act: Acts): Row[] {
  const state = snapshot.readiness[task]
  const provider = state.route?.provider ?? snapshot.routes.find((route) => route.task === task)?.provider
  return [
    '',
    {
      label: `$(${taskIcon(state)}) ${taskTitle(task)}: ${taskState(state)}`,
      detail: taskDetail(state, now),
      value: () => act.explain(task),
    },
    { label: l10n.t('$(list-tree) Explain the route'), value: () => act.explain(task) },
    { label: l10n.t('$(arrow-right) Choose provider and model'), value: () => act.setRoute(task) },
    ...(provider
      ? [{ label: l10n.t('$(plug) Test the connection to "{0}"', provider), value: () => act.test(provider) }]
      : []),
  ]
}
