import { l10n } from 'vscode'
import { assertNever, type Task, tasks } from '../../protocol/names.ts'
import { reasonCodes } from '../../protocol/reasons.ts'
import type { RouteOptions, TraceStep } from '../../protocol/routing.ts'
import { askTitle } from '../../shared/describe/ask.ts'
import { fallbacksOf, writeFallback } from '../../shared/routeFallbacks.ts'
import type { Snapshot } from '../connection/snapshot.ts'
import { endWordsOf } from '../describe/describeModel.ts'
import { readinessLevel, taskState } from '../describe/describeReadiness.ts'
import { type Fact, knownFacts } from '../describe/facts.ts'
import {
  describeReason,
  describeWarning,
  formatAge,
  formatDuration,
  language,
  reasonAction,
  taskTitle,
} from '../describe/language.ts'

/** A route, a step at which its resolution stops, or one thing that it says. `provider`: what it goes through, for commands that want one. */
export type RouteNode =
  | { type: 'route'; task: Task; provider?: string }
  | { type: 'step'; task: Task; step: TraceStep; provider?: string }
  | { type: 'part'; task: Task; part: RoutePart; provider?: string }

const routeParts = ['provider', 'model', 'ask', 'thinking', 'batch', 'concurrency', 'fallback'] as const
export type RoutePart = (typeof routeParts)[number]

export function routeNodes(snapshot: Snapshot): RouteNode[] {
  return tasks.map((task) => ({ type: 'route', task, ...providerOf(snapshot, task) }))
}

/** What a step found. A trace names the reason's code before its sentence: here there is room for the sentence only. */
export function stepDetail({ detail }: TraceStep): string {
  const code = reasonCodes.find((candidate) => detail.startsWith(`${candidate}: `))
  return code ? detail.slice(code.length + 2) : detail
}

/** With a fallback that is not ready either, there are two of them. */
export function stepNodes(snapshot: Snapshot, task: Task, trace: readonly TraceStep[]): RouteNode[] {
  return trace
    .filter(({ passed }) => !passed)
    .map((step) => ({ type: 'step', task, step, ...providerOf(snapshot, task) }))
}

export function partNodes(snapshot: Snapshot, task: Task): RouteNode[] {
  return routeParts
    .filter((part) => partWords(snapshot, task, part) !== null)
    .map((part) => ({ type: 'part', task, part, ...providerOf(snapshot, task) }))
}

/** "ready · ollama, llama3.2 · 2 min ago": what matters most stands where a narrow bar still has room. */
export function describeRoute(snapshot: Snapshot, task: Task, now: number): string {
  const state = snapshot.readiness[task]
  const through = state.route ?? snapshot.routes.find((route) => route.task === task)
  const where = through ? [through.provider, ...(through.model ? [through.model] : [])].join(', ') : ''
  const words = state.reason ? taskState(state) : state.route?.rule === 'fallback' ? fallbackActive() : l10n.t('ready')
  return [
    words,
    where,
    ...(state.route ? [endWordsOf(snapshot, state.route.provider, state.route.model, now) ?? ''] : []),
    state.checkedAt ? formatAge(state.checkedAt, now) : '',
  ]
    .filter((part) => part !== '')
    .join(' · ')
}

export function routeIcon(snapshot: Snapshot, task: Task): { icon: string; color: string | null } {
  const level = readinessLevel(snapshot.readiness[task])
  switch (level) {
    case 'ready':
      return { icon: 'pass', color: 'testing.iconPassed' }
    case 'notice':
    case 'warning':
      return { icon: 'warning', color: 'list.warningForeground' }
    case 'blocked':
      return { icon: 'error', color: 'list.errorForeground' }
    default:
      return assertNever(level)
  }
}

/** Everything about a route as label and text, in the order of a tooltip. */
export function routeFacts(snapshot: Snapshot, task: Task, now: number): Fact[] {
  const state = snapshot.readiness[task]
  const parts = routeParts.map((part) => ({ part, words: partWords(snapshot, task, part) }))
  return knownFacts([
    { label: l10n.t('State'), text: state.reason ? describeReason(state.reason) : taskState(state) },
    { label: l10n.t('What helps'), text: state.reason && reasonAction(state.reason) },
    ...parts.map(({ words }) => ({ label: words?.label ?? '', text: words?.text ?? null })),
    ...state.warnings.map((warning) => ({ label: l10n.t('Note'), text: describeWarning(warning) })),
    { label: l10n.t('Checked'), text: checkWords(state.checkedAt, state.latencyMs, now) },
  ])
}

/** One thing that a route says, as label and text; null: it says nothing of it. */
export function partWords(snapshot: Snapshot, task: Task, part: RoutePart): Fact | null {
  const route = snapshot.routes.find((candidate) => candidate.task === task)
  const { route: resolved } = snapshot.readiness[task]
  const options: RouteOptions = route?.options ?? {}
  switch (part) {
    case 'provider':
      return route ? { label: l10n.t('Provider'), text: route.provider } : null
    case 'model':
      return route ? { label: l10n.t('Model'), text: modelWords(route.model, resolved?.model ?? null) } : null
    case 'ask':
      return options.ask && options.ask !== 'auto'
        ? { label: l10n.t('Asked by'), text: askTitle(language, options.ask) }
        : null
    case 'thinking':
      return optionFact(l10n.t('Thinking'), options.thinking)
    case 'batch':
      return optionFact(l10n.t('Items per call'), options.batchSize)
    case 'concurrency':
      return optionFact(l10n.t('Calls at once'), options.concurrency)
    case 'fallback':
      return fallbacksOf(options).length > 0
        ? { label: l10n.t('Fallback'), text: fallbackWords(snapshot, task, options) }
        : null
    default:
      return assertNever(part)
  }
}

export function spokenRoute(snapshot: Snapshot, task: Task, now: number): string {
  return `${taskTitle(task)}: ${describeRoute(snapshot, task, now)}`
}

function modelWords(named: string | null, resolved: string | null): string {
  if (named !== null) return named
  return resolved ? l10n.t('{0} (the provider’s default)', resolved) : l10n.t('the provider’s default')
}

function fallbackWords(snapshot: Snapshot, task: Task, options: RouteOptions): string {
  const through = fallbacksOf(options).map(writeFallback).join(', ')
  return snapshot.readiness[task].route?.rule === 'fallback' ? l10n.t('{0} (in use now)', through) : through
}

function fallbackActive(): string {
  return l10n.t('through its fallback')
}

function optionFact(label: string, value: boolean | string | number | undefined): Fact | null {
  if (value === undefined) return null
  return { label, text: value === true ? l10n.t('on') : value === false ? l10n.t('off') : String(value) }
}

function checkWords(checkedAt: string | null, latencyMs: number | null, now: number): string | null {
  if (checkedAt === null) return null
  const age = formatAge(checkedAt, now)
  return latencyMs === null ? age : l10n.t('{0}, answered in {1}', age, formatDuration(latencyMs))
}

function providerOf(snapshot: Snapshot, task: Task): { provider?: string } {
  const provider = snapshot.routes.find((route) => route.task === task)?.provider
  return provider === undefined ? {} : { provider }
}
