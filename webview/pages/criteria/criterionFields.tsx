import * as l10n from '@vscode/l10n'
import { assertNever } from '../../../protocol/names.ts'
import type { Problem } from '../../../protocol/reasons.ts'
import { FieldProblem } from '../../form/field.tsx'
import { Icon } from '../../parts/icon.tsx'
import { describeProblem } from '../../parts/language.ts'
import { Button, Checkbox, Dropdown, TextArea, TextField } from '../../toolkit.tsx'
import type { CriteriaDraft, CriterionDraft } from './criteriaDraft.ts'

/** What all fields of the form know. */
export interface CriteriaForm {
  id: string
  problems: readonly Problem[]
  /** Saving was tried: what is still missing counts as wrong. */
  isTried: boolean
}

/** The id of the field at a path of the profile. */
export const fieldIdOf = ({ id }: Pick<CriteriaForm, 'id'>, path: string) => `${id}-${path.replace(/[[\].]+/g, '-')}`

interface LineProps {
  form: CriteriaForm
  /** Of the profile, as problems have it. */
  path: string
  label: string
  value: string
  onInput(text: string): void
  hint?: string
  isNumber?: boolean
  /** Several lines. */
  isLong?: boolean
}

/** One field with what is wrong with it; a path below its own is wrong here, too. */
export function Line({ form, path, label, value, onInput, hint, isNumber, isLong }: LineProps) {
  const id = fieldIdOf(form, path)
  const problem = form.problems.find((each) => each.path === path)
  const isShown = problem !== undefined && (form.isTried || value.trim() !== '')
  const shared = {
    ...{ id, label, value, onInput, isInvalid: isShown },
    describedBy: [`${id}-problem`, ...(hint ? [`${id}-hint`] : [])],
  }
  return (
    <div class="field">
      {isLong ? (
        <TextArea {...shared} rows={2} />
      ) : (
        <TextField {...shared} {...(isNumber ? { inputMode: 'decimal' as const } : {})} />
      )}
      {hint ? (
        <p class="field-hint" id={`${id}-hint`}>
          {hint}
        </p>
      ) : null}
      <FieldProblem id={`${id}-problem`} problem={isShown ? describeProblem(problem) : null} />
    </div>
  )
}

export interface CriterionFieldsProps {
  form: CriteriaForm
  /** `criteria[0]` */
  path: string
  draft: CriterionDraft
  onChange(part: Partial<CriterionDraft>): void
}

/** Name, question, kind of answer and weight of one criterion. */
export function CriterionFields(props: CriterionFieldsProps) {
  const { form, path, draft, onChange } = props
  const line = (name: 'name' | 'question' | 'weight', label: string) => ({
    ...{ form, path: `${path}.${name}`, label, value: draft[name] },
    onInput: (text: string) => onChange({ [name]: text }),
  })
  return (
    <div class="criterion-fields">
      <Line {...line('name', l10n.t('Name'))} hint={l10n.t('Short. Results have the answer under this name.')} />
      <Line
        {...line('question', l10n.t('Question'))}
        isLong
        hint={l10n.t('As a model is to answer it for one item.')}
      />
      <div class="field">
        <Dropdown
          id={fieldIdOf(form, `${path}.type`)}
          label={l10n.t('Answer')}
          value={draft.type}
          options={[
            { value: 'scale', label: l10n.t('A number of a scale') },
            { value: 'boolean', label: l10n.t('Yes or no') },
            { value: 'choice', label: l10n.t('One of several choices') },
          ]}
          onInput={(type) => onChange({ type: type as CriterionDraft['type'] })}
        />
      </div>
      <AnswerFields {...props} />
      <Line
        {...line('weight', l10n.t('Weight in the score'))}
        isNumber
        hint={l10n.t('0 to 100; empty counts as 1. With 0 it is asked and does not count.')}
      />
      <Checkbox
        id={fieldIdOf(form, `${path}.evidence`)}
        checked={draft.evidence ?? false}
        onChange={(evidence) => onChange({ evidence })}
      >
        {l10n.t('Ask for a quote from the item')}
      </Checkbox>
    </div>
  )
}

function AnswerFields(props: CriterionFieldsProps) {
  switch (props.draft.type) {
    case 'scale':
      return <ScaleFields {...props} />
    case 'boolean':
      return null
    case 'choice':
      return <ChoiceFields {...props} />
    default:
      return assertNever(props.draft.type)
  }
}

