import * as l10n from '@vscode/l10n'
import type { Criterion, ScoreRange } from '../../../protocol/criteria.ts'
import { assertNever } from '../../../protocol/names.ts'
import { DataTable } from '../../parts/dataTable.tsx'
import { formatNumber, formatPercent } from '../../parts/language.ts'
import { usualScore } from './criteriaDraft.ts'

interface ScoreFormulaProps {
  criteria: readonly Criterion[] | null
  score: ScoreRange | null
}

/** How a score is made of the answers, in one line, and what each answer adds to it. */
export function ScoreFormula({ criteria, score }: ScoreFormulaProps) {
  const counting = (criteria ?? []).filter((each) => weightOf(each) > 0)
  const sum = counting.reduce((all, each) => all + weightOf(each), 0)
  if (!criteria)
    return (
      <p class="formula">
        {l10n.t('Score = interest × mean of the category multipliers × (0.5 + quality ÷ 20), at most 20.')}
      </p>
    )
  if (counting.length === 0)
    return (
      <p class="formula">{l10n.t('No answer counts, so items get no score. Give one of them a weight or values.')}</p>
    )
  const to = score?.to ?? usualScore
  const terms = counting.map((each) => `${plain(weightOf(each))} × ${each.name}`).join(' + ')
  return (
    <>
      <p class="formula">
        {l10n.t(
          'Score = ({0}) ÷ {1} × mean of the category multipliers × {2}, at most {2}.',
          terms,
          plain(sum),
          plain(to),
        )}
      </p>
      <p class="field-hint">
        {l10n.t('Each answer counts from 0 to 1, as the table says. An item in a blocked category has 0.')}
      </p>
      <DataTable
        caption={l10n.t('What each answer counts')}
        rows={criteria}
        keyOf={({ name }) => name}
        columns={[
          { heading: l10n.t('Criterion'), cell: ({ name }) => name },
          { heading: l10n.t('Answers as 0 to 1'), cell: shareText },
          {
            heading: l10n.t('Part of the score'),
            cell: (each) => (weightOf(each) > 0 ? formatPercent(weightOf(each) / sum) : l10n.t('none')),
            isFigure: true,
          },
        ]}
      />
    </>
  )
}

/** Weights and values have no more decimals than people type. */
function plain(amount: number): string {
  return formatNumber(amount, { most: 3 })
}

/** 0 where the answer does not count. */
function weightOf(criterion: Criterion): number {
  const hasValues = criterion.type !== 'choice' || criterion.choices.every(({ value }) => value !== undefined)
  return hasValues ? (criterion.weight ?? 1) : 0
}

function shareText(criterion: Criterion): string {
  switch (criterion.type) {
    case 'scale': {
      const { from, to } = criterion.scale
      return l10n.t('{0} is 0, {1} is 1', plain(from), plain(to))
    }
    case 'boolean':
      return l10n.t('no is 0, yes is 1')
    case 'choice':
      return weightOf(criterion) === 0
        ? l10n.t('not counted')
        : criterion.choices.map(({ name, value }) => l10n.t('{0} is {1}', name, plain(value ?? 0))).join(', ')
    default:
      return assertNever(criterion)
  }
}
