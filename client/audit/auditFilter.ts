import { l10n } from 'vscode'
import { AuditEntry, type AuditFilter } from '../../protocol/audit.ts'
import { assertNever } from '../../protocol/names.ts'
import type { Snapshot } from '../connection/snapshot.ts'
import { askText } from '../forms/askText.ts'
import { pick } from '../forms/pick.ts'

export type ChangeFilter = Omit<AuditFilter, 'cursor' | 'limit'>
type What = AuditEntry['what']

const dayMs = 86_400_000

/** Asks which changes are wanted; undefined: the person left. */
export async function askFilter(snapshot: Snapshot, now: number): Promise<ChangeFilter | undefined> {
  const title = l10n.t('Export audit log')
  const scope = await pick(title, l10n.t('Which changes?'), [
    { label: l10n.t('$(list-unordered) All changes'), value: 'all' as const },
    {
      label: l10n.t('$(server) Changes to one provider'),
      detail: l10n.t('With its models and its tests'),
      value: 'provider' as const,
    },
    { label: l10n.t('$(symbol-event) Changes of one kind'), value: 'what' as const },
    { label: l10n.t('$(calendar) Changes since a day'), value: 'since' as const },
  ])
  switch (scope) {
    case undefined:
      return undefined
    case 'all':
      return {}
    case 'provider':
      return filterOf('provider', await askProvider(title, snapshot))
    case 'what':
      return filterOf('what', await askKind(title))
    case 'since':
      return filterOf('since', await askSince(title, now))
    default:
      return assertNever(scope)
  }
}

function filterOf<Name extends keyof ChangeFilter>(
  name: Name,
  value: ChangeFilter[Name] | undefined,
): ChangeFilter | undefined {
  return value === undefined ? undefined : { [name]: value }
}

/** Typed, too: the log knows providers that are gone. */
async function askProvider(title: string, { providers }: Snapshot): Promise<string | undefined> {
  const other = l10n.t('$(edit) One that was removed')
  const chosen = await pick(title, l10n.t('Which provider?'), [
    ...providers.map(({ provider, kindLabel }) => ({ label: provider, description: kindLabel, value: provider })),
    { label: other, value: null },
  ])
  if (chosen !== null) return chosen
  return (await askText({ title, prompt: l10n.t('The name that it had') })) || undefined
}

async function askKind(title: string): Promise<What[] | undefined> {
  const kind = await pick(
    title,
    l10n.t('Changes to what?'),
    AuditEntry.shape.what.options.map((what) => ({ label: kindLabel(what), value: what })),
  )
  return kind && [kind]
}

function kindLabel(what: What): string {
  switch (what) {
    case 'provider':
      return l10n.t('Providers')
    case 'model':
      return l10n.t('Models')
    case 'route':
      return l10n.t('Routes')
    case 'preferences':
      return l10n.t('Preferences')
    case 'category':
      return l10n.t('Categories')
    case 'prompt':
      return l10n.t('Prompts')
    case 'label':
      return l10n.t('Labels')
    case 'revision':
      return l10n.t('Kept results')
    case 'knowledge_base':
      return l10n.t('Knowledge bases')
    case 'gateway':
      return l10n.t('Gateways')
    case 'alias':
      return l10n.t('Aliases')
    case 'test':
      return l10n.t('Connection tests')
    default:
      return assertNever(what)
  }
}

/** An instant: days begin where the reader lives. */
async function askSince(title: string, now: number): Promise<string | undefined> {
  const other = l10n.t('$(edit) Another day')
  const today = new Date(now).setHours(0, 0, 0, 0)
  const chosen = await pick(title, l10n.t('Since when?'), [
    { label: l10n.t('Today'), value: today },
    { label: l10n.t('The last 7 days'), value: today - 6 * dayMs },
    { label: l10n.t('The last 30 days'), value: today - 29 * dayMs },
    { label: other, value: null },
  ])
  if (chosen === undefined) return undefined
  if (chosen !== null) return new Date(chosen).toISOString()
  const typed = await askText({
    title,
    prompt: l10n.t('The first day, such as 2026-11-21'),
    validateInput: (value) => (instantOfDay(value) === null ? l10n.t('A day is written as 2026-11-21.') : null),
  })
  return typed === undefined ? undefined : (instantOfDay(typed) ?? undefined)
}

function instantOfDay(typed: string): string | null {
  const [, year, month, day] = /^\s*(\d{4})-(\d{2})-(\d{2})\s*$/.exec(typed) ?? []
  if (year === undefined) return null
  const date = new Date(Number(year), Number(month) - 1, Number(day))
  // The 31st of February would become a day in March.
  return date.getMonth() === Number(month) - 1 && date.getDate() === Number(day) ? date.toISOString() : null
}
