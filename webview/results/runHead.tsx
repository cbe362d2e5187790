import * as l10n from '@vscode/l10n'
import { useState } from 'preact/hooks'
import { leastLabelMass } from '../../protocol/decisions.ts'
import type { RunHint, RunProfile, RunView, SourceNotes } from '../../protocol/runs.ts'
import { describeHint, describeLost, hintAction, hintLabel } from '../../shared/describe/run.ts'
import { type Fact, FactList } from '../parts/factList.tsx'
import { Icon } from '../parts/icon.tsx'
import {
  describeReason,
  formatAge,
  formatCost,
  formatNumber,
  language,
  localizeOr,
  plural,
  taskTitle,
} from '../parts/language.ts'
import { Notice } from '../parts/notice.tsx'
import { usePanel } from '../state/panelContext.ts'
import { Button } from '../toolkit.tsx'
import { runCountsText, runStateIcon, runStateText } from './describeResult.ts'
import { useAnswer, useResults } from './resultsContext.ts'

/** Which models a gateway turned to by itself, and for how many calls. */
function formatFallbacks(fallbacks: Readonly<Record<string, number>>): string {
  return Object.entries(fallbacks)
    .map(([model, calls]) => `${model === '' ? l10n.t('another model') : model}: ${formatNumber(calls)}`)
    .join(', ')
}

/** What was run, how it went, and what can be done with all of it. */
export function RunHead({ run }: { run: RunView }) {
  const { now } = usePanel()
  const { counts, spent } = run
  const facts: Fact[] = [
    [l10n.t('Items'), runCountsText(run)],
    [l10n.t('Cost'), spent.calls === 0 && spent.unpricedCalls === 0 ? l10n.t('nothing') : formatCost(spent)],
    [l10n.t('Calls'), formatNumber(spent.calls)],
    [l10n.t('Tokens in, out'), `${formatNumber(spent.input)}, ${formatNumber(spent.output)}`],
    spent.fallbacks ? [l10n.t('Answered by a fallback'), formatFallbacks(spent.fallbacks)] : null,
    counts.reused ? [l10n.t('Reused'), formatNumber(counts.reused)] : null,
    counts.identical ? [l10n.t('Same text'), formatNumber(counts.identical)] : null,
  ]
  return (
    <header class="run-head">
      <h1>{titleOf(run)}</h1>
      <p class="run-line">
        <span class="state">
          <Icon name={runStateIcon(run)} /> {runStateText(run)}
        </span>
        <span>{describeRevision(run)}</span>
        <span class="facts">{formatAge(run.startedAt, now)}</span>
        {run.routes.map((route) => (
          <span key={route.task}>{l10n.t('{0}: {1}, {2}', taskTitle(route.task), route.provider, route.model)}</span>
        ))}
        {run.profile ? <span>{describeProfile(run.profile)}</span> : null}
        {run.isRemembered ? <span>{l10n.t('read as chosen before')}</span> : null}
      </p>
      {run.state === 'stopped' && run.reason ? <Notice look="warning">{describeReason(run.reason)}</Notice> : null}
      {run.hint ? <HintNotice run={run} hint={run.hint} /> : null}
      {run.notes ? <SourceNotice notes={run.notes} /> : null}
      {run.labelMass !== undefined && run.labelMass < leastLabelMass ? (
        <Notice look="warning">
          {l10n.t(
            'Only {0} of the probability was on the labels: the model does not understand what is asked. Ask it by text.',
            formatNumber(run.labelMass, { least: 2 }),
          )}
        </Notice>
      ) : null}
      <FactList look="totals" facts={facts} />
      <RunButtons run={run} />
    </header>
  )
}

/** That the verdicts as a whole are doubtful, and what helps. */
function HintNotice({ run, hint }: { run: RunView; hint: RunHint }) {
  const { host } = useResults()
  const action = hintAction(hint, run)
  const act = <Button onClick={() => void host.command('actOnHint', { action })}>{hintLabel(language, action)}</Button>
  return (
    <Notice look="warning" actions={act}>
      {describeHint(language, hint)}
    </Notice>
  )
}

