import * as l10n from '@vscode/l10n'
import type { CriteriaDraft } from './criteriaDraft.ts'
import { type CriteriaForm, Line } from './criterionFields.tsx'

interface GateFieldsProps {
  form: CriteriaForm
  gate: CriteriaDraft['gate']
  onChange(gate: CriteriaDraft['gate']): void
}

/** What a model has to reach on the labels before a task is given to it without a question. */
export function GateFields({ form, gate, onChange }: GateFieldsProps) {
  const line = (name: keyof CriteriaDraft['gate'], path: string, label: string, hint: string) => ({
    ...{ form, path, label, hint, value: gate[name], isNumber: true },
    onInput: (text: string) => onChange({ ...gate, [name]: text }),
  })
  const labels = l10n.t('1 to 100,000; empty counts as 30.')
  return (
    <>
      <h3>{l10n.t('What a model has to reach')}</h3>
      <p>
        {l10n.t('Whoever gives a task to a model that was not measured to reach this on your labels is asked first.')}
      </p>
      <div class="field-pair">
        <Line
          {...line(
            'accuracy',
            'gate.categorization.accuracy',
            l10n.t('Categorization: accuracy, at least'),
            l10n.t(
              'The share of items with exactly the right categories: 0 to 1, or a percentage such as 80 %. Empty: nothing.',
            ),
          )}
        />
        <Line
          {...line('accuracyLabels', 'gate.categorization.labels', l10n.t('Categorization: labels, at least'), labels)}
        />
      </div>
      <div class="field-pair">
        <Line
          {...line(
            'error',
            'gate.scoring.error',
            l10n.t('Scoring: mean error, at most'),
            l10n.t('In points of the score, 0 to 20. Empty: nothing.'),
          )}
        />
        <Line {...line('errorLabels', 'gate.scoring.labels', l10n.t('Scoring: labels, at least'), labels)} />
      </div>
    </>
  )
}
