import * as l10n from '@vscode/l10n'
import { plural } from '../parts/language.ts'
import { Button, TextField } from '../toolkit.tsx'
import { ListProblems } from './listProblems.tsx'
import type { Proposal, ProposedRow } from './setupDraft.ts'

export interface ProposedRowsProps {
  id: string
  proposal: Proposal
  problems: readonly string[]
  onChange(rows: ProposedRow[]): void
}

/** What was proposed, to be renamed, described and removed; and what is missing, to be added. */
export function ProposedRows({ id, proposal, problems, onChange }: ProposedRowsProps) {
  const { rows, items, leftOut, by, asked } = proposal
  const edit = (key: number, part: Partial<ProposedRow>) =>
    onChange(rows.map((row) => (row.key === key ? { ...row, ...part } : row)))
  const nextKey = Math.max(-1, ...rows.map(({ key }) => key)) + 1
  const focusLater = (target: string) => requestAnimationFrame(() => document.getElementById(target)?.focus())
  const remove = (key: number) => {
    const at = rows.findIndex((row) => row.key === key)
    onChange(rows.filter((row) => row.key !== key))
    const next = rows[at + 1] ?? rows[at - 1]
    focusLater(next ? `${id}-name-${next.key}` : `${id}-add`)
  }
  return (
    <>
      <p class="facts">
        {by === 'words'
          ? plural(
              items,
              'From the words of {0} item. The number of items that share a word is shown.',
              'From the words of {0} items. The number of items that share a word is shown.',
            )
          : plural(
              items,
              'Proposed by {1} from {0} item. The number of items that would belong to each is shown.',
              'Proposed by {1} from {0} items. The number of items that would belong to each is shown.',
              asked,
            )}{' '}
        {leftOut > 0
          ? plural(leftOut, '{0} could not be used and is left out.', '{0} could not be used and are left out.')
          : ''}
      </p>
      <ul class="setup-rows" aria-label={l10n.t('Proposed categories')}>
        {rows.map((row, at) => (
          <RowFields
            key={row.key}
            id={id}
            number={at + 1}
            row={row}
            onEdit={(part) => edit(row.key, part)}
            onRemove={() => remove(row.key)}
          />
        ))}
      </ul>
      <ListProblems id={`${id}-problems`} problems={problems} />
      <Button
        id={`${id}-add`}
        onClick={() => {
          onChange([...rows, { key: nextKey, name: '', description: '', items: null }])
          focusLater(`${id}-name-${nextKey}`)
        }}
      >
        {l10n.t('Add a category')}
      </Button>
    </>
  )
}

interface RowFieldsProps {
  id: string
  /** From 1. */
  number: number
  row: ProposedRow
  onEdit(part: Partial<ProposedRow>): void
  onRemove(): void
}

function RowFields({ id, number, row: { key, name, description, items }, onEdit, onRemove }: RowFieldsProps) {
  return (
    <li>
      <TextField
        id={`${id}-name-${key}`}
        label={l10n.t('Name {0}', number)}
        value={name}
        onInput={(value) => onEdit({ name: value })}
        mostCharacters={80}
      />
      <TextField
        id={`${id}-about-${key}`}
        label={l10n.t('Description {0}', number)}
        value={description}
        onInput={(value) => onEdit({ description: value })}
        mostCharacters={500}
      />
      <span class="facts">{items === null ? '' : plural(items, '{0} item', '{0} items')}</span>
      <Button onClick={onRemove} label={l10n.t('Remove {0}', name)}>
        {l10n.t('Remove')}
      </Button>
    </li>
  )
}
