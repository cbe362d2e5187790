import { l10n } from 'vscode'
import { assertNever, type Task } from '../../protocol/names.ts'
import type { Resolution, TraceStep } from '../../protocol/routing.ts'
import {
  reasonAction,
  reasonSentence,
  stepSentence,
  stepWords,
  taskTitle,
  warningSentence,
} from '../describe/language.ts'
import { onOneLine } from '../describe/plainText.ts'

/** How a task was resolved, step by step, as a page of plain text. */
export function routeText(task: Task, resolution: Resolution, at: string): string {
  const lines = [
    l10n.t('LLM Providers route: {0}', taskTitle(task)),
    '',
    `  ${outcomeText(resolution)}`,
    ...resolution.warnings.map((warning) => `  ${l10n.t('Note: {0}', onOneLine(warningSentence(warning)))}`),
    '',
    `  ${l10n.t('How it was decided, in order; the first step that fails ends it')}`,
    `  ${'─'.repeat(78)}`,
    ...stepLines(resolution.trace),
    '',
    `  ${l10n.t('Read at {0}, from the last checks and without asking any provider.', at)}`,
  ]
  return `${lines.join('\n')}\n`
}

function outcomeText(resolution: Resolution): string {
  if (!resolution.ok) {
    const { reason } = resolution
    return l10n.t(
      'Not ready ({0}): {1} What helps: {2}.',
      reason.code,
      onOneLine(reasonSentence(reason)),
      reasonAction(reason),
    )
  }
  const { provider, model, endpoint, rule } = resolution.value
  const where = endpoint ?? l10n.t('nothing is called')
  return l10n.t('Ready: {0}, {1} ({2}; decided by: {3})', provider, onOneLine(model), where, ruleWords(rule))
}

function ruleWords(rule: 'route' | 'override' | 'fallback'): string {
  switch (rule) {
    case 'route':
      return l10n.t('the route')
    case 'override':
      return l10n.t('this run only')
    case 'fallback':
      return l10n.t('the route’s fallback')
    default:
      return assertNever(rule)
  }
}

function stepLines(trace: readonly TraceStep[]): string[] {
  const width = Math.max(0, ...trace.map((step) => stepWords(step.step).length))
  return trace.map((step, index) => {
    const mark = step.passed ? '✓' : '✗'
    const number = String(index + 1).padStart(2)
    return `  ${number}  ${mark}  ${stepWords(step.step).padEnd(width)}  ${onOneLine(stepSentence(step))}`
  })
}