/** What of the items is read otherwise than it looks, or not at all. */
function SourceNotice({ notes: { items, first } }: { notes: SourceNotes }) {
  const shown = first.slice(0, 5)
  return (
    <Notice look="warning">
      {plural(items, 'There is a note on {0} item:', 'There are notes on {0} items:')}
      <ul>
        {shown.map(({ item, message, localizable }) => (
          <li key={item}>{l10n.t('{0}: {1}', item, localizeOr(localizable, message))}</li>
        ))}
        {items > shown.length ? <li>{plural(items - shown.length, 'and {0} more', 'and {0} more')}</li> : null}
      </ul>
    </Notice>
  )
}

/** What the run has lost since its end, with what brings it back. */
export function LostNotice({ run: { runId }, version }: { run: RunView; version: number }) {
  const { host } = useResults()
  const [why, setWhy] = useState<string | null>(null)
  const [attempts, setAttempts] = useState(0)
  const page = useAnswer('run/results', { runId, limit: 1 }, version + attempts)
  const lost = page.kind === 'there' ? page.value.lost : undefined
  const damage = lost ? describeLost(language, lost) : null
  const write = async () => {
    setWhy(await host.command('writeResultsFile', { runId }))
    setAttempts((count) => count + 1)
  }
  return (
    <>
      {damage ? (
        <Notice
          look="warning"
          actions={<Button onClick={() => void host.command('resumeRun', { runId })}>{l10n.t('Resume')}</Button>}
        >
          {damage}
        </Notice>
      ) : null}
      {lost?.file ? (
        <Notice look="warning" actions={<Button onClick={() => void write()}>{l10n.t('Write again')}</Button>}>
          {l10n.t('The results file is not there any more.')}
        </Notice>
      ) : null}
      {why ? <Notice look="error">{why}</Notice> : null}
    </>
  )
}

/** A comparison of models always judges the corrected items; such runs differ by who judges. */
function titleOf({ evaluation, source, routes }: RunView): string {
  if (evaluation === undefined) return l10n.t('Results: {0}', source)
  const names = new Set(routes.map(({ provider, model }) => `${provider}/${model}`))
  return l10n.t('Comparison of models: {0}', [...names].join(' + '))
}

function RunButtons({ run }: { run: RunView }) {
  const { host } = useResults()
  const { runId, state, resultsPath } = run
  const isOver = state !== 'running' && state !== 'paused'
  return (
    <div class="actions">
      {state === 'running' ? (
        <>
          <Button onClick={() => void host.command('pauseRun', { runId })}>{l10n.t('Pause')}</Button>
          <Button onClick={() => void host.command('cancelRun', { runId })}>{l10n.t('Cancel the run')}</Button>
        </>
      ) : null}
      {state !== 'running' && state !== 'completed' ? (
        <Button look="primary" onClick={() => void host.command('resumeRun', { runId })}>
          {l10n.t('Resume')}
        </Button>
      ) : null}
      {isOver && resultsPath !== null ? (
        <Button onClick={() => void host.command('openResultsFile', { runId })}>{l10n.t('Open results file')}</Button>
      ) : null}
      <FrontMatter runId={runId} />
    </div>
  )
}

/** Results go into the notes themselves only where there are notes. */
function FrontMatter({ runId }: { runId: string }) {
  const { host } = useResults()
  const notes = useAnswer('run/markdownFiles', { runId, limit: 1 }, 0)
  if (notes.kind === 'reading') return null
  if (notes.kind === 'there' && notes.value.rows.length > 0) {
    return (
      <Button onClick={() => void host.command('showFrontMatter', { runId })}>
        {l10n.t('Front matter of notes …')}
      </Button>
    )
  }
  return <span class="facts">{l10n.t('No front matter: this run was not over Markdown notes.')}</span>
}

function describeRevision({ revision }: RunView): string {
  if (revision === null) return l10n.t('no revision: it was a text')
  return revision.isKept
    ? l10n.t('revision {0}, the kept one', revision.number)
    : l10n.t('revision {0}, not kept', revision.number)
}

function describeProfile({ origin, name }: RunProfile): string {
  switch (origin) {
    case 'stored':
      return l10n.t('stored profile')
    case 'workspace':
      return l10n.t('profile of the workspace')
    case 'file':
    case 'preset':
      return l10n.t('profile {0}', (name ?? '').split(/[/\\]/).at(-1) ?? '')
  }
}
