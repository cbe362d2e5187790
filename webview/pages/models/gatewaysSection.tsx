import * as l10n from '@vscode/l10n'
import { useState } from 'preact/hooks'
import type { Gateway, GatewayStep } from '../../../protocol/gateways.ts'
import type { Reason } from '../../../protocol/reasons.ts'
import { ConfirmDialog } from '../../parts/confirmDialog.tsx'
import { ConfirmedAction } from '../../parts/confirmedAction.tsx'
import { formatAge, plural } from '../../parts/language.ts'
import { LoadingNote, Notice, ReasonNotice, Unread } from '../../parts/notice.tsx'
import { usePage, useReading } from '../../state/pageContext.ts'
import { Button } from '../../toolkit.tsx'
import { GatewayForm } from './gatewayForm.tsx'
import { GatewaySteps } from './gatewaySteps.tsx'

/** LiteLLM proxies that mirror the active models marked for them. */
export function GatewaysSection() {
  const answer = useReading('gateway/list', {})
  const [isAdding, setAdding] = useState(false)
  return (
    <section aria-labelledby="gateways-title">
      <h2 id="gateways-title">{l10n.t('Gateways')}</h2>
      <p class="field-hint">
        {l10n.t(
          'LiteLLM proxies that mirror the active models you mark for them. Only entries made from here are ever changed there.',
        )}
      </p>
      {answer.kind !== 'there' ? (
        <Unread answer={answer} />
      ) : (
        <ul class="rows" aria-label={l10n.t('Gateways')}>
          {answer.value.map((gateway) => (
            <GatewayRow key={gateway.gateway} gateway={gateway} />
          ))}
        </ul>
      )}
      {isAdding ? (
        <GatewayForm gateway={null} onLeave={() => setAdding(false)} />
      ) : (
        <div class="actions">
          <Button onClick={() => setAdding(true)}>{l10n.t('Add a gateway …')}</Button>
        </div>
      )}
    </section>
  )
}

type Shown =
  | { kind: 'nothing' | 'working' | 'editing' }
  | { kind: 'failed'; reason: Reason }
  /** What would be done, or was. */
  | { kind: 'steps'; title: string; steps: readonly (GatewayStep & { isDone?: boolean })[] }
  | { kind: 'tested'; words: string }
  /** The person is asked whether keys may leave. */
  | { kind: 'asking'; reason: Extract<Reason, { code: 'gateway_keys_unconfirmed' }> }

function GatewayRow({ gateway }: { gateway: Gateway }) {
  const { now } = usePage()
  const [shown, setShown] = useState<Shown>({ kind: 'nothing' })
  const { gateway: name, url, checkedAt, entries, reason } = gateway
  const there = entries.filter(({ isThere }) => isThere).length
  return (
    <li class="row" aria-label={name}>
      <div class="row-head">
        <h3>{name}</h3>
        <span class="kind">{url}</span>
      </div>
      <p class="facts">
        {plural(there, '{0} model there', '{0} models there')},{' '}
        {checkedAt === null ? l10n.t('never synced') : l10n.t('synced {0}', formatAge(checkedAt, now))}
      </p>
      {reason !== null && shown.kind === 'nothing' ? <ReasonNotice reason={reason} /> : null}
      <RowActions gateway={gateway} shown={shown} onShow={setShown} />
      <ShownPart gateway={gateway} shown={shown} onShow={setShown} />
    </li>
  )
}

interface RowProps {
  gateway: Gateway
  shown: Shown
  onShow(shown: Shown): void
}

function useSync(name: string, onShow: (shown: Shown) => void) {
  const { host, announce } = usePage()
  return async (confirm: boolean) => {
    onShow({ kind: 'working' })
    const synced = await host.request('gateway/sync', { gateway: name, ...(confirm ? { confirm } : {}) })
    if (synced.ok) {
      announce(l10n.t('{0} is synced.', name))
      return onShow({ kind: 'steps', title: l10n.t('What was done'), steps: synced.value.steps })
    }
    const { reason } = synced
    onShow(reason.code === 'gateway_keys_unconfirmed' ? { kind: 'asking', reason } : { kind: 'failed', reason })
  }
}

function RowActions({ gateway: { gateway: name, keyEnv }, shown, onShow }: RowProps) {
  const { host, announce } = usePage()
  const sync = useSync(name, onShow)
  const isBusy = shown.kind === 'working'
  const plan = async () => {
    onShow({ kind: 'working' })
    const planned = await host.request('gateway/plan', { gateway: name })
    if (!planned.ok) return onShow({ kind: 'failed', reason: planned.reason })
    onShow({ kind: 'steps', title: l10n.t('What a sync would do'), steps: planned.value.steps })
  }
  const test = async () => {
    onShow({ kind: 'working' })
    const tested = await host.request('gateway/test', { gateway: name })
    if (!tested.ok) return onShow({ kind: 'failed', reason: tested.reason })
    const { ours, foreign } = tested.value
    // The notice is heard by itself.
    const words = l10n.t(
      'It answers, takes the key and has a database. Entries from here: {0}; of others: {1}.',
      ours,
      foreign,
    )
    onShow({ kind: 'tested', words })
  }
  const setKey = async () => {
    if (await host.command('setGatewayKey', { gateway: name })) announce(l10n.t('The admin key of {0} is set.', name))
  }
  return (
    <div class="actions">
      <Button onClick={() => void sync(false)} disabled={isBusy} label={l10n.t('Sync {0}', name)}>
        {l10n.t('Sync')}
      </Button>
      <Button onClick={() => void plan()} disabled={isBusy} label={l10n.t('Dry run of {0}', name)}>
        {l10n.t('Dry run')}
      </Button>
      <Button onClick={() => void test()} disabled={isBusy} label={l10n.t('Test {0}', name)}>
        {l10n.t('Test')}
      </Button>
      {keyEnv === null ? (
        <Button onClick={() => void setKey()} label={l10n.t('Set admin key … of {0}', name)}>
          {l10n.t('Set admin key …')}
        </Button>
      ) : null}
      <Button onClick={() => onShow({ kind: 'editing' })} label={l10n.t('Edit {0}', name)}>
        {l10n.t('Edit')}
      </Button>
      <RemoveGateway name={name} />
    </div>
  )
}

