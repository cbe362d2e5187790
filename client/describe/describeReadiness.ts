import { l10n } from 'vscode'
import { assertNever, type Task, tasks } from '../../protocol/names.ts'
import type { Readiness, TaskReadiness, Warning } from '../../protocol/routing.ts'
import type { ServerState } from '../connection/serverLifetime.ts'
import { describeReason, describeWarning, formatAge, taskTitle } from './language.ts'
import { shortReason } from './shortReason.ts'

/**
 * How much a task needs somebody to look at it. notice: ready, and something is worth knowing; warning: ready for now, and somebody
 * should act; blocked: not ready.
 */
export type ReadinessLevel = 'ready' | 'notice' | 'warning' | 'blocked'

export function readinessLevel(task: TaskReadiness): ReadinessLevel {
  if (!task.ready) return 'blocked'
  const levels = task.warnings.map(warningLevel)
  if (isFallback(task) || levels.includes('warning')) return 'warning'
  return levels.includes('notice') ? 'notice' : 'ready'
}

function warningLevel({ code }: Warning): ReadinessLevel {
  switch (code) {
    case 'deprecation_announced':
    case 'fallback_active':
    case 'asked_to_wait':
    case 'run_refused':
      return 'warning'
    case 'stale_models':
    case 'model_unlisted':
    case 'busy_when_asked':
      return 'notice'
    // Shown in the tooltip, and nothing that is wrong: a check that is due, and a choice that somebody made.
    case 'stale_check':
    case 'never_checked':
    case 'model_not_listed':
    case 'leaves_machine':
      return 'ready'
    default:
      return assertNever(code)
  }
}

/** What more there is to say of a task than its name, in as few words as fit into a bar; null: it is simply ready. */
export type TaskNotes = Record<Task, string | null>

const levels: readonly ReadinessLevel[] = ['ready', 'notice', 'warning', 'blocked']

/** The tasks, those first that need somebody most. */
export function tasksByNeed(readiness: Readiness): Task[] {
  const need = (task: Task) => levels.indexOf(readinessLevel(readiness[task]))
  return [...tasks].sort((one, other) => need(other) - need(one))
}

/** "$(check) LLM: ready", "$(error) LLM: key missing": of the task that needs somebody most. */
export function readinessText(readiness: Readiness, ends: Partial<TaskNotes> = {}): string {
  const [first] = tasksByNeed(readiness) as [Task]
  return productText(taskIcon(readiness[first]), taskNote(readiness[first], ends[first] ?? null) ?? l10n.t('ready'))
}

/** The one item of the bar says whose it is, and what is. */
export function productText(icon: string, state: string): string {
  return `$(${icon}) ${l10n.t('LLM: {0}', state)}`
}

/** Both tasks without icons, for those who listen. */
export function readinessSpoken(readiness: Readiness, ends: Partial<TaskNotes> = {}): string {
  return tasks
    .map((task) => {
      const end = readiness[task].reason ? null : ends[task]
      return `${taskTitle(task)}: ${[taskState(readiness[task]), ...(end ? [end] : [])].join(', ')}`
    })
    .join('. ')
}

export function taskIcon(task: TaskReadiness): string {
  const level = readinessLevel(task)
  switch (level) {
    case 'blocked':
      return 'error'
    case 'warning':
    case 'notice':
      return isFallback(task) ? 'arrow-swap' : 'warning'
    case 'ready':
      return 'check'
    default:
      return assertNever(level)
  }
}

function taskNote(state: TaskReadiness, end: string | null): string | null {
  if (state.reason) return shortReason(state.reason.code)
  if (isFallback(state)) return l10n.t('through fallback')
  const codes = state.warnings.map(({ code }) => code)
  if (codes.includes('asked_to_wait')) return l10n.t('asked to wait')
  if (codes.includes('deprecation_announced')) return end ?? l10n.t('model ends')
  if (codes.includes('model_unlisted')) return l10n.t('model not listed')
  return codes.includes('stale_models') ? l10n.t('old model list') : null
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

/** Everything about a task in one line. */
export function taskSentence(task: TaskReadiness, now: number): string {
  return task.reason ? taskDetail(task, now) : `${taskState(task)}. ${taskDetail(task, now)}`.trim()
}

/** What there is to say beside the state: why not, what to know, how old the knowledge is. */
export function taskDetail(task: TaskReadiness, now: number): string {
  return [
    ...(task.reason ? [describeReason(task.reason)] : []),
    ...task.warnings.map(describeWarning),
    ...(task.checkedAt ? [l10n.t('Checked {0}.', formatAge(task.checkedAt, now))] : []),
  ].join(' ')
}

export function serverText(state: ServerState): string {
  if (state.kind === 'failed') return productText('error', l10n.t('server stopped'))
  return productText('sync', state.kind === 'stopped' ? l10n.t('not started') : l10n.t('starting'))
}
