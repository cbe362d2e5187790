import * as l10n from '@vscode/l10n'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { ConnectionTest, TestPlan } from '../../../protocol/models.ts'
import type { Outcome } from '../../../protocol/outcome.ts'
import type { PageParams } from '../../../protocol/page.ts'
import type { ProviderConfig } from '../../../protocol/providers.ts'
import type { Reason } from '../../../protocol/reasons.ts'
import { fail } from '../../../shared/fail.ts'
import { ConfirmDialog } from '../../parts/confirmDialog.tsx'
import { describeReason, formatDuration, formatNumber, localizeOr, plural, reasonAction } from '../../parts/language.ts'
import { LoadingNote, Notice, ReasonNotice } from '../../parts/notice.tsx'
import { usePage } from '../../state/pageContext.ts'
import { Button } from '../../toolkit.tsx'
import { useSetKey } from './keySection.tsx'
import { TestReport } from './testReport.tsx'

/**
 * What is tested: a saved provider, or values that are not saved yet. `keyOf`: the saved provider whose stored key may be used.
 * `name`: what those values are called in the sentences about them.
 */
export type TestSubject = { provider: string } | (UnsavedValues & { name: string })
type UnsavedValues = { kind: string; config: ProviderConfig; keyOf?: string }

type Asked = { model?: string; probe?: boolean }

export type TestState =
  | { kind: 'none' }
  /** What would be sent costs something, or its cost is unknown: it is shown first. */
  | { kind: 'asking'; plan: TestPlan; asked: Asked }
  | { kind: 'running' }
  /** `isConnection`: no model was asked for. */
  | { kind: 'done'; outcome: Outcome<ConnectionTest>; isConnection: boolean }

export interface RunningTest {
  state: TestState
  subject: TestSubject
  /** Without a model: only the connection, which costs nothing. */
  begin(asked?: Asked): void
  /** The person has read what will be sent, and wants it. */
  confirm(): void
  cancel(): void
  /** The connection is known to work, or is another one now: what failed counts no more. */
  forgetFailure(): void
  /** Once more, with a key that the editor asks for and that is stored nowhere. */
  beginWithKey(): void
}

/** A test of a connection or a model, with all that is shown before, during and after it. */
export function useConnectionTest(subject: TestSubject): RunningTest {
  const { host, announce } = usePage()
  const [state, setState] = useState<TestState>({ kind: 'none' })
  const running = useRef<AbortController | null>(null)
  useEffect(() => () => running.current?.abort(), [])
  // What was found is of the values that were there then; what is wrong with single fields goes with each of them.
  const values = JSON.stringify(subject)
  useEffect(() => setState((before) => (isOfValues(before) ? { kind: 'none' } : before)), [values])

  async function run(ask: (signal: AbortSignal) => Promise<Outcome<ConnectionTest> | null>, isConnection = true) {
    running.current?.abort()
    const own = new AbortController()
    running.current = own
    setState({ kind: 'running' })
    const outcome = nameUnsaved(subject, await ask(own.signal))
    if (running.current !== own) return
    setState(outcome === null ? { kind: 'none' } : { kind: 'done', outcome, isConnection })
    if (outcome) announce(outcome.ok ? describeAnswer(outcome.value) : describeReason(outcome.reason))
  }
  const send = (asked: Asked) =>
    run((signal) => host.request('provider/test', testParams(subject, asked), signal), asked.model === undefined)

  return {
    state,
    subject,
    begin(asked = {}) {
      if (!asked.model) return void send(asked)
      void host.request('model/describeTest', testParams(subject, asked)).then((plan) => {
        if (!plan.ok) setState({ kind: 'done', outcome: plan, isConnection: false })
        else if (plan.value.isFree) void send(asked)
        else setState({ kind: 'asking', plan: plan.value, asked })
      })
    },
    confirm() {
      if (state.kind === 'asking') void send(state.asked)
    },
    cancel() {
      running.current?.abort()
      running.current = null
      setState({ kind: 'none' })
    },
    forgetFailure() {
      setState((before) =>
        before.kind === 'done' && before.isConnection && !before.outcome.ok ? { kind: 'none' } : before,
      )
    },
    beginWithKey() {
      if ('provider' in subject) return
      const { keyOf: _, name: _name, ...values } = subject
      void run(() => host.command('testWithKey', values))
    },
  }
}