function ShownPart({ gateway, shown, onShow }: RowProps) {
  const sync = useSync(gateway.gateway, onShow)
  const close = () => onShow({ kind: 'nothing' })
  switch (shown.kind) {
    case 'nothing':
      return gateway.entries.length === 0 ? null : <EntryList gateway={gateway} />
    case 'working':
      return <LoadingNote>{l10n.t('Asking the gateway …')}</LoadingNote>
    case 'editing':
      return <GatewayForm gateway={gateway} onLeave={close} />
    case 'failed':
      return <ReasonNotice reason={shown.reason} />
    case 'tested':
      return <Notice look="pass">{shown.words}</Notice>
    case 'steps':
      return <GatewaySteps title={shown.title} steps={shown.steps} onClose={close} />
    case 'asking':
      return (
        <ConfirmDialog
          question={l10n.t('Send keys to "{0}"?', gateway.gateway)}
          confirm={l10n.t('Send the keys')}
          onConfirm={() => void sync(true)}
          onCancel={close}
        >
          <p>
            {l10n.t(
              'The keys of {0} leave this machine as values and are stored at {1}. Later changes of them are sent without asking again.',
              shown.reason.providers.join(', '),
              shown.reason.url,
            )}
          </p>
        </ConfirmDialog>
      )
  }
}

/** What is known without asking. */
function EntryList({ gateway: { gateway, entries } }: { gateway: Gateway }) {
  return (
    <details>
      <summary>{l10n.t('Models of {0}: {1}', gateway, entries.length)}</summary>
      <ul>
        {entries.map(({ provider, model, name, isThere, intent, reason }) => (
          <li key={name}>
            {provider} / {model} · <code>{name}</code> ·{' '}
            {intent !== null ? l10n.t('waiting') : isThere ? l10n.t('there') : l10n.t('not there')}
            {reason === null ? null : <ReasonNotice reason={reason} />}
            {isThere ? <CallThrough gateway={gateway} provider={provider} model={model} /> : null}
          </li>
        ))}
      </ul>
    </details>
  )
}

/** One real call, as a client of the gateway makes it; it may cost something, so it is asked about. */
function CallThrough({ gateway, provider, model }: { gateway: string; provider: string; model: string }) {
  const { host } = usePage()
  const [answered, setAnswered] = useState<string | null>(null)
  const call = async () => {
    setAnswered(null)
    const tested = await host.request('gateway/test', { gateway, target: { provider, model } })
    const report = tested.ok ? tested.value.tested?.report : undefined
    if (report) setAnswered(l10n.t('{0} answered through the gateway in {1} ms.', model, report.latencyMs))
    return tested
  }
  return (
    <>
      <ConfirmedAction
        button={l10n.t('Call …')}
        label={l10n.t('Call {0} through {1} …', model, gateway)}
        question={l10n.t('Call {0} through "{1}"?', model, gateway)}
        confirm={l10n.t('Call it')}
        progress={l10n.t('Asking the gateway …')}
        ask={async () => ({ ok: true, value: null })}
        act={call}
        onDone={() => {}}
      >
        {() => <p>{l10n.t('One made-up sentence is sent. It may cost something.')}</p>}
      </ConfirmedAction>
      {answered === null ? null : <Notice look="pass">{answered}</Notice>}
    </>
  )
}

function RemoveGateway({ name }: { name: string }) {
  const { host, announce } = usePage()
  const [reason, setReason] = useState<Reason | null>(null)
  const remove = async (confirm: boolean) => {
    const removed = await host.request('gateway/remove', { gateway: name, ...(confirm ? { confirm } : {}) })
    if (removed.ok) await host.command('forgetGatewayKey', { gateway: name })
    else setReason(removed.reason)
    return removed
  }
  return (
    <ConfirmedAction
      button={l10n.t('Remove …')}
      label={l10n.t('Remove {0} …', name)}
      question={
        reason === null ? l10n.t('Remove the gateway "{0}"?', name) : l10n.t('Remove "{0}" all the same?', name)
      }
      confirm={l10n.t('Remove')}
      progress={l10n.t('Removing …')}
      ask={async () => ({ ok: true, value: null })}
      act={() => remove(reason !== null)}
      onDone={() => announce(l10n.t('{0} is removed.', name))}
    >
      {() => (
        <p>
          {reason === null
            ? l10n.t('The models made from here are removed at the gateway first. Your own models stay as they are.')
            : l10n.t('What was made there could not be removed, and stays at the gateway.')}
        </p>
      )}
    </ConfirmedAction>
  )
}
