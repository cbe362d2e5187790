import * as l10n from '@vscode/l10n'
import { useEffect, useId, useRef } from 'preact/hooks'
import { assertNever, tasks } from '../../../protocol/names.ts'
import type { KindInfo, ProviderView } from '../../../protocol/providers.ts'
import type { Reason } from '../../../protocol/reasons.ts'
import type { Route } from '../../../protocol/routing.ts'
import { type ProviderState, providerState } from '../../../shared/describe/provider.ts'
import { fallbacksOf } from '../../../shared/routeFallbacks.ts'
import { DependentList } from '../../parts/confirmDialog.tsx'
import { ConfirmedAction } from '../../parts/confirmedAction.tsx'
import { Icon, type IconName } from '../../parts/icon.tsx'
import {
  countModels,
  describeReason,
  formatAge,
  formatDuration,
  reasonAction,
  taskTitle,
} from '../../parts/language.ts'
import { canAct, useReasonAction } from '../../parts/reasonAction.ts'
import { usePage } from '../../state/pageContext.ts'
import { Button } from '../../toolkit.tsx'
import { TestProgress, type TestState, useConnectionTest } from './connectionTest.tsx'
import { EnableSwitch } from './enableSwitch.tsx'
import { KeyLine, useSetKey } from './keySection.tsx'

/** Where the focus goes when a form is left or a row is gone. */
export const addButtonId = 'add-provider'
export const editButtonId = (provider: string) => `edit-${provider}`

export interface ProviderRowProps {
  view: ProviderView
  kind: KindInfo | undefined
  routes: readonly Route[]
  isTestedAtOnce: boolean
  onTestBegun(): void
  onEdit(): void
  onRemoved(): void
}

export function ProviderRow(props: ProviderRowProps) {
  const { view, kind, routes, onEdit, onRemoved } = props
  const { now } = usePage()
  const id = useId()
  const test = useConnectionTest({ provider: view.provider })
  useEffect(() => {
    if (!props.isTestedAtOnce) return
    test.begin()
    props.onTestBegun()
  }, [props.isTestedAtOnce])
  useEndOfFailure(view, test.forgetFailure)
  const state = providerState(view)
  const { icon, words } = describeProviderState(state)
  const uses = describeRoutesOf(view.provider, routes)
  return (
    <li class="row" aria-labelledby={`${id}-name`}>
      <div class="row-head">
        <h2 id={`${id}-name`}>{view.provider}</h2>
        <span class="kind">{view.kindLabel}</span>
        <span class={`state state-${state.kind}`}>
          <Icon name={icon} /> {words}
        </span>
      </div>
      {state.kind === 'broken' && !saysSame(test.state, state.reason) ? (
        <Why reason={state.reason} provider={view.provider} onTest={test.begin} />
      ) : null}
      <p class="facts">{providerFactList(view, now).join(' · ')}</p>
      {uses ? <p class="facts">{l10n.t('Used for: {0}', uses)}</p> : null}
      {kind ? <KeyLine view={view} kind={kind} onSet={test.begin} /> : null}
      <div class="actions">
        <EnableSwitch view={view} />
        <Button onClick={test.begin} disabled={test.state.kind === 'running'} label={l10n.t('Test {0}', view.provider)}>
          {l10n.t('Test')}
        </Button>
        <Button id={editButtonId(view.provider)} onClick={onEdit} label={l10n.t('Edit {0}', view.provider)}>
          {l10n.t('Edit')}
        </Button>
        <RemoveProvider provider={view.provider} onRemoved={onRemoved} />
      </div>
      <TestProgress test={test} />
    </li>
  )
}

/** What a test has just found stands below, with the same button. */
function saysSame(state: TestState, reason: Reason): boolean {
  return state.kind === 'done' && !state.outcome.ok && state.outcome.reason.message === reason.message
}

/** A failure goes when the provider answers a later check, has got its key, or has other settings. */
function useEndOfFailure({ health, key, updatedAt }: ProviderView, end: () => void): void {
  const before = useRef({ key, updatedAt })
  useEffect(() => {
    const { current } = before
    const isOther = current.updatedAt !== updatedAt || (current.key === 'missing' && key === 'present')
    before.current = { key, updatedAt }
    if (isOther || health.state === 'ok') end()
  }, [health.state, health.checkedAt, key, updatedAt])
}

