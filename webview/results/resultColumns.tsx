import * as l10n from '@vscode/l10n'
import { probableCategories, type ResultRecord } from '../../protocol/results.ts'
import { correctedResult } from '../../shared/correctedResult.ts'
import type { GridColumn } from '../grid/virtualGrid.tsx'
import { Icon } from '../parts/icon.tsx'
import {
  describeStatus,
  formatCategories,
  formatCategory,
  formatScore,
  formatShare,
  statusIcon,
} from './describeResult.ts'

const figure = { isFigure: true, isSortable: true, width: '76px' }

/** Which columns there is anything for: results of earlier versions have no words, and those of one file no other source. */
export interface ShownParts {
  hasTexts: boolean
  isSeveral: boolean
}

export function resultColumns({ hasTexts, isSeveral }: ShownParts): GridColumn<ResultRecord>[] {
  return [
    { id: 'id', heading: l10n.t('Item'), width: 'minmax(110px, 1fr)', isSortable: true, cell: ({ id }) => id },
    ...(hasTexts ? [textColumn()] : []),
    ...(isSeveral ? [sourceColumn()] : []),
    { id: 'status', heading: l10n.t('Status'), width: '92px', isSortable: true, cell: StatusCell },
    {
      id: 'category',
      heading: l10n.t('Categories'),
      width: 'minmax(140px, 1.2fr)',
      isSortable: true,
      cell: CategoryCell,
    },
    {
      id: 'score',
      heading: l10n.t('Score'),
      ...figure,
      cell: (result) => <Said text={formatScore(correctedResult(result).score)} isHuman={isScoreCorrected(result)} />,
    },
    {
      id: 'interest',
      heading: l10n.t('Interest'),
      ...figure,
      cell: (result) => (
        <Said text={correctedResult(result).interest ?? '–'} isHuman={result.human?.interest != null} />
      ),
    },
    {
      id: 'quality',
      heading: l10n.t('Quality'),
      ...figure,
      cell: (result) => <Said text={correctedResult(result).quality ?? '–'} isHuman={result.human?.quality != null} />,
    },
    {
      id: 'confidence',
      heading: l10n.t('Confidence'),
      ...figure,
      width: '96px',
      cell: ConfidenceCell,
    },
    {
      id: 'reasoning',
      heading: l10n.t('Reasoning'),
      width: 'minmax(160px, 2fr)',
      cell: ({ reasoning, error }) => error?.message ?? reasoning ?? '',
    },
  ]
}

/** Enough to know which item it is; next to its id, so that both are in sight in a narrow window. */
function textColumn(): GridColumn<ResultRecord> {
  const cell = ({ preview = '' }: ResultRecord) => <span title={preview}>{preview}</span>
  return { id: 'text', heading: l10n.t('Text'), width: 'minmax(190px, 2fr)', cell }
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
  return <Said text={formatCategories(correctedResult(result).categories)} isHuman={result.human?.categories != null} />
}

/** Also by a category alone: one that is blocked makes the score 0, and without the one that blocked it is not known. */
function isScoreCorrected(result: ResultRecord): boolean {
  const { human, score } = result
  return human?.interest != null || human?.quality != null || correctedResult(result).score !== score
}

/** Marks what a person said, for eyes and for screen readers; in front, since a narrow column cuts the end off. */
function Said({ text, isHuman }: { text: string | number; isHuman: boolean }) {
  if (!isHuman) return <>{text}</>
  return (
    <span title={l10n.t('{0} (by a person)', text)}>
      <span class="by-person" aria-hidden="true">
        ✎
      </span>{' '}
      {text}
      <span class="unseen"> {l10n.t('by a person')}</span>
    </span>
  )
}
