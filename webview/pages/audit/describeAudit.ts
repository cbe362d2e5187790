import * as l10n from '@vscode/l10n'
import { AuditEntry } from '../../../protocol/audit.ts'
import { assertNever, Task } from '../../../protocol/names.ts'
import { isRecord } from '../../../shared/isRecord.ts'
import { taskTitle } from '../../parts/language.ts'

export type What = AuditEntry['what']
export const whats: readonly What[] = AuditEntry.shape.what.options

export function describeWhat(what: What): string {
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
    case 'knowledge_base':
      return l10n.t('Knowledge base')
    case 'test':
      return l10n.t('Connection test')
    default:
      return assertNever(what)
  }
}

/** The name of what was changed; that of a task in words. */
export function describeTarget({ what, target }: Pick<AuditEntry, 'what' | 'target'>): string {
  const task = what === 'route' || what === 'prompt' ? Task.safeParse(target) : null
  return task?.success ? taskTitle(task.data) : target
}

/** What was done. An action of a newer server is shown by its own name. */
export function describeAction(action: string): string {
  const known: Record<string, string> = {
    create: l10n.t('added'),
    change: l10n.t('changed'),
    save: l10n.t('saved'),
    remove: l10n.t('removed'),
    enable: l10n.t('switched on'),
    disable: l10n.t('switched off'),
    rename: l10n.t('renamed'),
    merge: l10n.t('merged'),
    move: l10n.t('moved'),
    reset: l10n.t('reset'),
    refuse: l10n.t('refused'),
    import: l10n.t('imported'),
    keep: l10n.t('kept'),
    complete: l10n.t('completed'),
    suggest: l10n.t('suggested'),
    announce: l10n.t('announced'),
    test: l10n.t('tested'),
    probe: l10n.t('measured'),
  }
  return known[action] ?? action
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

function write(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
