import { l10n, window } from 'vscode'
import { assertNever } from '../../protocol/names.ts'
import type { ConfigField, ProviderConfig } from '../../protocol/providers.ts'
import { pick } from './pick.ts'

export type FieldValue = NonNullable<ProviderConfig[string]>

/** A field that may know more than its type: the words for its values, and what is wrong with one. */
export type FormField = ConfigField & {
  labels?: Readonly<Record<string, string>>
  problem?(value: FieldValue): string | null
}

/**
 * A form drawn from what a kind says of its fields; it knows no kind. Required fields without a default are asked first,
 * then all of them stand in one list to be changed or left. Undefined: the person left it.
 */
export async function askConfig(
  title: string,
  form: { fields: readonly FormField[] },
  initial: ProviderConfig,
  done: { label: string; detail: string; problem?: string },
): Promise<ProviderConfig | undefined> {
  let config = { ...initial }
  for (const field of form.fields.filter((field) => isOpen(field, config))) {
    const next = await askField(title, field, config)
    if (!next) return undefined
    config = next
  }
  if (form.fields.length === 0) return config
  for (;;) {
    const chosen = await pick<FormField | 'done'>(title, done.problem ?? l10n.t('Choose a setting to change it'), [
      { label: `$(check) ${done.label}`, detail: done.detail, value: 'done' },
      l10n.t('Settings'),
      ...form.fields.map((field) => ({
        label: field.title,
        description: tellValue(field, config),
        detail: field.description,
        value: field,
      })),
    ])
    if (chosen === undefined) return undefined
    if (chosen === 'done') return config
    // Leaving one field goes back to the list.
    config = (await askField(title, chosen, config)) ?? config
  }
}

/** True while a value has to be asked for: required, nothing given, nothing to fall back to. */
function isOpen(field: FormField, config: ProviderConfig): boolean {
  return field.required && config[field.name] === undefined && (field.default ?? null) === null
}

function tellValue(field: FormField, config: ProviderConfig): string {
  const value = config[field.name]
  if (value !== undefined && value !== null) return field.labels?.[String(value)] ?? tellPlain(value)
  const fallback = field.default ?? null
  return fallback === null || fallback === '' ? l10n.t('not set') : l10n.t('{0} (default)', tellPlain(fallback))
}

function tellPlain(value: FieldValue): string {
  if (typeof value === 'boolean') return value ? l10n.t('yes') : l10n.t('no')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** The configuration with one field asked anew; undefined when the person left. */
async function askField(title: string, field: FormField, config: ProviderConfig): Promise<ProviderConfig | undefined> {
  switch (field.type) {
    case 'boolean':
      return chooseValue(title, field, config, [
        { label: l10n.t('Yes'), value: true },
        { label: l10n.t('No'), value: false },
      ])
    case 'enum': {
      const values = (field.values ?? []).map((value) => ({ label: field.labels?.[value] ?? value, value }))
      return chooseValue(title, field, config, values)
    }
    case 'string':
    case 'integer':
    case 'number':
      return typeValue(title, field, config)
    default:
      return assertNever(field.type)
  }
}

async function chooseValue(
  title: string,
  field: FormField,
  config: ProviderConfig,
  choices: readonly { label: string; value: boolean | string }[],
): Promise<ProviderConfig | undefined> {
  const unset = field.required ? [] : [{ label: l10n.t('Default'), description: tellValue(field, {}), value: null }]
  const chosen = await pick<boolean | string | null>(title, `${field.title}: ${field.description}`, [
    ...choices.map((choice) => ({ ...choice })),
    ...unset,
  ])
  return chosen === undefined ? undefined : replaceValue(config, field, chosen)
}

async function typeValue(title: string, field: FormField, config: ProviderConfig): Promise<ProviderConfig | undefined> {
  const present = config[field.name] ?? field.default ?? ''
  const typed = await window.showInputBox({
    title: `${title}: ${field.title}`,
    prompt: field.required ? field.description : `${field.description} ${l10n.t('(empty: default)')}`,
    value: String(present),
    ignoreFocusOut: true,
    validateInput: (value) => fieldProblem(field, value),
  })
  if (typed === undefined) return undefined
  const text = typed.trim()
  if (text === '') return replaceValue(config, field, null)
  return replaceValue(config, field, field.type === 'string' ? text : Number(text))
}

/** What the field's type says, and what it knows itself; all other rules are checked by the server. */
function fieldProblem(field: FormField, value: string): string | null {
  const text = value.trim()
  if (text === '') return field.required && (field.default ?? null) === null ? l10n.t('A value is needed.') : null
  if (field.type === 'integer' && !/^-?\d{1,15}$/.test(text)) return l10n.t('A whole number is needed.')
  if (field.type === 'number' && !Number.isFinite(Number(text))) return l10n.t('A number is needed.')
  return field.problem?.(field.type === 'string' ? text : Number(text)) ?? null
}

/** Null takes the value out, so that the default counts. */
function replaceValue(config: ProviderConfig, field: FormField, value: FieldValue | null): ProviderConfig {
  const others = Object.entries(config).filter(([name]) => name !== field.name)
  return Object.fromEntries(value === null ? others : [...others, [field.name, value]])
}