function ScaleFields({ form, path, draft, onChange }: CriterionFieldsProps) {
  const end = (name: 'from' | 'to', label: string) => ({
    ...{ form, path: `${path}.scale.${name}`, label, value: draft[name], isNumber: true },
    onInput: (text: string) => onChange({ [name]: text }),
  })
  return (
    <>
      <div class="field-pair">
        <Line {...end('from', l10n.t('From'))} />
        <Line {...end('to', l10n.t('To'))} />
      </div>
      <RowsField
        form={form}
        path={`${path}.scale.bands`}
        title={l10n.t('What the numbers mean')}
        hint={l10n.t('Lowest first. Without numbers, the meanings share the scale in equal parts.')}
        rows={draft.bands}
        columns={[
          { name: 'from', label: l10n.t('From'), isNumber: true },
          { name: 'to', label: l10n.t('To'), isNumber: true },
          { name: 'description', label: l10n.t('Meaning') },
        ]}
        add={l10n.t('Add a meaning')}
        empty={{ from: '', to: '', description: '' }}
        onChange={(bands) => onChange({ bands })}
      />
    </>
  )
}

function ChoiceFields({ form, path, draft, onChange }: CriterionFieldsProps) {
  return (
    <RowsField
      form={form}
      path={`${path}.choices`}
      title={l10n.t('Choices')}
      hint={l10n.t('Value: what a choice counts in the score, 0 to 1. Without values the answer does not count.')}
      rows={draft.choices}
      columns={[
        { name: 'name', label: l10n.t('Choice') },
        { name: 'description', label: l10n.t('Description') },
        { name: 'value', label: l10n.t('Value'), isNumber: true },
      ]}
      add={l10n.t('Add a choice')}
      empty={{ name: '', description: '', value: '' }}
      onChange={(choices) => onChange({ choices })}
    />
  )
}

interface RowsFieldProps<Row extends Record<string, string>> {
  form: CriteriaForm
  path: string
  title: string
  hint: string
  rows: readonly Row[]
  columns: readonly { name: keyof Row & string; label: string; isNumber?: boolean }[]
  /** What the button says that adds a row. */
  add: string
  empty: Row
  onChange(rows: Row[]): void
}

/** Rows of short fields, such as the bands of a scale. */
function RowsField<Row extends Record<string, string>>(props: RowsFieldProps<Row>) {
  const { form, path, title, hint, rows, columns, add, empty, onChange } = props
  const id = fieldIdOf(form, path)
  const whole = form.problems.find((each) => each.path === path)
  const focus = (elementId: string) => requestAnimationFrame(() => document.getElementById(elementId)?.focus())
  const [first] = columns
  return (
    <fieldset class="rows-field" aria-describedby={`${id}-hint ${id}-problem`}>
      <legend>{title}</legend>
      <p class="field-hint" id={`${id}-hint`}>
        {hint}
      </p>
      {rows.map((row, index) => (
        <ShortRow
          key={index}
          {...{ form, title, columns, row, index }}
          path={`${path}[${index}]`}
          onChange={(part) => onChange(rows.map((each, place) => (place === index ? { ...each, ...part } : each)))}
          onRemove={() => {
            onChange(rows.filter((_, place) => place !== index))
            focus(`${id}-add`)
          }}
        />
      ))}
      <FieldProblem id={`${id}-problem`} problem={whole ? describeProblem(whole) : null} />
      <Button
        id={`${id}-add`}
        onClick={() => {
          onChange([...rows, empty])
          focus(fieldIdOf(form, `${path}[${rows.length}].${first?.name}`))
        }}
      >
        {add}
      </Button>
    </fieldset>
  )
}

interface ShortRowProps<Row extends Record<string, string>>
  extends Pick<RowsFieldProps<Row>, 'form' | 'path' | 'title' | 'columns'> {
  row: Row
  index: number
  onChange(part: Record<string, string>): void
  onRemove(): void
}

function ShortRow<Row extends Record<string, string>>(props: ShortRowProps<Row>) {
  const { form, path, title, columns, row, index, onChange, onRemove } = props
  // A new row is empty, and nothing is wrong with it yet.
  const isTouched = form.isTried || Object.values(row).some((text) => text.trim() !== '')
  const problem = isTouched ? form.problems.find((each) => each.path === path) : undefined
  return (
    <fieldset class="short-row">
      <legend class="unseen">{`${title} ${index + 1}`}</legend>
      {columns.map(({ name, label, isNumber }) => (
        <Line
          key={name}
          form={form}
          path={`${path}.${name}`}
          label={label}
          value={row[name] ?? ''}
          isNumber={isNumber ?? false}
          onInput={(text) => onChange({ [name]: text })}
        />
      ))}
      <Button look="icon" label={l10n.t('Remove row {0}', index + 1)} onClick={onRemove}>
        <Icon name="close" />
      </Button>
      <FieldProblem id={`${fieldIdOf(form, path)}-problem`} problem={problem ? describeProblem(problem) : null} />
    </fieldset>
  )
}

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
