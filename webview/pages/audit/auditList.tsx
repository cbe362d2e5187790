import * as l10n from '@vscode/l10n'
import { useId } from 'preact/hooks'
import type { AuditEntry } from '../../../protocol/audit.ts'
import { formatAge, formatInstant } from '../../parts/language.ts'
import { usePage } from '../../state/pageContext.ts'
import {
  describeAction,
  describeTarget,
  describeWhat,
  type FieldChange,
  fieldChanges,
  fieldTitle,
} from './describeAudit.ts'

export function AuditList({ entries, isFiltered }: { entries: readonly AuditEntry[]; isFiltered: boolean }) {
  if (entries.length === 0) {
    return <p>{isFiltered ? l10n.t('No change matches.') : l10n.t('Nothing has been changed yet.')}</p>
  }
  return (
    <ul class="rows" aria-label={l10n.t('Changes')}>
      {entries.map((entry) => (
        <AuditItem key={entry.id} entry={entry} />
      ))}
    </ul>
  )
}

function AuditItem({ entry }: { entry: AuditEntry }) {
  const { now } = usePage()
  const changes = fieldChanges(entry)
  return (
    <li class="row">
      <div class="row-head">
        <h2>{describeTarget(entry)}</h2>
        <span class="kind">
          {describeWhat(entry.what)} · {describeAction(entry.action)}
        </span>
        <time class="facts" dateTime={entry.at} title={formatInstant(entry.at)}>
          {formatAge(entry.at, now)}
        </time>
      </div>
      {changes.length > 0 ? (
        <details>
          <summary>
            {l10n.t('Changed:')} <code>{changesTitle(changes)}</code>
          </summary>
          {entry.target === '' || entry.what === 'preferences' || entry.target === describeTarget(entry) ? null : (
            <p class="facts">
              <code>{entry.target}</code>
            </p>
          )}
          {changes.map((change) => (
            <Change key={change.name} change={change} />
          ))}
        </details>
      ) : null}
    </li>
  )
}

function changesTitle(changes: readonly FieldChange[]): string {
  const names = changes.slice(0, 4).map(({ name }) => fieldTitle(name))
  return changes.length > names.length
    ? l10n.t('{0} and {1} more', names.join(', '), changes.length - names.length)
    : names.join(', ')
}

function Change({ change: { name, before, after } }: { change: FieldChange }) {
  const id = useId()
  return (
    <section aria-labelledby={id}>
      <h3 id={id}>
        <code>{name || l10n.t('value')}</code>
      </h3>
      <div class="change">
        <div>
          <span class="facts">{l10n.t('Before')}</span>
          <pre>{before ?? l10n.t('(nothing)')}</pre>
        </div>
        <div>
          <span class="facts">{l10n.t('After')}</span>
          <pre>{after ?? l10n.t('(nothing)')}</pre>
        </div>
      </div>
    </section>
  )
}
