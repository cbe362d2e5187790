import * as l10n from '@vscode/l10n'
import type { ComponentChildren } from 'preact'
import type { Criterion } from '../../protocol/criteria.ts'
import type { Task } from '../../protocol/names.ts'
import { probableCategories, type ResultRecord } from '../../protocol/results.ts'
import { correctedResult } from '../../shared/correctedResult.ts'
import type { GridColumn } from '../grid/gridColumn.ts'
import { Icon } from '../parts/icon.tsx'
import { CategoryChips } from './categoryChip.tsx'
import {
  describeStatus,
  formatCategories,
  formatCategory,
  formatCriterion,
  formatScore,
  formatShare,
  ownValue,
  statusIcon,
} from './describeResult.ts'
import { criterionColumnId } from './filterDraft.ts'

const figure = { isFigure: true, isSortable: true, width: '76px' }

/** The id of the column that is always there. */
export const itemColumn = 'id'

/** Which columns there is anything for: a run may have one task, and results of one file have no other source. */
export interface ShownParts {
  tasks: readonly Task[]
  isSeveral: boolean
  /** Of the run's profile, each with a column instead of interest and quality. Absent: it has none of its own. */
  criteria?: readonly Criterion[] | undefined
}

export function resultColumns({ tasks, isSeveral, criteria }: ShownParts): GridColumn<ResultRecord>[] {
  return [
    { id: itemColumn, heading: l10n.t('Item'), width: 'minmax(220px, 3fr)', isSortable: true, cell: ItemCell },
    ...(isSeveral ? [sourceColumn()] : []),
    { id: 'status', heading: l10n.t('Status'), width: '92px', isSortable: true, cell: StatusCell },
    ...(tasks.includes('categorization') ? [categoryColumn()] : []),
    ...(tasks.includes('scoring') ? [scoreColumn(), ...(criteria?.map(criterionColumn) ?? pointColumns())] : []),
    ...(tasks.includes('categorization')
      ? [{ id: 'confidence', heading: l10n.t('Confidence'), ...figure, width: '104px', cell: ConfidenceCell }]
      : []),
    {
      id: 'reasoning',
      heading: l10n.t('Reasoning'),
      width: 'minmax(160px, 2fr)',
      cell: ({ reasoning, error }) => {
        const text = error?.message ?? reasoning ?? ''
        return <span title={text}>{text}</span>
      },
    },
  ]
}

function categoryColumn(): GridColumn<ResultRecord> {
  return {
    id: 'category',
    heading: l10n.t('Categories'),
    width: 'minmax(150px, 1.2fr)',
    isSortable: true,
    cell: CategoryCell,
  }
}

function scoreColumn(): GridColumn<ResultRecord> {
  return {
    id: 'score',
    heading: l10n.t('Score'),
    ...figure,
    cell: (result) => <Said text={formatScore(correctedResult(result).score)} by={scoreSaid(result)} />,
  }
}

function criterionColumn({ name, type }: Criterion): GridColumn<ResultRecord> {
  return {
    id: criterionColumnId(name),
    heading: name,
    isSortable: true,
    ...(type === 'scale' ? { isFigure: true } : {}),
    width: type === 'choice' ? 'minmax(90px, 1fr)' : '92px',
    cell: (result) => <Said text={formatCriterion(result, name)} by={criterionSaid(result, name)} />,
  }
}

function pointColumns(): GridColumn<ResultRecord>[] {
  return [
    {
      id: 'interest',
      heading: l10n.t('Interest'),
      ...figure,
      width: '84px',
      cell: (result) => <Said text={correctedResult(result).interest ?? '–'} by={saidOf(result, 'interest')} />,
    },
    {
      id: 'quality',
      heading: l10n.t('Quality'),
      ...figure,
      width: '84px',
      cell: (result) => <Said text={correctedResult(result).quality ?? '–'} by={saidOf(result, 'quality')} />,
    },
  ]
}

/** What was judged: its first words, with its id beside them. Results of earlier versions have no words. */
export function ItemCell({ id, preview }: { id: string; preview?: string | undefined }) {
  if (preview === undefined) return <>{id}</>
  return (
    <span class="item" title={preview}>
      <span class="item-text">{preview}</span>
      <span class="item-id">{id}</span>
    </span>
  )
}

/** Of a file deep below, the end says most. */
function sourceColumn(): GridColumn<ResultRecord> {
  const cell = ({ source = '' }: ResultRecord) => <span title={source}>{source.split('/').slice(-2).join('/')}</span>
  return { id: 'source', heading: l10n.t('Source'), width: 'minmax(110px, 1fr)', cell }
}

function StatusCell({ status }: ResultRecord) {
  return (
    <span class="state">
      <Icon name={statusIcon(status)} /> {describeStatus(status)}
    </span>
  )
}

/** Of a decision it is a probability, beside which the next one says how close it was. */
function ConfidenceCell(result: ResultRecord) {
  const { confidence, probabilities } = result
  if (!probabilities) return <>{formatShare(confidence)}</>
  const shares = probableCategories(result).map(
    ([name, share]) => `${formatCategory(name || null)} ${formatShare(share)}`,
  )
  return <span title={shares.join(', ')}>{formatShare(confidence)}</span>
}

function CategoryCell(result: ResultRecord) {
  const { categories } = correctedResult(result)
  const text = formatCategories(categories)
  return (
    <Said text={text} by={saidOf(result, 'categories')}>
      {categories && categories.length > 0 ? <CategoryChips names={categories} /> : text}
    </Said>
  )
}

/** Whose word it is: the model's, that of a person who said another thing, or who said the same. */
type By = 'model' | 'corrected' | 'accepted'

function saidOf(result: ResultRecord, part: 'categories' | 'interest' | 'quality'): By {
  const said = result.human?.[part] ?? null
  if (said === null) return 'model'
  return JSON.stringify(said) === JSON.stringify(result[part]) ? 'accepted' : 'corrected'
}

function criterionSaid({ human, criteria }: ResultRecord, name: string): By {
  const said = ownValue(human?.criteria, name)
  if (said === undefined) return 'model'
  return said === ownValue(criteria, name) ? 'accepted' : 'corrected'
}

/** Also by a category alone: one that is blocked makes the score 0, and without the one that blocked it is not known. */
function scoreSaid(result: ResultRecord): By {
  const { human, score } = result
  if (correctedResult(result).score !== score) return 'corrected'
  const answered = Object.keys(human?.criteria ?? {}).map((name) => criterionSaid(result, name))
  const parts = [saidOf(result, 'interest'), saidOf(result, 'quality'), ...answered]
  if (parts.includes('corrected')) return 'corrected'
  return human && parts.includes('accepted') ? 'accepted' : 'model'
}

/** Marks what a person said, for eyes and for screen readers; in front, since a narrow column cuts the end off. */
function Said({ text, by, children }: { text: string | number; by: By; children?: ComponentChildren }) {
  if (by === 'model') return <span title={String(text)}>{children ?? text}</span>
  return (
    <span title={l10n.t('{0} (by a person)', text)}>
      <span class="by-person" aria-hidden="true">
        {by === 'corrected' ? '✎' : '✓'}
      </span>{' '}
      {children ?? text}
      <span class="unseen"> {by === 'corrected' ? l10n.t('by a person') : l10n.t('accepted by a person')}</span>
    </span>
  )
}
