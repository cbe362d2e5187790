import * as l10n from '@vscode/l10n'
import { assertNever } from '../../protocol/names.ts'
import type { ConfigField } from '../../protocol/providers.ts'
import { Icon } from '../parts/icon.tsx'
import { Checkbox, Dropdown, TextField } from '../toolkit.tsx'

/** What a kind's schema says of a field, and words for the values of a list where they need some. */
export type FormField = ConfigField & { labels?: Readonly<Record<string, string>> }

export interface FieldProps {
  /** Of the form: ids are made of it and of the field's name. */
  formId: string
  field: FormField
  value: string | boolean
  /** What is wrong with it, in words; null: nothing to show yet. */
  problem: string | null
  onChange(value: string | boolean): void
  onLeave(): void
  disabled: boolean
}

export const fieldId = (formId: string, name: string) => `${formId}-${name}`

/** One field of a kind's configuration, drawn from what the kind's schema says of it. */
export function Field(props: FieldProps) {
  const { formId, field, problem } = props
  const id = fieldId(formId, field.name)
  return (
    <div class="field" data-field={field.name}>
      <FieldControl {...props} />
      <p class="field-hint" id={`${id}-hint`}>
        {field.description} {defaultHint(field)}
      </p>
      <FieldProblem id={`${id}-problem`} problem={problem} />
    </div>
  )
}

/** Its place is always there, so that what comes up in it is heard. */
export function FieldProblem({ id, problem }: { id: string; problem: string | null }) {
  return (
    <p class="field-problem" id={id} aria-live="polite">
      {problem === null ? null : (
        <>
          <Icon name="error" /> {problem}
        </>
      )}
    </p>
  )
}

function FieldControl({ formId, field, value, problem, onChange, onLeave, disabled }: FieldProps) {
  const id = fieldId(formId, field.name)
  const common = { id, disabled, describedBy: [`${id}-problem`, `${id}-hint`], isInvalid: problem !== null }
  const label = field.required ? l10n.t('{0} (needed)', field.title) : field.title
  switch (field.type) {
    case 'boolean':
      return (
        <Checkbox {...common} checked={value === true} onChange={onChange}>
          {field.title}
        </Checkbox>
      )
    case 'enum':
      return (
        <Dropdown {...common} label={label} value={String(value)} options={enumOptions(field)} onInput={onChange} />
      )
    case 'string':
    case 'integer':
    case 'number':
      return (
        <TextField
          {...common}
          label={label}
          value={String(value)}
          onInput={onChange}
          onLeave={onLeave}
          placeholder={field.placeholder}
          inputMode={inputModeOf(field)}
          isRequired={field.required}
        />
      )
    default:
      return assertNever(field.type)
  }
}

function enumOptions(field: FormField) {
  const values = (field.values ?? []).map((value) => ({ value, label: field.labels?.[value] ?? value }))
  return field.required || field.default !== undefined ? values : [{ value: '', label: l10n.t('Default') }, ...values]
}

function inputModeOf({ type, format }: ConfigField) {
  if (type === 'integer') return 'numeric'
  if (type === 'number') return 'decimal'
  return format === 'url' ? 'url' : 'text'
}

function defaultHint(field: ConfigField): string {
  const value = field.default ?? ''
  if (value === '' || field.type === 'boolean' || field.type === 'enum') return ''
  return l10n.t('Empty: {0}.', String(value))
}
