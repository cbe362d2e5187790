import * as l10n from '@vscode/l10n'
import { useState } from 'preact/hooks'
import type { Category } from '../../../protocol/profile.ts'
import type { Reason } from '../../../protocol/reasons.ts'
import { ConfirmDialog } from '../../parts/confirmDialog.tsx'
import { ReasonNotice } from '../../parts/reasonNotice.tsx'
import { usePage } from '../../state/pageContext.ts'
import { Button } from '../../toolkit.tsx'

export interface RemoveCategoryProps {
  category: Category
  categories: readonly Category[]
  onRemoved(): void
}

type State = { kind: 'still' } | { kind: 'asking' } | { kind: 'failed'; reason: Reason }

export function RemoveCategory({ category, categories, onRemoved }: RemoveCategoryProps) {
  const { host, announce } = usePage()
  const [state, setState] = useState<State>({ kind: 'still' })
  const children = categories.filter(({ parent }) => parent === category.slug)
  const remove = async () => {
    setState({ kind: 'still' })
    const removed = await host.request('category/remove', { slug: category.slug, confirm: true })
    if (!removed.ok) return setState({ kind: 'failed', reason: removed.reason })
    announce(l10n.t('{0} is removed.', category.name))
    onRemoved()
  }
  return (
    <>
      <Button onClick={() => setState({ kind: 'asking' })}>{l10n.t('Remove')}</Button>
      {state.kind === 'failed' ? <ReasonNotice reason={state.reason} /> : null}
      {state.kind === 'asking' ? (
        <ConfirmDialog
          question={l10n.t('Remove the category {0}?', category.name)}
          confirm={l10n.t('Remove')}
          onConfirm={() => void remove()}
          onCancel={() => setState({ kind: 'still' })}
        >
          {children.length > 0 ? (
            <p>{l10n.t('These move to the top: {0}.', children.map(({ name }) => name).join(', '))}</p>
          ) : null}
          <p>{l10n.t('Models are not offered it any more. Results that are there keep it.')}</p>
        </ConfirmDialog>
      ) : null}
    </>
  )
}
