import * as l10n from '@vscode/l10n'
import * as z from 'zod'
import type { Reason } from '../../protocol/reasons.ts'
import type { SetupFacts } from '../../protocol/setupPage.ts'
import {
  type SourceDescription,
  SourceEncoding,
  type SourceFormat,
  type SourceSettings,
} from '../../protocol/sources.ts'
import { FieldProblem } from '../form/field.tsx'
import { plural } from '../parts/language.ts'
import { LoadingNote, Notice, ReasonNotice } from '../parts/notice.tsx'
import { usePersistedState } from '../state/persistedState.ts'
import { Dropdown } from '../toolkit.tsx'
import { ColumnTable } from './columnTable.tsx'
import type { Editing } from './useDraft.ts'
import type { ReadSource } from './useSource.ts'

export interface RecognisedProps extends Editing {
  id: string
  facts: SetupFacts
  source: ReadSource
  /** How many items it has; null: not counted yet. */
  items: number | null
  /** Why it could not be remembered; null: it could, or was not tried. */
  failure: Reason | null
}

/** What the source was taken for, with examples, and how it is to be read instead. */
export function Recognised({ id, draft, change, facts, source, items, failure }: RecognisedProps) {
  const { description, reason, problem } = source
  const [isOpen, setOpen] = usePersistedState('reading open', z.boolean(), false)
  const read = (part: SourceSettings) => change({ reading: { ...draft.reading, ...part } })
  const canChange = facts.paths > 0 && description?.files === undefined
  const tables = reason?.code === 'source_invalid' && reason.tables?.setting !== 'query' ? reason.tables : undefined
  return (
    <section id={id} tabIndex={-1} aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{l10n.t('What was recognised')}</h2>
      {description ? (
        <Summary description={description} items={items} isText={facts.paths === 0} />
      ) : reason ? null : (
        <LoadingNote />
      )}
      {tables ? (
        <TableChoice
          id={id}
          setting={tables.setting as 'sheet' | 'table'}
          names={tables.names}
          chosen=""
          onChoose={read}
        />
      ) : reason ? (
        <ReasonNotice reason={reason} />
      ) : null}
      {failure ? <ReasonNotice reason={failure} /> : null}
      {description && canChange ? (
        <details open={isOpen || problem !== null} onToggle={(event) => setOpen(event.currentTarget.open)}>
          <summary>{l10n.t('Change how it is read')}</summary>
          <Reading id={id} description={description} onRead={read} />
          <ColumnTable id={id} description={description} reading={draft.reading} problem={problem} onRead={read} />
        </details>
      ) : null}
      <FieldProblem
        id={`${id}-problem`}
        problem={description && canChange ? null : tables ? l10n.t('Choose one of them.') : null}
      />
      {description?.problems.map((each) => (
        <Notice key={each} look="warning">
          {each}
        </Notice>
      ))}
    </section>
  )
}

function Summary({
  description,
  items,
  isText,
}: {
  description: SourceDescription
  items: number | null
  isText: boolean
}) {
  const { format, text, id, fields, rows, files } = description
  const example = (name: string) => fields.find((field) => field.name === name)?.example ?? ''
  const counted = items === null ? null : plural(items, '{0} item', '{0} items')
  const what = isText ? l10n.t('A text, which is one item') : files ? describeFolder(files) : describeFormat(format)
  return (
    <dl class="setup-facts">
      <div>
        <dt>{l10n.t('Read as')}</dt>
        <dd>{[what, ...(counted && !isText ? [counted] : [])].join(' · ')}</dd>
      </div>
      {fields.length === 0 || files ? null : (
        <>
          <div>
            <dt>{l10n.t('Text')}</dt>
            <dd>
              {text === null
                ? l10n.t('not recognised')
                : text.map((name) => (
                    <span key={name} class="setup-example">
                      <code>{name}</code> {example(name)}
                    </span>
                  ))}
            </dd>
          </div>
          <div>
            <dt>{l10n.t('Id')}</dt>
            <dd>
              {id === null ? (
                l10n.t('none: items are identified by their content')
              ) : (
                <span class="setup-example">
                  <code>{id}</code> {example(id)}
                </span>
              )}
            </dd>
          </div>
        </>
      )}
      {fields.length > 0 && !files ? null : (
        <div>
          <dt>{l10n.t('It begins with')}</dt>
          <dd>{rows[0]?.text.slice(0, 200) ?? ''}</dd>
        </div>
      )}
    </dl>
  )
}

