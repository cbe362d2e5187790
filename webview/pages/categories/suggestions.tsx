import * as l10n from '@vscode/l10n'
import { useState } from 'preact/hooks'
import type { Category } from '../../../protocol/profile.ts'
import type { Reason } from '../../../protocol/reasons.ts'
import { ReasonNotice } from '../../parts/notice.tsx'
import { usePage } from '../../state/pageContext.ts'
import { Button } from '../../toolkit.tsx'
import type { Selection } from './categoryRows.ts'
import { SelectBox } from './categoryTreeRow.tsx'

export interface SuggestionsProps {
  categories: readonly Category[]
  selection: Selection
  onEdit(slug: string): void
}

/** Names that models suggested: they become categories when a person says so, and not before. */
export function Suggestions({ categories, selection, onEdit }: SuggestionsProps) {
  const { host, announce } = usePage()
  const [reason, setReason] = useState<Reason | null>(null)
  const waiting = categories.filter(({ approved }) => !approved)
  if (waiting.length === 0 && !reason) return null
  const nameOf = (slug: string) => categories.find((each) => each.slug === slug)?.name ?? slug
  const approve = async (chosen: readonly Category[]) => {
    const changes = chosen.map(({ slug, updatedAt }) => ({ slug, approved: true, ifUpdatedAt: updatedAt }))
    const saved = await host.request('category/saveAll', { changes })
    setReason(saved.ok ? null : saved.reason)
    if (saved.ok) announce(l10n.t('Approved: {0}.', saved.value.map(({ name }) => name).join(', ')))
  }
  const refuse = async ({ slug, name }: Category) => {
    const removed = await host.request('category/remove', { slug, confirm: true })
    setReason(removed.ok ? null : removed.reason)
    if (removed.ok) announce(l10n.t('Refused: {0}.', name))
  }
  return (
    <section class="suggestions" aria-labelledby="suggestions-title">
      <h2 id="suggestions-title">{l10n.t('Suggested by models')}</h2>
      <p class="facts">{l10n.t('No model is offered them until you approve them.')}</p>
      {reason ? <ReasonNotice reason={reason} /> : null}
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
              {category.parent === null ? l10n.t('at the top') : l10n.t('under {0}', nameOf(category.parent))}
            </span>
            <span class="actions">
              <Button onClick={() => void approve([category])} label={l10n.t('Approve {0}', category.name)}>
                {l10n.t('Approve')}
              </Button>
              <Button onClick={() => void refuse(category)} label={l10n.t('Refuse {0}', category.name)}>
                {l10n.t('Refuse')}
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
