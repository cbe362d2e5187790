import { l10n, workspace } from 'vscode'
import { type Task, tasks } from '../../protocol/names.ts'
import type { RunView } from '../../protocol/runs.ts'
import { describePolicy } from '../../shared/describe/policy.ts'
import type { ServerState } from '../connection/serverLifetime.ts'
import type { Snapshot } from '../connection/snapshot.ts'
import { endWordsOf, shortEndOf } from '../describe/describeModel.ts'
import {
  productText,
  readinessLevel,
  readinessSpoken,
  readinessText,
  serverText,
  type TaskNotes,
  taskSentence,
} from '../describe/describeReadiness.ts'
import { progressText } from '../describe/describeRun.ts'
import { language, plural, reasonAction, taskTitle } from '../describe/language.ts'
import { onOneLine } from '../describe/plainText.ts'
import { replacementOf } from '../describe/replacement.ts'
import { sumRunning } from '../describe/runProgress.ts'
import { restrictedSentence, whereAsked } from '../describe/whereAsked.ts'
import type { TooltipLine } from './statusTooltip.ts'

/** All that the status bar shows, as a value: two that are equal look the same. */
export interface StatusLook {
  text: string
  spoken: string
  command: `llmProviders.${string}`
  /** Colour adds to what the text says: only where somebody should act, and works with the product here. */
  isWarning: boolean
  lines: TooltipLine[]
}

/** `runs`: those that this window's own server works on. `isUsed`: by this folder. */
export function describeStatus(world: {
  server: ServerState
  snapshot: Snapshot | null
  runs: readonly RunView[]
  isUsed: boolean
  now: number
}): StatusLook {
  const { server, snapshot, runs, isUsed, now } = world
  if (server.kind === 'failed') return describeFailed(server, isUsed)
  if (!snapshot) return describeStarting(server)
  const short = endsOf(snapshot, (provider, model) => shortEndOf(snapshot, provider, model))
  const ends = endsOf(snapshot, (provider, model) => endWordsOf(snapshot, provider, model, now))
  const progress = progressWords(runs)
  const { readiness } = snapshot
  return {
    text: progress?.text ?? readinessText(readiness, short),
    spoken: [...(progress ? [progress.spoken] : []), readinessSpoken(readiness, ends)].join('. '),
    command: 'llmProviders.showReadiness',
    isWarning: isUsed && needsSomebody(snapshot),
    lines: [
      ...tasks.map((task) => taskLine(snapshot, task, now)),
      ...runs.map(runLine),
      ...rulesLines(snapshot),
      ...whereLine(),
      ...trustLine(),
    ],
  }
}

function describeFailed(server: Extract<ServerState, { kind: 'failed' }>, isUsed: boolean): StatusLook {
  const sentence = l10n.t('The background server is not running: {0}.', server.detail)
  const restart = { label: l10n.t('Restart server'), command: 'llmProviders.restartServer' as const }
  return {
    text: serverText(server),
    spoken: sentence,
    command: 'llmProviders.restartServer',
    isWarning: isUsed,
    lines: [{ label: l10n.t('Server'), text: sentence, link: restart }],
  }
}

function describeStarting(server: ServerState): StatusLook {
  const sentence = server.kind === 'stopped' ? l10n.t('not started yet') : l10n.t('starting')
  return {
    text: serverText(server),
    spoken: `${l10n.t('LLM Providers')}: ${sentence}`,
    command: 'llmProviders.showReadiness',
    isWarning: false,
    lines: [{ label: l10n.t('Server'), text: sentence }],
  }
}

function needsSomebody({ readiness }: Snapshot): boolean {
  return tasks.some((task) => ['warning', 'blocked'].includes(readinessLevel(readiness[task])))
}

/** Of each task whose model's end is announced, as `describe` words it. */
function endsOf(snapshot: Snapshot, describe: (provider: string, model: string) => string | null): TaskNotes {
  const endOf = (task: Task) => {
    const { route, warnings } = snapshot.readiness[task]
    const isAnnounced = warnings.some(({ code }) => code === 'deprecation_announced')
    return route && isAnnounced ? describe(route.provider, route.model) : null
  }
  return { categorization: endOf('categorization'), scoring: endOf('scoring') }
}

/** "LLM: 45 %": of all items of all runs of this window. */
function progressWords(runs: readonly RunView[]): { text: string; spoken: string } | null {
  const progress = sumRunning(runs)
  if (!progress) return null
  const { percent, isWaiting } = progress
  const doing = isWaiting ? l10n.t('waiting') : l10n.t('running')
  const words = percent === null ? doing : l10n.t('{0} {1} %', doing, percent)
  const shown = percent === null || isWaiting ? words : l10n.t('{0} %', percent)
  const count = plural(progress.runs, '{0} run', '{0} runs')
  return { text: productText(isWaiting ? 'watch' : 'sync~spin', shown), spoken: `${count} ${words}` }
}

/** A task in one line, and the one thing that helps: what its reason says, else its model's replacement, else nothing. */
function taskLine(snapshot: Snapshot, task: Task, now: number): TooltipLine {
  const state = snapshot.readiness[task]
  const line = { label: taskTitle(task), text: taskSentence(state, now) }
  const replaced = replacementOf(snapshot, task)
  if (replaced) {
    const label = l10n.t('Use {0}', onOneLine(replaced.replacement))
    return { ...line, link: { label, command: 'llmProviders.useReplacement', argument: task } }
  }
  if (state.reason) {
    return { ...line, link: { label: reasonAction(state.reason), command: 'llmProviders.fixRoute', argument: task } }
  }
  return { ...line, link: { label: l10n.t('Explain the route'), command: 'llmProviders.explainRoute', argument: task } }
}

function runLine(run: RunView): TooltipLine {
  return {
    label: onOneLine(run.source),
    text: progressText(run),
    link: { label: l10n.t('Cancel'), command: 'llmProviders.cancelRun', argument: run.runId },
  }
}

/** What the rules of the folder allow, where it has some. */
function rulesLines({ readiness: { policies = [] } }: Snapshot): TooltipLine[] {
  return policies.map((view) => ({
    label: l10n.t('Rules of this folder'),
    text: onOneLine(describePolicy(language, view).join('; ')),
    link: { label: l10n.t('Show the rules'), command: 'llmProviders.showRules' },
  }))
}

/** Only where the workspace is not trusted. */
function trustLine(): TooltipLine[] {
  return workspace.isTrusted ? [] : [{ label: l10n.t('Workspace'), text: restrictedSentence() }]
}

/** Only where it is another machine than one thinks. */
function whereLine(): TooltipLine[] {
  const runsOn = whereAsked()
  return runsOn ? [{ label: l10n.t('Providers are asked from'), text: runsOn }] : []
}