function isOfValues(state: TestState): boolean {
  return state.kind === 'done' && (state.outcome.ok || state.outcome.reason.code !== 'config_invalid')
}

function testParams(subject: TestSubject, asked: Asked): PageParams<'provider/test'> {
  if ('provider' in subject) return { ...subject, ...asked }
  const { name: _, ...values } = subject
  return { ...values, ...asked }
}

/** The server has no name for unsaved values; the person has given them one. */
function nameUnsaved(subject: TestSubject, outcome: Outcome<ConnectionTest> | null): Outcome<ConnectionTest> | null {
  if (outcome === null || outcome.ok || 'provider' in subject || !('provider' in outcome.reason)) return outcome
  return fail({ ...outcome.reason, provider: subject.name })
}

function describeAnswer({ latencyMs, models }: ConnectionTest): string {
  return l10n.t('The connection works: answered in {0}, models listed: {1}.', formatDuration(latencyMs), models.length)
}

/** What is under way or was found, where the test was begun. */
export function TestProgress({ test }: { test: RunningTest }) {
  const { state } = test
  switch (state.kind) {
    case 'none':
      return null
    case 'running':
      return (
        <div class="test">
          <LoadingNote>{l10n.t('Testing the connection …')}</LoadingNote>
          <Button onClick={test.cancel}>{l10n.t('Cancel the test')}</Button>
        </div>
      )
    case 'asking':
      return <AskFirst plan={state.plan} onConfirm={test.confirm} onCancel={test.cancel} />
    case 'done':
      return (
        <div class="test">
          {state.outcome.ok ? (
            <TestReport report={state.outcome.value} onMeasure={(model) => test.begin({ model, probe: true })} />
          ) : (
            <TestFailure test={test} reason={state.outcome.reason} />
          )}
          <Button onClick={test.cancel}>{l10n.t('Close the result')}</Button>
        </div>
      )
  }
}

/** What helps with values that are not saved yet stands in the form around it, but for the key. */
function TestFailure({ test, reason }: { test: RunningTest; reason: Reason }) {
  if ('provider' in test.subject) {
    if (reason.action.id !== 'setKey') return <ReasonNotice reason={reason} />
    return <KeyFailure test={test} reason={reason} provider={test.subject.provider} />
  }
  const needsKey = reason.code === 'secret_missing' || reason.code === 'auth_failed'
  return (
    <Notice
      look="error"
      actions={needsKey ? <Button onClick={test.beginWithKey}>{l10n.t('Enter a key for this test …')}</Button> : null}
    >
      {describeReason(reason)}
    </Notice>
  )
}

/** The key that is entered now is tested at once. */
function KeyFailure({ test, reason, provider }: { test: RunningTest; reason: Reason; provider: string }) {
  const setKey = useSetKey(provider, test.begin)
  return (
    <Notice look="error" actions={<Button onClick={setKey}>{reasonAction(reason)}</Button>}>
      {describeReason(reason)}
    </Notice>
  )
}

function AskFirst({ plan, onConfirm, onCancel }: { plan: TestPlan; onConfirm(): void; onCancel(): void }) {
  return (
    <ConfirmDialog question={l10n.t('Send this?')} confirm={l10n.t('Send')} onConfirm={onConfirm} onCancel={onCancel}>
      <p>{localizeOr(plan.localizable, plan.sent)}</p>
      <p>
        {plural(
          plan.calls,
          'At most {0} call, about {1} tokens in and {2} out. Your account may be charged for it.',
          'At most {0} calls, about {1} tokens in and {2} out. Your account may be charged for them.',
          ...[formatNumber(plan.tokens.input), formatNumber(plan.tokens.output)],
        )}
      </p>
    </ConfirmDialog>
  )
}
