import * as l10n from '@vscode/l10n'
import { useState } from 'preact/hooks'
import type { ResultQuery } from '../../protocol/resultQueries.ts'
import { ResultFormat, type RunProfile, type RunView } from '../../protocol/runs.ts'
import { describeCascade } from '../../shared/describe/cascade.ts'
import { fellBackText } from '../../shared/describe/fallback.ts'
import { type Fact, FactList } from '../parts/factList.tsx'
import { Icon } from '../parts/icon.tsx'
import { formatCost, formatInstant, formatNumber, language, taskTitle } from '../parts/language.ts'
import { MenuButton, type MenuEntry } from '../parts/menu.tsx'
import { LoadingNote, Notice } from '../parts/notice.tsx'
import { Popover } from '../parts/popover.tsx'
import { describeFormat, runCountsText } from './describeResult.ts'
import { resultColumns } from './resultColumns.tsx'
import { useAnswer, useResults } from './resultsContext.ts'
import type { Layout } from './useLayout.ts'

interface RunMenuProps {
  run: RunView
  /** What is exported. */
  query: ResultQuery
  /** Which is what a person has chosen in the table. */
  isOfChosen: boolean
  layout: Layout
}

/** `withSource`: as columns beside those of the source. */
interface Exported {
  format: ResultFormat
  withSource?: true
}

type Writing = { kind: 'idle' } | { kind: 'writing' } | { kind: 'failed'; why: string }

/** What is done with all results at once, and which columns are shown. */
export function RunMenu({ run, query, isOfChosen, layout }: RunMenuProps) {
  const { host } = useResults()
  const { runId } = run
  const [writing, setWriting] = useState<Writing>({ kind: 'idle' })
  const [about, setAbout] = useState<HTMLElement | null>(null)
  const notes = useAnswer('run/markdownFiles', { runId, limit: 1 }, 0)
  const hasNotes = notes.kind === 'there' && notes.value.rows.length > 0
  const write = async (how: Exported) => {
    setWriting({ kind: 'writing' })
    const why = await host.command('exportResults', { runId, ...how, ...query })
    setWriting(why === null ? { kind: 'idle' } : { kind: 'failed', why })
  }
  const entries: MenuEntry[] = [
    ...exportEntries(isOfChosen, (how) => void write(how)),
    ...fileEntries(run, () => void host.command('openResultsFile', { runId })),
    ...(hasNotes
      ? [
          {
            id: 'notes',
            label: l10n.t('Front matter of notes …'),
            onPick: () => void host.command('showFrontMatter', { runId }),
          },
        ]
      : []),
    {
      id: 'categories',
      label: l10n.t('Change categories …'),
      isFirstOfGroup: true,
      onPick: () => void host.command('changeCategories', { runId }),
    },
    ...(run.tasks.includes('categorization')
      ? [
          {
            id: 'learn',
            label: l10n.t('Learn a model from these results …'),
            onPick: () => void host.command('learnModel', { runId }),
          },
        ]
      : []),
    ...columnEntries(run, layout),
    { id: 'about', label: l10n.t('About this run'), isFirstOfGroup: true, onPick: setAbout },
  ]
  return (
    <>
      {writing.kind === 'writing' ? <LoadingNote>{l10n.t('Writing …')}</LoadingNote> : null}
      <MenuButton label={l10n.t('More: export, columns, about this run')} entries={entries}>
        <Icon name="more" />
      </MenuButton>
      {writing.kind === 'failed' ? <Notice look="error">{writing.why}</Notice> : null}
      {about ? (
        <Popover anchor={about} label={l10n.t('About this run')} onClose={() => setAbout(null)}>
          <h2>{l10n.t('About this run')}</h2>
          <FactList look="detail-facts" facts={factsOf(run, hasNotes)} />
        </Popover>
      ) : null}
    </>
  )
}

