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
    case 'gateway':
      return l10n.t('Gateway')
    case 'alias':
      return l10n.t('Alias')
    case 'test':
      return l10n.t('Connection test')
    default:
      return assertNever(what)
  }
}

/** What was changed, as a person would call it: no ids of runs, no paths. `target` itself is what the filter takes. */
export function describeTarget({ what, target, before, after }: AuditEntry): string {
  const fields = isRecord(after) ? after : isRecord(before) ? before : {}
  const text = (name: string) => (typeof fields[name] === 'string' ? fields[name] : undefined)
  switch (what) {
    case 'route':
      return taskOf(target) ?? target
    case 'prompt': {
      const [task = '', part = ''] = target.split('/')
      const title = taskOf(task) ?? task
      if (part === 'system') return l10n.t('{0}: system prompt', title)
      return part === 'user' ? l10n.t('{0}: user prompt', title) : title
    }
    case 'preferences':
      return l10n.t('Interests and settings')
    case 'category':
      return text('name') ?? (target === '' ? l10n.t('The list of categories') : target)
    case 'label':
      return l10n.t('Labels of {0}', folderOf(target))
    case 'revision': {
      const source = text('source')
      const { number } = fields
      if (source === undefined) return l10n.t('Results')
      return typeof number === 'number'
        ? l10n.t('{0}, revision {1}', lastPart(source), number)
        : l10n.t('Results of {0}', lastPart(source))
    }
    case 'provider':
    case 'model':
    case 'knowledge_base':
    case 'gateway':
    case 'alias':
    case 'test':
      return target
    default:
      return assertNever(what)
  }
}

function taskOf(name: string): string | null {
  const task = Task.safeParse(name)
  return task.success ? taskTitle(task.data) : null
}

const lastPart = (path: string) => path.split(/[\\/]/).findLast((part) => part !== '') ?? path

/** The folder whose `.llm-providers` holds the labels. */
function folderOf(path: string): string {
  const parts = path.split(/[\\/]/).filter((part) => part !== '')
  const own = parts.lastIndexOf('.llm-providers')
  return (own > 0 ? parts[own - 1] : parts.at(-1)) ?? path
}

/** The name of a field as words: `runId` is "run id". Names within a configuration stay as they are set. */
export function fieldTitle(name: string): string {
  if (name === '') return l10n.t('value')
  return name.includes('.') ? name : name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).replaceAll('_', ' ')
}

/** What was done. An action of a newer server is shown by its own name. */
export function describeAction(action: string): string {
  const known: Record<string, string> = {
    create: l10n.t('added'),
    change: l10n.t('changed'),
    save: l10n.t('saved'),
    remove: l10n.t('removed'),
    enable: l10n.t('enabled'),
    disable: l10n.t('disabled'),
    rename: l10n.t('renamed'),
    merge: l10n.t('merged'),
    move: l10n.t('moved'),
    reset: l10n.t('reset'),
    refuse: l10n.t('declined'),
    import: l10n.t('imported'),
    keep: l10n.t('kept'),
    complete: l10n.t('completed'),
    suggest: l10n.t('suggested'),
    approve: l10n.t('approved'),
    'replace all': l10n.t('replaced'),
    'add list': l10n.t('list added'),
    restore: l10n.t('restored'),
    undo: l10n.t('undone'),
    'take back': l10n.t('undone'),
    announce: l10n.t('announced'),
    test: l10n.t('tested'),
    probe: l10n.t('measured'),
  }
  if (action.startsWith('merge into ')) return l10n.t('merged into {0}', action.slice('merge into '.length))
  return known[action] ?? action
}

export interface FieldChange {
  name: string
  /** Undefined: it was not there. */
  before: string | undefined
  after: string | undefined
}

/** The fields that differ, one level deep: `config.port` rather than the whole of `config`. When it was is said above. */
export function fieldChanges({ before, after }: Pick<AuditEntry, 'before' | 'after'>): FieldChange[] {
  const left = flatten(before)
  const right = flatten(after)
  return [...new Set([...left.keys(), ...right.keys()])]
    .map((name) => ({ name, before: left.get(name), after: right.get(name) }))
    .filter(({ name, before: was, after: is }) => was !== is && name !== 'updatedAt')
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
