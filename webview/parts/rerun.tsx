import * as l10n from '@vscode/l10n'
import { useId, useRef, useState } from 'preact/hooks'
import { assertNever } from '../../protocol/names.ts'
import type { Reason } from '../../protocol/reasons.ts'
import type { RunEstimate, RunView } from '../../protocol/runs.ts'
import { isLargeRun, mayCost } from '../../shared/describe/estimate.ts'
import { usePage, useReading } from '../state/pageContext.ts'
import { Button, Dropdown } from '../toolkit.tsx'
import { ConfirmDialog } from './confirmDialog.tsx'
import { formatAge, formatDuration, formatNumber, formatUsd, plural, taskTitle } from './language.ts'
import { LoadingNote, Notice, ReasonNotice, Unread } from './notice.tsx'

type State =
  | { kind: 'closed' }
  | { kind: 'open' }
  | { kind: 'counting' }
  | { kind: 'counted'; runId: string; estimate: RunEstimate }
  | { kind: 'unchanged'; source: string }
  | { kind: 'started'; run: RunView; isFree: boolean }
  | { kind: 'failed'; reason: Reason }

/** Saving never reruns anything. People choose what to rerun; what may cost money is shown and confirmed before it starts. */
export function RerunSection() {
  const [state, setState] = useState<State>({ kind: 'closed' })
  if (state.kind === 'closed') {
    return (
      <section class="rerun">
        <h2>{l10n.t('Existing results')}</h2>
        <p>{l10n.t('Saving here does not change them.')}</p>
        <Button onClick={() => setState({ kind: 'open' })}>{l10n.t('Judge again …')}</Button>
      </section>
    )
  }
  return <ChooseRun state={state} setState={setState} />
}

function ChooseRun({ state, setState }: { state: State; setState(state: State): void }) {
  const { host, announce, now } = usePage()
  const id = useId()
  const runs = useReading('run/list', {})
  const [chosen, setChosen] = useState<string | null>(null)
  const counting = useRef<AbortController>(null)
  if (runs.kind !== 'there') return <Unread answer={runs} />
  const latest = latestOfEachSource(runs.value.rows)
  const run = latest.find(({ runId }) => runId === chosen) ?? latest[0]
  if (!run) return <Notice look="info">{l10n.t('Nothing has been judged yet.')}</Notice>
  const count = async () => {
    counting.current?.abort()
    const ending = new AbortController()
    counting.current = ending
    setState({ kind: 'counting' })
    const counted = await host.request('run/estimateAgain', { runId: run.runId }, ending.signal)
    if (ending.signal.aborted) return
    if (!counted.ok) return setState(failed(counted.reason))
    const estimate = counted.value
    if (estimate.toJudge === 0) return setState({ kind: 'unchanged', source: run.source })
    if (mayCost(estimate) || isLargeRun(estimate)) return setState({ kind: 'counted', runId: run.runId, estimate })
    await start(run.runId, true)
  }
  const start = async (runId: string, isFree: boolean) => {
    const started = await host.request('run/startAgain', { runId })
    if (!started.ok) return setState(failed(started.reason))
    announce(l10n.t('The run over {0} has started.', started.value.source))
    setState({ kind: 'started', run: started.value, isFree })
  }
  return (
    <section class="rerun">
      <h2>{l10n.t('Judge again')}</h2>
      <div class="field">
        <Dropdown
          id={`${id}-run`}
          label={l10n.t('What was judged')}
          value={run.runId}
          options={latest.map(({ runId, source, startedAt, counts }) => ({
            value: runId,
            label: plural(
              counts.total ?? counts.ok,
              '{1}, {0} item, {2}',
              '{1}, {0} items, {2}',
              source,
              formatAge(startedAt, now),
            ),
          }))}
          onInput={(runId) => {
            setChosen(runId)
            setState({ kind: 'open' })
          }}
        />
      </div>
      <div class="actions">
        <Button onClick={() => void count()} disabled={state.kind === 'counting'}>
          {l10n.t('Judge again')}
        </Button>
        <Button
          onClick={() => {
            counting.current?.abort()
            setState({ kind: 'closed' })
          }}
        >
          {l10n.t('Close')}
        </Button>
      </div>
      <RerunState
        state={state}
        source={run.source}
        onStart={(runId) => void start(runId, false)}
        onCancel={() => setState({ kind: 'open' })}
      />
    </section>
  )
}

