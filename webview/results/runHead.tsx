import * as l10n from '@vscode/l10n'
import type { ComponentChildren } from 'preact'
import type { RunView } from '../../protocol/runs.ts'
import { describeCascadeShortly } from '../../shared/describe/cascade.ts'
import { SearchLine } from '../parts/filterFields.tsx'
import { Icon } from '../parts/icon.tsx'
import { formatAge, language, plural } from '../parts/language.ts'
import { usePanel } from '../state/panelContext.ts'
import { Button } from '../toolkit.tsx'
import { runCountsText, runStateIcon, runStateText } from './describeResult.ts'
import type { RowQuery } from './filterDraft.ts'
import { useResults } from './resultsContext.ts'
import { describeCost, describeRevision, RunMenu } from './runMenu.tsx'
import type { Chosen } from './useChosen.ts'
import type { Layout } from './useLayout.ts'

interface RunHeadProps {
  run: RunView
  rows: RowQuery
  /** Null: nothing is. */
  chosen: Chosen | null
  layout: Layout
  /** What of the run can be shown. */
  views: ComponentChildren
  /** Null: what is shown cannot be searched. */
  onLeaveSearch: (() => void) | null
}

/** One line: what was judged and how it went, what of it is shown, and the menu for the rest. */
export function RunHead({ run, rows, chosen, layout, views, onLeaveSearch }: RunHeadProps) {
  const { now } = usePanel()
  const { draft, setDraft, query } = rows
  // How far a run has come is told with both.
  const isDone = run.state === 'completed'
  const reused = isDone ? run.counts.reused : 0
  return (
    <header class="run-head">
      <Title run={run} />
      <span class="state" title={formatAge(run.startedAt, now)}>
        <Icon name={runStateIcon(run)} /> {runStateText(run)}
      </span>
      <span class="facts">{runCountsText(run)}</span>
      {isDone && run.cascade ? <span class="facts">{describeCascadeShortly(language, run.cascade)}</span> : null}
      {reused ? <span class="facts">{plural(reused, '{0} reused', '{0} reused')}</span> : null}
      {isDone ? <span class="facts">{l10n.t('Cost: {0}', describeCost(run))}</span> : null}
      {run.revision && run.revision.number > 1 ? <span class="facts">{describeRevision(run)}</span> : null}
      <RunButtons run={run} />
      <span class="run-space" />
      {views}
      {onLeaveSearch ? (
        <SearchLine
          value={draft.search}
          mostCharacters={200}
          placeholder={l10n.t('Search texts and results')}
          onInput={(search) => setDraft({ ...draft, search })}
          onLeave={onLeaveSearch}
        />
      ) : null}
      <RunMenu
        run={run}
        query={chosen ? { ...query, filter: chosen.filter } : query}
        isOfChosen={chosen !== null}
        layout={layout}
      />
    </header>
  )
}

/** A comparison of models always judges the corrected items; such runs differ by who judges. */
function Title({ run: { evaluation, source, routes } }: { run: RunView }) {
  const names = new Set(routes.map(({ provider, model }) => `${provider}/${model}`))
  const name = evaluation === undefined ? source : [...names].join(' + ')
  const kind = evaluation === undefined ? l10n.t('Results') : l10n.t('Comparison of models')
  return (
    <h1 title={name}>
      <span class={evaluation === undefined ? 'unseen' : undefined}>{kind}: </span>
      {name}
    </h1>
  )
}

function RunButtons({ run: { runId, state } }: { run: RunView }) {
  const { host } = useResults()
  return (
    <>
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
    </>
  )
}
