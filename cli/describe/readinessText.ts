import { tasks } from '../../protocol/names.ts'
import type { Readiness, ResolvedRoute, TaskReadiness } from '../../protocol/routing.ts'
import { taskTitle } from '../../shared/describe/task.ts'
import { english } from '../../shared/language.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { nextStep } from '../invocation/nextStep.ts'
import { coloursFor } from '../terminal/colours.ts'
import { age } from '../terminal/format.ts'
import { oneLine, widthOf, wrap } from '../terminal/plainText.ts'
import type { Sink } from '../terminal/terminal.ts'

/** What stands to the left of the sentences, for tasks and for what stands beside them. */
export const labelWidth = Math.max(...tasks.map((task) => taskTitle(english, task).length)) + 2
const stateWidth = 'not ready'.length + 2
const indent = labelWidth + stateWidth

/** Both tasks, each with its state in words, where it goes, or why it cannot and what helps. */
export function readinessText(invocation: Pick<Invocation, 'terminal' | 'call'>, readiness: Readiness): string {
  return [readiness.categorization, readiness.scoring].map((task) => taskText(invocation, task)).join('\n')
}

function taskText({ terminal, call }: Pick<Invocation, 'terminal' | 'call'>, task: TaskReadiness): string {
  const colours = coloursFor(terminal.stdout)
  const notes = task.warnings.map((warning) => `note: ${oneLine(warning.message)}`)
  if (!task.reason) {
    const checked = task.checkedAt === null ? '' : `, checked ${age(task.checkedAt, terminal.now())}`
    const where = task.route ? `${routeText(task.route)}${checked}` : ''
    return block(terminal.stdout, task, colours.good('ready'), [where, ...notes])
  }
  const lines = block(terminal.stdout, task, colours.bad('not ready'), [oneLine(task.reason.message), ...notes])
  const next = `${colours.quiet('next:')} ${colours.command(oneLine(nextStep(task.reason, call)))}`
  return `${lines}\n${' '.repeat(indent)}${next}`
}

/** The label and the state once, the sentences beside them, broken to the width. */
export function block(
  sink: Sink,
  task: Pick<TaskReadiness, 'task'>,
  state: string,
  sentences: readonly string[],
): string {
  const lead = `${taskTitle(english, task.task).padEnd(labelWidth)}${state}${' '.repeat(stateWidth - widthOf(state))}`
  const lines = sentences
    .filter((sentence) => sentence !== '')
    .flatMap((sentence) => wrap(sentence, sink.columns - indent))
  return `${lead}${lines.join(`\n${' '.repeat(indent)}`)}`.trimEnd()
}

/** Where a task goes, in a few words. */
export function routeText(route: ResolvedRoute): string {
  const why = { route: '', override: ' (chosen by --provider)', fallback: ' (fallback: the first choice is not ready)' }
  const where = route.endpoint === null ? '' : ` at ${route.endpoint}`
  const alias = route.alias === undefined ? '' : ` (${route.alias})`
  return oneLine(`${route.provider} / ${route.model}${alias}${where}${why[route.rule]}`)
}
