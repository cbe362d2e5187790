import * as l10n from '@vscode/l10n'
import { assertNever } from '../../protocol/names.ts'
import type { ConfigField } from '../../protocol/providers.ts'

/** What the field itself says against a value, in words; null: nothing. The kind's own rules are the server's. */
export function fieldProblem(field: ConfigField, value: string | boolean): string | null {
  if (typeof value === 'boolean') return null
  const text = value.trim()
  if (text === '') {
    const isNeeded = field.required && (field.default ?? null) === null
    return isNeeded ? l10n.t('A value is needed.') : null
  }
  switch (field.type) {
    case 'boolean':
      return null
    case 'integer':
      return /^-?\d{1,15}$/.test(text) ? numberProblem(field, Number(text)) : l10n.t('A whole number is needed.')
    case 'number':
      return Number.isFinite(Number(text)) ? numberProblem(field, Number(text)) : l10n.t('A number is needed.')
    case 'enum':
      return field.values?.includes(text)
        ? null
        : l10n.t('One of these is needed: {0}.', (field.values ?? []).join(', '))
    case 'string':
      return textProblem(field, text)
    default:
      return assertNever(field.type)
  }
}

function numberProblem({ minimum, maximum, isMinimumExcluded }: ConfigField, value: number): string | null {
  const isTooSmall = minimum !== undefined && (isMinimumExcluded ? value <= minimum : value < minimum)
  const isTooLarge = maximum !== undefined && value > maximum
  if (!isTooSmall && !isTooLarge) return null
  if (minimum === undefined) return l10n.t('It must be at most {0}.', String(maximum))
  if (isMinimumExcluded) {
    return maximum === undefined
      ? l10n.t('It must be more than {0}.', String(minimum))
      : l10n.t('It must be more than {0} and at most {1}.', String(minimum), String(maximum))
  }
  if (maximum === undefined) return l10n.t('It must be at least {0}.', String(minimum))
  return l10n.t('It must be from {0} to {1}.', String(minimum), String(maximum))
}

function textProblem({ maxLength, pattern, format }: ConfigField, text: string): string | null {
  if (maxLength !== undefined && text.length > maxLength) return l10n.t('It must be at most {0} characters.', maxLength)
  switch (format) {
    case undefined:
    case 'model':
      break
    case 'url':
      if (!isAddress(text)) return l10n.t('An address is needed that begins with http:// or https://.')
      break
    case 'variable':
      if (!matches('^[A-Za-z_][A-Za-z0-9_]*$', text)) return l10n.t('The name of an environment variable is needed.')
      break
    default:
      return assertNever(format)
  }
  return pattern === undefined || matches(pattern, text) ? null : l10n.t('It does not have the form that is needed.')
}

function isAddress(text: string): boolean {
  return /^https?:\/\/[^/\s]/i.test(text) && URL.canParse(text)
}

/** A pattern that this browser cannot read is left to the server. */
function matches(pattern: string, text: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(text)
  } catch {
    return true
  }
}
