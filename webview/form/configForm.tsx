import * as l10n from '@vscode/l10n'
import { useState } from 'preact/hooks'
import type { ConfigField } from '../../protocol/providers.ts'
import type { Problem, Reason } from '../../protocol/reasons.ts'
import { describeProblem } from '../parts/language.ts'
import { Notice, ReasonNotice } from '../parts/notice.tsx'
import type { Draft } from './draft.ts'
import { Field, fieldId } from './field.tsx'
import { fieldProblem } from './fieldProblem.ts'

export interface ConfigFormProps {
  formId: string
  fields: readonly ConfigField[]
  draft: Draft
  onChange(draft: Draft): void
  /** What the server found wrong when it was asked last; each goes when its field is changed. */
  problems: readonly Problem[]
  /** Saving was tried: everything wrong is shown, also in fields that were not visited yet. */
  isTried: boolean
  disabled: boolean
  /** It is being connected: only what says where it is stands open, and all else has a good default. */
  isNew?: boolean
}

/** Some of the fields of a kind, drawn from its schema: no kind is known here. */
export function ConfigFields(props: Omit<ConfigFormProps, 'isNew'> & { isShown(field: ConfigField): boolean }) {
  const { formId, fields, draft, onChange, problems, isTried, disabled, isShown } = props
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set())
  const [overtaken, setOvertaken] = useState<{ of: readonly Problem[]; names: ReadonlySet<string> }>()
  const changed = overtaken?.of === problems ? overtaken.names : new Set<string>()
  const problemOf = (field: ConfigField) => {
    const value = draft[field.name] ?? ''
    const own = fieldProblem(field, value)
    // What is missing is no error while the person is still typing; what is there and wrong is shown at once.
    if (own !== null && (isTried || left.has(field.name) || value !== '')) return own
    const problem = changed.has(field.name) ? undefined : problemAt(problems, field.name)
    return problem ? describeProblem(problem) : null
  }
  return (
    <>
      {fields.filter(isShown).map((field) => (
        <Field
          key={field.name}
          formId={formId}
          field={field}
          value={draft[field.name] ?? ''}
          problem={problemOf(field)}
          disabled={disabled}
          onLeave={() => setLeft(new Set([...left, field.name]))}
          onChange={(value) => {
            setOvertaken({ of: problems, names: new Set([...changed, field.name]) })
            onChange({ ...draft, [field.name]: value })
          }}
        />
      ))}
    </>
  )
}

/** The fields that are needed, and behind a line that opens those that few need; the key's variable is one of these for a new provider. */
export function ConfigForm({ isNew = false, ...props }: ConfigFormProps) {
  const isOpen = (field: ConfigField) =>
    field.group === undefined && (!isNew || field.required || field.format === 'url' || field.name === 'port')
  const isAdvanced = (field: ConfigField) => !isOpen(field) && (isNew || field.group !== 'key')
  const advanced = props.fields.filter(isAdvanced)
  const isWrongInside = advanced.some(
    (field) =>
      problemAt(props.problems, field.name) !== undefined ||
      (props.isTried && fieldProblem(field, props.draft[field.name] ?? '') !== null),
  )
  return (
    <>
      <ConfigFields {...props} isShown={isOpen} />
      {advanced.length === 0 ? null : (
        <details class="advanced" open={isWrongInside || undefined}>
          <summary>{l10n.t('Advanced')}</summary>
          <ConfigFields {...props} isShown={isAdvanced} />
        </details>
      )}
    </>
  )
}

/** Of a field that holds more than one value, the problem of any of them. */
function problemAt(problems: readonly Problem[], name: string): Problem | undefined {
  return problems.find(({ path }) => path === name || path.startsWith(`${name}.`) || path.startsWith(`${name}[`))
}

export interface FormProblemProps {
  reason: Reason
  /** Those of the reason, by field. */
  problems: readonly Problem[]
  fields: readonly ConfigField[]
  /** A notice of its own says that it was changed elsewhere. */
  isConflictShown: boolean
}

/** What the server has against the form and no field shows. */
export function FormProblem({ reason, problems, fields, isConflictShown }: FormProblemProps) {
  if (reason.code === 'conflict' && isConflictShown) return null
  if (reason.code !== 'config_invalid') return <ReasonNotice reason={reason} />
  const elsewhere = problems.filter((problem) => !fields.some(({ name }) => problemAt([problem], name)))
  if (elsewhere.length === 0) return null
  return (
    <Notice look="error">
      {elsewhere.map((problem) => `${problem.path}: ${describeProblem(problem)}`).join('; ')}
    </Notice>
  )
}

/** Whether the fields themselves have nothing against the draft. */
export function isDraftFine(fields: readonly ConfigField[], draft: Draft): boolean {
  return fields.every((field) => fieldProblem(field, draft[field.name] ?? '') === null)
}

/** Moves the focus to the first field that keeps the form from being saved. */
export function focusFirstProblem(
  formId: string,
  fields: readonly ConfigField[],
  draft: Draft,
  problems: readonly Problem[],
): void {
  const wrong = fields.find(
    (field) => fieldProblem(field, draft[field.name] ?? '') !== null || problemAt(problems, field.name),
  )
  if (!wrong) return
  // It may stand in a part that opens with this very drawing.
  requestAnimationFrame(() => document.getElementById(fieldId(formId, wrong.name))?.focus())
}