interface WhyProps {
  reason: Reason
  provider: string
  onTest(): void
}

/** Why it cannot be used, and the one thing that helps. What the row has a button for is done by the row. */
function Why({ reason, provider, onTest }: WhyProps) {
  const act = useReasonAction()
  const setKey = useSetKey(provider, onTest)
  const own = { testConnection: onTest, waitAndRetry: onTest, setKey } as const
  const { id } = reason.action
  const ownAct = id in own ? own[id as keyof typeof own] : null
  // Switching on is the switch's, which stands in the same row.
  const isShown = id !== 'enableProvider' && (ownAct !== null || canAct(reason))
  return (
    <div class="why">
      <p>{describeReason(reason)}</p>
      {isShown ? <Button onClick={ownAct ?? (() => act(reason))}>{reasonAction(reason)}</Button> : null}
    </div>
  )
}

/** Removes a provider after saying what goes with it; its key goes too. */
function RemoveProvider({ provider, onRemoved }: { provider: string; onRemoved(): void }) {
  const { host, announce } = usePage()
  const finish = async () => {
    await host.command('clearKey', { provider })
    announce(l10n.t('{0} is removed.', provider))
    onRemoved()
  }
  return (
    <ConfirmedAction
      button={l10n.t('Remove')}
      label={l10n.t('Remove {0}', provider)}
      question={l10n.t('Remove the provider "{0}"?', provider)}
      confirm={l10n.t('Remove')}
      ask={() => host.request('provider/dependents', { provider })}
      act={() => host.request('provider/remove', { provider, confirm: true })}
      onDone={() => void finish()}
    >
      {({ dependents }) => (
        <>
          <DependentList dependents={dependents} />
          <p>{l10n.t('Its routes, its registered models and its key are removed as well. Nothing replaces them.')}</p>
        </>
      )}
    </ConfirmedAction>
  )
}

/** Icon and words say the same, so that neither colour nor shape is needed to understand it. */
function describeProviderState(state: ProviderState): { icon: IconName; words: string } {
  switch (state.kind) {
    case 'ready':
      return { icon: 'pass', words: l10n.t('Ready') }
    case 'off':
      return { icon: 'off', words: l10n.t('Disabled') }
    case 'unchecked':
      return { icon: 'unknown', words: l10n.t('Not checked yet') }
    case 'broken':
      return { icon: 'error', words: l10n.t('Not ready') }
    default:
      return assertNever(state)
  }
}

/** What is known of it, in short: `3 models · answered in 12 ms · checked 2 min ago`. */
function providerFactList(view: ProviderView, now: number): string[] {
  const { health, models } = view
  return [
    ...(view.endpoint ? [view.endpoint] : []),
    ...(models.state === 'never' ? [] : [describeModelCount(view, now)]),
    ...(health.version ? [l10n.t('version {0}', health.version)] : []),
    ...(health.latencyMs === null ? [] : [l10n.t('answered in {0}', formatDuration(health.latencyMs))]),
    ...(health.checkedAt ? [l10n.t('checked {0}', formatAge(health.checkedAt, now))] : []),
  ]
}

function describeModelCount({ models }: ProviderView, now: number): string {
  const count = countModels(models.models.length)
  if (models.state !== 'stale' || models.listedAt === null) return count
  return l10n.t('{0}, listed {1}', count, formatAge(models.listedAt, now))
}

/** The tasks whose route names the provider, as route or as fallback, in words; null: none. */
function describeRoutesOf(provider: string, routes: readonly Route[]): string | null {
  const uses = tasks.flatMap((task) => {
    const route = routes.find((candidate) => candidate.task === task)
    if (route?.provider === provider) return [taskTitle(task)]
    const isFallback = route && fallbacksOf(route.options).some((fallback) => fallback.provider === provider)
    return isFallback ? [l10n.t('fallback of {0}', taskTitle(task))] : []
  })
  return uses.length > 0 ? uses.join(', ') : null
}
