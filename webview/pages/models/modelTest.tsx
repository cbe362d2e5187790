import * as l10n from '@vscode/l10n'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { ModelTestReport, ModelType, TestPlan } from '../../../protocol/models.ts'
import type { Outcome } from '../../../protocol/outcome.ts'
import type { ProviderConfig } from '../../../protocol/providers.ts'
import { ConfirmDialog } from '../../parts/confirmDialog.tsx'
import { probeLines } from '../../parts/describeProbe.ts'
import {
  describeReason,
  describeTestCost,
  formatDuration,
  formatNumber,
  formatPercent,
  localizeOr,
} from '../../parts/language.ts'
import { LoadingNote, Notice, ReasonNotice } from '../../parts/notice.tsx'
import { usePage } from '../../state/pageContext.ts'
import { Button } from '../../toolkit.tsx'

export interface ModelTestSubject {
  provider: string
  model: string
  type: ModelType
  /** Absent: those of its registration. */
  parameters?: ProviderConfig
}

export type ModelTestState =
  | { kind: 'none' }
  /** What will be sent is shown, and waits for the person. */
  | { kind: 'asking'; plan: TestPlan; probe: boolean }
  | { kind: 'running' }
  | { kind: 'done'; outcome: Outcome<ModelTestReport> }

export interface RunningModelTest {
  state: ModelTestState
  /** `probe`: measures by a few calls what the endpoint really does. */
  begin(probe: boolean): void
  confirm(): void
  cancel(): void
}

/** A real call of a model, or a few that measure it: what will be sent is shown first. */
export function useModelTest(subject: ModelTestSubject): RunningModelTest {
  const { host, announce } = usePage()
  const [state, setState] = useState<ModelTestState>({ kind: 'none' })
  const running = useRef<AbortController | null>(null)
  useEffect(() => () => running.current?.abort(), [])
  const paramsOf = (probe: boolean) => ({ ...subject, ...(probe ? { probe } : {}) })

  async function plan(probe: boolean) {
    const described = await host.request('model/describeTest', paramsOf(probe))
    setState(described.ok ? { kind: 'asking', plan: described.value, probe } : { kind: 'done', outcome: described })
  }

  async function send(probe: boolean) {
    const own = new AbortController()
    running.current = own
    setState({ kind: 'running' })
    const outcome = await host.request('model/test', paramsOf(probe), own.signal)
    if (running.current !== own) return
    setState({ kind: 'done', outcome })
    announce(outcome.ok ? describeAnswer(outcome.value) : describeReason(outcome.reason))
  }

  return {
    state,
    begin: (probe) => void plan(probe),
    confirm() {
      if (state.kind === 'asking') void send(state.probe)
    },
    cancel() {
      running.current?.abort()
      running.current = null
      setState({ kind: 'none' })
    },
  }
}

function describeAnswer({ model, latencyMs }: ModelTestReport): string {
  return l10n.t('{0} answered in {1}.', model, formatDuration(latencyMs))
}

/** What will be sent, is under way or was found. */
export function ModelTestProgress({ test }: { test: RunningModelTest }) {
  const { state } = test
  switch (state.kind) {
    case 'none':
      return null
    case 'asking':
      return <AskFirst plan={state.plan} onConfirm={test.confirm} onCancel={test.cancel} />
    case 'running':
      return (
        <div class="test">
          <LoadingNote>{l10n.t('Testing …')}</LoadingNote>
          <Button onClick={test.cancel}>{l10n.t('Cancel the test')}</Button>
        </div>
      )
    case 'done':
      return (
        <div class="test">
          {state.outcome.ok ? (
            <ModelReport report={state.outcome.value} />
          ) : (
            <ReasonNotice reason={state.outcome.reason} />
          )}
          <Button onClick={test.cancel}>{l10n.t('Close the result')}</Button>
        </div>
      )
  }
}

function AskFirst({ plan, onConfirm, onCancel }: { plan: TestPlan; onConfirm(): void; onCancel(): void }) {
  const { sent, localizable, calls, tokens } = plan
  return (
    <ConfirmDialog question={l10n.t('Send this?')} confirm={l10n.t('Send')} onConfirm={onConfirm} onCancel={onCancel}>
      <p>{localizeOr(localizable, sent)}</p>
      {calls > 0 ? (
        <p>
          {l10n.t('About {0} tokens in and at most {1} out.', formatNumber(tokens.input), formatNumber(tokens.output))}
        </p>
      ) : null}
      <p>{describeTestCost(plan)}</p>
    </ConfirmDialog>
  )
}

function ModelReport({ report }: { report: ModelTestReport }) {
  const { usage, embedding, probe, names, registered } = report
  return (
    <Notice look={embedding?.matches === false ? 'warning' : 'pass'}>
      <p>{describeAnswer(report)}</p>
      <ul class="findings">
        {usage.input === null ? null : (
          <li>{l10n.t('Tokens: {0} in, {1} out', usage.input, usage.output ?? l10n.t('not reported'))}</li>
        )}
        {embedding ? <li>{l10n.t('Vector length: {0}', embedding.dimensions)}</li> : null}
        {embedding?.matches === false ? (
          <li>{l10n.t('This differs from the configured {0}.', embedding.configured ?? '')}</li>
        ) : null}
        {embedding?.advice ? <li>{localizeOr(embedding.localizable, embedding.advice)}</li> : null}
        {names?.map(({ text, label, confidence }) => (
          <li key={`${label} ${text}`}>{l10n.t('{0}: {1} ({2})', label, text, formatPercent(confidence))}</li>
        ))}
        {probe ? probeLines(probe).map((line) => <li key={line}>{line}</li>) : null}
        {registered ? <li>{l10n.t('The result is stored with the model.')}</li> : null}
      </ul>
    </Notice>
  )
}
