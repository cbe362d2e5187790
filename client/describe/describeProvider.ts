import { l10n } from 'vscode'
import { assertNever, type Task } from '../../protocol/names.ts'
import type { KindInfo, ProviderView } from '../../protocol/providers.ts'
import { type ProviderState, providerState } from '../../shared/describe/provider.ts'
import type { Snapshot } from '../connection/snapshot.ts'
import { type Fact, knownFacts } from './facts.ts'
import { countModels, describeReason, formatAge, formatDuration, formatTime, plural, taskTitle } from './language.ts'
import { shortReason } from './shortReason.ts'

/** What the tree is made of: names only, looked up in the snapshot when they are drawn. Commands get them as arguments. */
export type TreeNode =
  | { type: 'provider'; provider: string }
  | { type: 'model'; provider: string; model: string }
  | { type: 'note'; provider: string }

/** Whether the editor's secret store is the place where this provider's key belongs. */
export function keepsKeyHere(view: ProviderView, kind: KindInfo | undefined): boolean {
  return kind !== undefined && kind.key.need !== 'none' && view.endpoint !== null && !('key_env' in view.config)
}

/** Setting the key is then the first thing to do. */
export function isKeyWanted(view: ProviderView): boolean {
  const state = providerState(view)
  return state.kind === 'broken' && state.reason.action.id === 'setKey'
}

/** Icon and words say the same, so that neither colour nor shape is needed to understand it. */
export function drawState(state: ProviderState): { icon: string; color: string | null; words: string } {
  switch (state.kind) {
    case 'ready':
      return { icon: 'pass', color: 'testing.iconPassed', words: l10n.t('ready') }
    case 'off':
      return { icon: 'circle-slash', color: null, words: l10n.t('disabled') }
    case 'unchecked':
      return { icon: 'circle-outline', color: null, words: l10n.t('not checked yet') }
    case 'broken':
      return { icon: 'error', color: 'list.errorForeground', words: shortReason(state.reason.code) }
    default:
      return assertNever(state)
  }
}

/** "ready · 3 models · 2 min ago" */
export function describeProvider(view: ProviderView, now: number): string {
  const { words } = drawState(providerState(view))
  const pausedUntil = pauseOf(view, now)
  const parts = [words, ...(pausedUntil ? [l10n.t('left alone until {0}', formatTime(pausedUntil))] : [])]
  if (view.models.models.length > 0) parts.push(countModels(view.models.models.length))
  if (view.enabled && view.health.checkedAt) parts.push(formatAge(view.health.checkedAt, now))
  return parts.join(' · ')
}

/** The facts of a provider as label and text, in the order of a tooltip. */
export function providerFacts(
  view: ProviderView,
  snapshot: Snapshot,
  now: number,
  { runsOn, keyEnding }: { runsOn: string | null; keyEnding: string | null },
): Fact[] {
  const state = providerState(view)
  const uses = tasksOf(snapshot, view.provider).map(taskTitle)
  const { health, models } = view
  return knownFacts([
    { label: l10n.t('Kind'), text: view.kindLabel },
    { label: l10n.t('Endpoint'), text: view.endpoint },
    { label: l10n.t('Asked from'), text: view.endpoint ? runsOn : null },
    { label: l10n.t('State'), text: state.kind === 'broken' ? describeReason(state.reason) : drawState(state).words },
    { label: l10n.t('Checked'), text: health.checkedAt && checkFacts(health.checkedAt, health.latencyMs, now) },
    { label: l10n.t('Checks'), text: circuitWords(view, now) },
    { label: l10n.t('Version'), text: health.version },
    { label: l10n.t('Key'), text: keyEnding ? l10n.t('stored, ends in {0}', keyEnding) : keyWords(view) },
    { label: l10n.t('Models'), text: modelListFacts(models, now) },
    { label: l10n.t('Used for'), text: uses.length > 0 ? uses.join(', ') : null },
  ])
}

function checkFacts(checkedAt: string, latencyMs: number | null, now: number): string {
  const age = formatAge(checkedAt, now)
  return latencyMs === null ? age : l10n.t('{0}, answered in {1}', age, formatDuration(latencyMs))
}

/** How the server's own checks treat it, where that is not the usual way. */
function circuitWords(view: ProviderView, now: number): string | null {
  const { circuit } = view
  const pausedUntil = pauseOf(view, now)
  if (!circuit) return null
  if (pausedUntil) return l10n.t('it asked to be left alone until {0}, and is', formatTime(pausedUntil))
  switch (circuit.state) {
    case 'closed':
      return null
    case 'open':
      return plural(
        circuit.failures,
        'asked rarely, after a check that failed',
        'asked rarely, after {0} checks in a row that failed',
      )
    case 'half_open':
      return plural(
        circuit.failures,
        'being asked whether it is back, after a check that failed',
        'being asked whether it is back, after {0} checks in a row that failed',
      )
    default:
      return assertNever(circuit.state)
  }
}

/** Until when it asked to be left alone; null: it did not, or that time has passed. */
function pauseOf({ circuit, enabled }: ProviderView, now: number): string | null {
  const until = circuit?.pausedUntil ?? null
  return enabled && until !== null && Date.parse(until) > now ? until : null
}

function keyWords(view: ProviderView): string | null {
  switch (view.key) {
    case 'not_needed':
      return null
    case 'present':
      return l10n.t('present')
    case 'missing':
      return l10n.t('missing')
    case 'unknown':
      return l10n.t('not asked for yet')
    default:
      return assertNever(view.key)
  }
}

function modelListFacts(list: ProviderView['models'], now: number): string | null {
  switch (list.state) {
    case 'never':
      return null
    case 'fresh':
      return countModels(list.models.length)
    case 'stale':
      return l10n.t('{0}, listed {1}', countModels(list.models.length), formatAge(list.listedAt ?? '', now))
    default:
      return assertNever(list.state)
  }
}

/** The tasks whose route names this provider, and this model if one is given. */
export function tasksOf(snapshot: Snapshot, provider: string, model?: string): Task[] {
  return snapshot.routes
    .filter((route) => route.provider === provider)
    .filter((route) => model === undefined || modelOf(snapshot, route.task) === model)
    .map((route) => route.task)
}

/** The model that a task would use now: what it resolves to, else what its route names. */
function modelOf(snapshot: Snapshot, task: Task): string | null {
  const resolved = snapshot.readiness[task].route?.model
  return resolved ?? snapshot.routes.find((route) => route.task === task)?.model ?? null
}
