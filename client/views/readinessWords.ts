import { l10n } from 'vscode'
import { type Task, tasks } from '../../protocol/names.ts'
import type { Readiness, TaskReadiness } from '../../protocol/routing.ts'
import { tellAge } from '../age.ts'
import type { ServerState } from '../connection/serverLifetime.ts'
import { shortReason, taskTitle } from '../reasonWords.ts'
import type { Fact } from './providerNodes.ts'

/** "$(check) Categorization  $(error) Scoring: key missing" */
export function readinessText(readiness: Readiness): string {
  return tasks.map((task) => `$(${taskIcon(readiness[task])}) ${taskWords(task, readiness[task])}`).join('  ')
}

/** The same without icons, for those who listen. */
export function readinessSpoken(readiness: Readiness): string {
  return tasks.map((task) => `${taskTitle(task)}: ${taskState(readiness[task])}`).join('. ')
}

export function taskIcon(task: TaskReadiness): string {
  if (!task.ready) return 'error'
  if (isFallback(task)) return 'arrow-swap'
  return task.warnings.some((warning) => warning.code === 'deprecation_announced') ? 'warning' : 'check'
}

function taskWords(task: Task, state: TaskReadiness): string {
  if (state.reason) return l10n.t('{0}: {1}', taskTitle(task), shortReason(state.reason.code))
  return isFallback(state) ? l10n.t('{0}: through fallback', taskTitle(task)) : taskTitle(task)
}

/** "ready through ollama, llama3.2" or the reason in short. */
export function taskState(task: TaskReadiness): string {
  if (task.reason) return shortReason(task.reason.code)
  if (!task.route) return l10n.t('ready')
  const through = [task.route.provider, task.route.model].join(', ')
  return isFallback(task) ? l10n.t('ready through its fallback {0}', through) : l10n.t('ready through {0}', through)
}

function isFallback(task: TaskReadiness): boolean {
  return task.route?.rule === 'fallback'
}

/** One line a task, with the reason's sentence, the warnings and the age of the last check. */
export function readinessFacts(readiness: Readiness, now: number, runsOn: string | null): Fact[] {
  const lines = tasks.map((task) => ({ label: taskTitle(task), text: taskSentence(readiness[task], now) }))
  return runsOn ? [...lines, { label: l10n.t('Providers are asked from'), text: runsOn }] : lines
}

/** Everything about a task in one line. */
export function taskSentence(task: TaskReadiness, now: number): string {
  return task.reason ? taskDetail(task, now) : `${taskState(task)}. ${taskDetail(task, now)}`.trim()
}

/** What there is to say beside the state: why not, what to know, how old the knowledge is. */
export function taskDetail(task: TaskReadiness, now: number): string {
  return [
    ...(task.reason ? [task.reason.message] : []),
    ...task.warnings.map((warning) => warning.message),
    ...(task.checkedAt ? [l10n.t('Checked {0}.', tellAge(task.checkedAt, now))] : []),
  ].join(' ')
}

export function serverText(state: ServerState): string {
  return state.kind === 'failed' ? l10n.t('$(error) LLM Providers: server stopped') : l10n.t('$(sync) LLM Providers')
}