function exportEntries(isOfChosen: boolean, write: (how: Exported) => void): MenuEntry[] {
  const labelOf = (format: ResultFormat) =>
    isOfChosen
      ? l10n.t('Export those selected as {0} …', describeFormat(format))
      : l10n.t('Export as {0} …', describeFormat(format))
  return [
    ...ResultFormat.options.map((format) => ({ id: format, label: labelOf(format), onPick: () => write({ format }) })),
    {
      id: 'source',
      label: isOfChosen
        ? l10n.t('Those selected with the source table (CSV) …')
        : l10n.t('With the source table (CSV) …'),
      onPick: () => write({ format: 'csv', withSource: true }),
    },
  ]
}

function fileEntries({ state, resultsPath }: RunView, onPick: () => void): MenuEntry[] {
  if (state === 'running' || state === 'paused' || resultsPath === null) return []
  return [{ id: 'file', label: l10n.t('Open results file'), isFirstOfGroup: true, onPick }]
}

/** The first column is what the others are about. */
function columnEntries({ tasks, criteria }: RunView, layout: Layout): MenuEntry[] {
  // There is a source to show only where there are several: it is here once it was hidden.
  const [, ...columns] = resultColumns({ tasks, criteria, isSeveral: layout.hidden.includes('source') })
  return [
    ...columns.map(({ id, heading }, place) => {
      const isChecked = !layout.hidden.includes(id)
      const label = l10n.t('Column: {0}', heading)
      return {
        id: `column ${id}`,
        label,
        isChecked,
        isFirstOfGroup: place === 0,
        onPick: () => layout.show(id, !isChecked),
      }
    }),
    { id: 'columns', label: l10n.t('Reset the columns'), onPick: layout.reset },
  ]
}

function factsOf(run: RunView, hasNotes: boolean): Fact[] {
  const { counts, spent, fellBack } = run
  return [
    [l10n.t('Items'), runCountsText(run)],
    ...run.routes.map(({ task, provider, model }): Fact => [taskTitle(task), `${provider}, ${model}`]),
    run.profile ? [l10n.t('Profile'), describeProfile(run.profile)] : null,
    [l10n.t('Started'), formatInstant(run.startedAt)],
    [l10n.t('Revision'), describeRevision(run)],
    [l10n.t('Cost'), describeCost(run)],
    [l10n.t('Calls'), formatNumber(spent.calls)],
    [l10n.t('Tokens in, out'), `${formatNumber(spent.input)}, ${formatNumber(spent.output)}`],
    spent.fallbacks ? [l10n.t('Answered by a fallback'), formatFallbacks(spent.fallbacks)] : null,
    fellBack ? [l10n.t('Fallback'), fellBack.map((each) => fellBackText(language, each)).join('; ')] : null,
    run.cascade ? [l10n.t('Cascade'), describeCascade(language, run.cascade)] : null,
    counts.reused ? [l10n.t('Reused'), formatNumber(counts.reused)] : null,
    counts.identical ? [l10n.t('Same text'), formatNumber(counts.identical)] : null,
    counts.similar ? [l10n.t('Nearly the same text'), formatNumber(counts.similar)] : null,
    hasNotes ? null : [l10n.t('Front matter'), l10n.t('none: no Markdown notes were judged')],
  ]
}

export function describeCost({ spent }: RunView): string {
  return spent.calls === 0 && spent.unpricedCalls === 0 ? l10n.t('nothing') : formatCost(spent)
}

/** Which models a gateway turned to by itself, and for how many calls. */
function formatFallbacks(fallbacks: Readonly<Record<string, number>>): string {
  return Object.entries(fallbacks)
    .map(([model, calls]) => `${model === '' ? l10n.t('another model') : model}: ${formatNumber(calls)}`)
    .join(', ')
}

export function describeRevision({ revision }: RunView): string {
  if (revision === null) return l10n.t('none: a text was judged, not a file')
  return revision.isKept
    ? l10n.t('revision {0}, kept', revision.number)
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