function describeFolder({ read, leftOut }: NonNullable<SourceDescription['files']>): string {
  const sum = (counts: readonly { count: number }[]) => counts.reduce((all, { count }) => all + count, 0)
  const left = sum(leftOut)
  const files = plural(sum(read), '{0} file', '{0} files')
  return left === 0 ? files : plural(left, '{1}; {0} is left out', '{1}; {0} are left out', files)
}

interface ReadingProps {
  id: string
  description: SourceDescription
  onRead(part: SourceSettings): void
}

function Reading({ id, description, onRead }: ReadingProps) {
  const { format, formats, tables, isUndecodable, encoding } = description
  const offered = formats.includes(format) ? formats : [format, ...formats]
  return (
    <div class="setup-reading">
      {offered.length > 1 ? (
        <Dropdown
          id={`${id}-format`}
          label={l10n.t('Format')}
          value={format}
          options={offered.map((value) => ({ value, label: describeFormat(value) }))}
          // Another format has other columns.
          onInput={(value) => onRead({ format: value as SourceFormat, text: undefined, id: undefined })}
        />
      ) : null}
      {tables ? <TableChoice id={id} {...tables} onChoose={onRead} /> : null}
      {isUndecodable ? (
        <Dropdown
          id={`${id}-encoding`}
          label={l10n.t('Encoding')}
          value={encoding}
          options={SourceEncoding.options.map((value) => ({ value, label: value }))}
          onInput={(value) => onRead({ encoding: SourceEncoding.parse(value) })}
        />
      ) : null}
    </div>
  )
}

interface TableChoiceProps {
  id: string
  setting: 'sheet' | 'table'
  names: readonly string[]
  chosen: string | null
  onChoose(part: SourceSettings): void
}

function TableChoice({ id, setting, names, chosen, onChoose }: TableChoiceProps) {
  const options = names.map((name) => ({ value: name, label: name }))
  return (
    <Dropdown
      id={`${id}-table`}
      label={setting === 'sheet' ? l10n.t('Sheet') : l10n.t('Table')}
      value={chosen ?? ''}
      options={chosen && names.includes(chosen) ? options : [{ value: '', label: l10n.t('None chosen') }, ...options]}
      onInput={(name) => {
        if (name !== '') onChoose({ [setting]: name, text: undefined, id: undefined })
      }}
    />
  )
}

function describeFormat(format: SourceFormat): string {
  switch (format) {
    case 'jsonl':
      return 'JSON Lines'
    case 'csv':
      return l10n.t('a table (CSV)')
    case 'tsv':
      return l10n.t('a table with tabs (TSV)')
    case 'json':
      return 'JSON'
    case 'markdown':
      return 'Markdown'
    case 'feed':
      return l10n.t('a feed')
    case 'opml':
      return l10n.t('a list of feeds (OPML)')
    case 'github':
      return l10n.t('issues of GitHub')
    case 'log':
      return l10n.t('a log')
    case 'sarif':
      return l10n.t('findings (SARIF)')
    case 'notebook':
      return l10n.t('a notebook')
    case 'text':
      return l10n.t('a text, which is one item')
    case 'spreadsheet':
      return l10n.t('a spreadsheet')
    case 'parquet':
      return 'Parquet'
    case 'sqlite':
      return l10n.t('a SQLite database')
  }
}