interface RerunStateProps {
  state: State
  source: string
  onStart(runId: string): void
  onCancel(): void
}

function RerunState({ state, source, onStart, onCancel }: RerunStateProps) {
  switch (state.kind) {
    case 'closed':
    case 'open':
      return null
    case 'counting':
      return <LoadingNote>{l10n.t('Counting …')}</LoadingNote>
    case 'failed':
      return <ReasonNotice reason={state.reason} />
    case 'started':
      return (
        <Notice look="pass">
          {state.isFree ? l10n.t('It costs nothing.') : ''}{' '}
          {l10n.t('The run over {0} has started; its progress is shown under Runs.', state.run.source)}
        </Notice>
      )
    case 'unchanged':
      return (
        <Notice look="info">{l10n.t('Nothing has changed for {0}: every item keeps its result.', state.source)}</Notice>
      )
    case 'counted':
      return (
        <ConfirmDialog
          question={plural(
            state.estimate.toJudge,
            'Judge {0} item of {1} again?',
            'Judge {0} items of {1} again?',
            source,
          )}
          confirm={l10n.t('Start')}
          onConfirm={() => onStart(state.runId)}
          onCancel={onCancel}
        >
          <EstimateText estimate={state.estimate} />
        </ConfirmDialog>
      )
    default:
      return assertNever(state)
  }
}

const failed = (reason: Reason): State => ({ kind: 'failed', reason })

/** What is sent, what it costs, and how long it takes, as far as each is known. */
function EstimateText({ estimate }: { estimate: RunEstimate }) {
  const { items, toJudge, reused, identical, calls, inputTokens, outputTokens, costUsd, seconds, routes } = estimate
  return (
    <>
      <p>
        {plural(calls, '{1} of {2} are judged, in {0} call.', '{1} of {2} are judged, in {0} calls.', toJudge, items)}{' '}
        {reused > 0
          ? plural(reused, '{0} is unchanged and keeps its result.', '{0} are unchanged and keep their results.')
          : ''}{' '}
        {identical > 0
          ? plural(identical, '{0} has the same text as another one.', '{0} have the same text as another one.')
          : ''}
      </p>
      <p>
        {l10n.t('About {0} tokens are sent, and {1} come back.', formatNumber(inputTokens), formatNumber(outputTokens))}
      </p>
      <p>
        {describeCost(costUsd)} {seconds === null ? '' : l10n.t('It takes about {0}.', formatDuration(seconds * 1000))}
      </p>
      <ul>
        {routes.map(({ task, provider, model }) => (
          <li key={task}>{l10n.t('{0}: {1} / {2}', taskTitle(task), provider, model)}</li>
        ))}
      </ul>
    </>
  )
}

function describeCost(cost: RunEstimate['costUsd']): string {
  if (cost === null) return l10n.t('The cost is unknown because a price is unknown.')
  if (cost.high === 0) return l10n.t('It costs nothing.')
  return l10n.t('It costs from {0} to {1}.', formatUsd(cost.low), formatUsd(cost.high))
}

/** Lists are newest first: the first of each source is its latest. */
function latestOfEachSource(runs: readonly RunView[]): RunView[] {
  const seen = new Set<string>()
  return runs.filter((run) => {
    const source = run.revision?.source ?? run.source
    if (seen.has(source) || run.state === 'running') return false
    seen.add(source)
    return true
  })
}
