import { l10n } from 'vscode'
import { assertNever } from '../../protocol/names.ts'
import { lastedMs, type RunView } from '../../protocol/runs.ts'
import { isRunHere } from '../connection/usedHere.ts'
import {
  describeTasks,
  isCancellable,
  isPausable,
  isResumable,
  progressText,
  runEndText,
  runName,
  spentText,
  stateText,
} from '../describe/describeRun.ts'
import { type Fact, knownFacts } from '../describe/facts.ts'
import {
  describeReason,
  formatAge,
  formatCost,
  formatDuration,
  formatInstant,
  formatNumber,
  reasonAction,
  taskTitle,
} from '../describe/language.ts'
import { onOneLine } from '../describe/plainText.ts'

export interface RunNode {
  type: 'run'
  runId: string
}

/** Icon and words say the same; colour only where something went wrong or well. */
export function runIcon(run: RunView): { icon: string; color: string | null } {
  switch (run.state) {
    case 'running':
      return run.parkedUntil ? { icon: 'watch', color: null } : { icon: 'sync~spin', color: null }
    case 'paused':
      return { icon: 'debug-pause', color: null }
    case 'completed':
      return run.counts.failed > 0
        ? { icon: 'warning', color: 'list.warningForeground' }
        : { icon: 'pass', color: 'testing.iconPassed' }
    case 'stopped':
      return { icon: 'error', color: 'list.errorForeground' }
    case 'cancelled':
      return { icon: 'circle-slash', color: null }
    case 'interrupted':
      return { icon: 'debug-disconnect', color: 'list.warningForeground' }
    default:
      return assertNever(run.state)
  }
}

/**
 * "575 of 3,000 · 19 % · 12/s · 3 min left · $0.04" while it goes on; "2 min ago · 48 reused, 2 judged · 50 items: 50 ok · $0.01"
 * afterwards; of a file of another folder, that one first.
 */
export function describeRun(run: RunView, now: number): string {
  const folder = otherFolder(run)
  switch (run.state) {
    case 'running':
      return joined(folder, progressText(run))
    case 'completed':
      return joined(folder, formatAge(run.startedAt, now), runEndText(run), spentText(run))
    default:
      return joined(folder, stateText(run), progressText(run), formatAge(run.startedAt, now))
  }
}

/** All windows have one list of runs. Null: what was judged is in a folder that is open here, or was a text. */
function otherFolder(run: RunView): string | null {
  return run.folder && !isRunHere(run) ? l10n.t('in {0}', onOneLine(lastNames(run.folder))) : null
}

/** The end of a path, which tells more than its beginning. */
function lastNames(folder: string): string {
  const names = folder.split(/[/\\]/).filter((name) => name !== '')
  return names.length > 2 ? `…/${names.slice(-2).join('/')}` : folder
}

function joined(...parts: (string | null)[]): string {
  return parts.filter((part) => part !== null).join(' · ')
}

/** What was spent as far as it is known; null while nothing was asked. */
function costOf({ spent }: RunView): string | null {
  return spent.calls === 0 ? null : formatCost(spent)
}

export function runFacts(run: RunView, now: number): Fact[] {
  const { spent } = run
  const lasted = lastedMs(run)
  return knownFacts([
    { label: l10n.t('State'), text: stateText(run) },
    { label: l10n.t('Reason'), text: run.reason && describeReason(run.reason) },
    { label: l10n.t('What helps'), text: run.reason && reasonAction(run.reason) },
    { label: l10n.t('Items'), text: runEndText(run) },
    { label: l10n.t('Read'), text: run.isRemembered ? l10n.t('as chosen before for these files') : null },
    ...run.routes.map(({ task, provider, model, rule }) => ({
      label: taskTitle(task),
      text: `${provider}, ${onOneLine(model)}${rule === 'fallback' ? ` ${l10n.t('(fallback)')}` : ''}`,
    })),
    { label: l10n.t('Cost'), text: costOf(run) },
    {
      label: l10n.t('Tokens'),
      text: spent.calls === 0 ? null : tokenWords(spent),
    },
    { label: l10n.t('Folder'), text: run.folder ?? null },
    { label: l10n.t('Results file'), text: run.resultsPath },
    {
      label: l10n.t('Started'),
      text:
        lasted === null
          ? formatInstant(run.startedAt)
          : l10n.t('{0}, took {1}', formatInstant(run.startedAt), formatDuration(lasted)),
    },
    { label: l10n.t('Age'), text: formatAge(run.startedAt, now) },
  ])
}

export function tokenWords({ input, output }: { input: number; output: number }): string {
  return l10n.t('{0} tokens in, {1} out', formatNumber(input), formatNumber(output))
}

export function runContext(run: RunView): string {
  return [
    'run',
    run.state,
    ...(isCancellable(run) ? ['cancellable'] : ['ended']),
    ...(isPausable(run) ? ['pausable'] : []),
    ...(isResumable(run) ? ['resumable'] : []),
    ...(run.resultsPath !== null && run.state !== 'running' ? ['filed'] : []),
  ].join(' ')
}

export function spokenRun(run: RunView, now: number): string {
  const { doing, done } = describeTasks(run.tasks)
  return `${runName(run)}. ${run.state === 'completed' ? done : doing}. ${describeRun(run, now)}`
}
