import * as l10n from '@vscode/l10n'
import type { Category } from '../../../protocol/profile.ts'
import { Button } from '../../toolkit.tsx'
import type { CategoryChanges } from './categoryChanges.ts'
import type { Selection } from './categoryRows.ts'
import { SelectBox } from './categoryTreeRow.tsx'

export interface SuggestionsProps {
  categories: readonly Category[]
  changes: CategoryChanges
  selection: Selection
  onEdit(slug: string): void
}

/** Names that models suggested: they become categories when a person says so, and not before. */
export function Suggestions({ categories, changes, selection, onEdit }: SuggestionsProps) {
  const waiting = categories.filter(({ approved }) => !approved)
  if (waiting.length === 0) return null
  const nameOf = (slug: string) => categories.find((each) => each.slug === slug)?.name ?? slug
  const approve = (chosen: readonly Category[]) =>
    changes.make(chosen, { approved: true }, l10n.t('Approved: {0}.', chosen.map(({ name }) => name).join(', ')))
  const decline = async (category: Category) => {
    const edit = { kind: 'remove' as const, slugs: [category.slug] }
    const removed = await changes.edit(edit, [category], l10n.t('Declined: {0}.', category.name))
    changes.show(removed.ok ? null : removed.reason)
  }
  return (
    <section class="suggestions" aria-labelledby="suggestions-title">
      <h2 id="suggestions-title">{l10n.t('Suggested by models')}</h2>
      <p class="facts">{l10n.t('Not used until you approve them.')}</p>
      <ul class="rows" aria-labelledby="suggestions-title">
        {waiting.map((category) => (
          <li class="row row-head" key={category.slug}>
            <SelectBox
              name={category.name}
              isSelected={selection.isSelected(category.slug)}
              onSelect={(isSelected) => selection.onSelect([category.slug], isSelected)}
            />
            <span class="tree-title">{category.name}</span>
            <span class="facts">
              {category.parent === null ? l10n.t('at the top level') : l10n.t('under {0}', nameOf(category.parent))}
            </span>
            <span class="actions">
              <Button onClick={() => void approve([category])} label={l10n.t('Approve {0}', category.name)}>
                {l10n.t('Approve')}
              </Button>
              <Button onClick={() => void decline(category)} label={l10n.t('Decline {0}', category.name)}>
                {l10n.t('Decline')}
              </Button>
              <Button onClick={() => onEdit(category.slug)} label={l10n.t('Edit or merge {0}', category.name)}>
                {l10n.t('Edit or merge')}
              </Button>
            </span>
          </li>
        ))}
      </ul>
      {waiting.length > 1 ? (
        <Button onClick={() => void approve(waiting)}>{l10n.t('Approve all {0}', waiting.length)}</Button>
      ) : null}
    </section>
  )
}
