import * as l10n from '@vscode/l10n'
import { AuditEntry } from '../../../protocol/audit.ts'
import { assertNever } from '../../../protocol/names.ts'

export type What = AuditEntry['what']
export const whats: readonly What[] = AuditEntry.shape.what.options

export function whatTitle(what: What): string {
  switch (what) {
    case 'provider':
      return l10n.t('Provider')
    case 'model':
      return l10n.t('Model')
    case 'route':
      return l10n.t('Route')
    case 'preferences':
      return l10n.t('Interests')
    case 'category':
      return l10n.t('Category')
    case 'revision':
      return l10n.t('Revision')
    case 'prompt':
      return l10n.t('Prompt')
    case 'label':
      return l10n.t('Label')
    case 'test':
      return l10n.t('Connection test')
    default:
      return assertNever(what)
  }
}

export interface FieldChange {
  name: string
  /** Undefined: it was not there. */
  before: string | undefined
  after: string | undefined
}

/** The fields that differ, one level deep: `config.port` rather than the whole of `config`. */
export function fieldChanges({ before, after }: Pick<AuditEntry, 'before' | 'after'>): FieldChange[] {
  const left = flatten(before)
  const right = flatten(after)
  return [...new Set([...left.keys(), ...right.keys()])]
    .map((name) => ({ name, before: left.get(name), after: right.get(name) }))
    .filter((change) => change.before !== change.after)
}

function flatten(value: unknown): Map<string, string> {
  const fields = new Map<string, string>()
  if (!isRecord(value)) {
    if (value !== null && value !== undefined) fields.set('', write(value))
    return fields
  }
  for (const [name, inner] of Object.entries(value)) {
    if (!isRecord(inner)) fields.set(name, write(inner))
    else for (const [part, innermost] of Object.entries(inner)) fields.set(`${name}.${part}`, write(innermost))
  }
  return fields
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function write(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
