import * as l10n from '@vscode/l10n'
import { useId, useState } from 'preact/hooks'
import { succeed } from '../../../protocol/outcome.ts'
import type { Category, MergeDescription } from '../../../protocol/profile.ts'
import type { Reason } from '../../../protocol/reasons.ts'
import { ConfirmDialog } from '../../parts/confirmDialog.tsx'
import { ConfirmedAction } from '../../parts/confirmedAction.tsx'
import { ReasonNotice } from '../../parts/notice.tsx'
import { usePage } from '../../state/pageContext.ts'
import { Button, Dropdown } from '../../toolkit.tsx'
import { weightName } from './describeCategory.ts'

export interface RemoveCategoryProps {
  category: Category
  categories: readonly Category[]
  onRemoved(): void
}

export function RemoveCategory({ category: { slug, name }, categories, onRemoved }: RemoveCategoryProps) {
  const { host, announce } = usePage()
  const children = categories.filter(({ parent }) => parent === slug)
  return (
    <ConfirmedAction
      button={l10n.t('Remove')}
      question={l10n.t('Remove the category {0}?', name)}
      confirm={l10n.t('Remove')}
      ask={async () => succeed(null)}
      act={() => host.request('category/remove', { slug, confirm: true })}
      onDone={() => {
        announce(l10n.t('{0} is removed.', name))
        onRemoved()
      }}
    >
      {() => (
        <>
          {children.length > 0 ? (
            <p>{l10n.t('These move to the top: {0}.', children.map((child) => child.name).join(', '))}</p>
          ) : null}
          <p>{l10n.t('Models are not offered it any more. Results that are there keep it.')}</p>
        </>
      )}
    </ConfirmedAction>
  )
}

interface MergeSectionProps {
  category: Category
  categories: readonly Category[]
  onMerged(into: string): void
}

type State =
  | { kind: 'idle' }
  | { kind: 'asking'; into: string; described: MergeDescription }
  | { kind: 'failed'; reason: Reason }

/** Merges a category into another one, after showing all that follows from it. */
export function MergeSection({ category, categories, onMerged }: MergeSectionProps) {
  const { host, announce } = usePage()
  const id = useId()
  const [into, setInto] = useState('')
  const [state, setState] = useState<State>({ kind: 'idle' })
  const others = categories.filter(({ slug, approved }) => approved && slug !== category.slug)
  const describe = async () => {
    const described = await host.request('category/describeMerge', { from: category.slug, into })
    setState(
      described.ok
        ? { kind: 'asking', into, described: described.value }
        : { kind: 'failed', reason: described.reason },
    )
  }
  const merge = async (target: string) => {
    const merged = await host.request('category/merge', { from: category.slug, into: target })
    if (!merged.ok) return setState({ kind: 'failed', reason: merged.reason })
    setState({ kind: 'idle' })
    announce(l10n.t('{0} is part of {1} now.', category.name, merged.value.name))
    onMerged(merged.value.slug)
  }
  return (
    <section>
      <h3>{l10n.t('Merge into another category')}</h3>
      <div class="toolbar">
        <Dropdown
          id={`${id}-into`}
          label={l10n.t('Merge {0} into', category.name)}
          value={into}
          options={[
            { value: '', label: l10n.t('Choose …') },
            ...others.map(({ slug, name, parent }) => ({ value: slug, label: parent === null ? name : `· ${name}` })),
          ]}
          onInput={(slug) => {
            setInto(slug)
            setState({ kind: 'idle' })
          }}
        />
        <Button onClick={() => void describe()} disabled={into === ''}>
          {l10n.t('Show what would change')}
        </Button>
      </div>
      {state.kind === 'failed' ? <ReasonNotice reason={state.reason} /> : null}
      {state.kind === 'asking' ? (
        <ConfirmDialog
          question={l10n.t('Merge {0} into {1}?', category.name, state.described.into.name)}
          confirm={l10n.t('Merge')}
          onConfirm={() => void merge(state.into)}
          onCancel={() => setState({ kind: 'idle' })}
        >
          <ul>
            {describeMerge(state.described).map((sentence) => (
              <li key={sentence}>{sentence}</li>
            ))}
          </ul>
        </ConfirmDialog>
      ) : null}
    </section>
  )
}

function describeMerge({ from, into, moves, weights, offers }: MergeDescription): string[] {
  return [
    l10n.t('The name {0} disappears: models are not offered it any more. Results that are there keep it.', from.name),
    ...moves.map(({ name }) => l10n.t('{0} moves under {1}.', name, into.name)),
    ...weights.map(({ name, before, after }) =>
      l10n.t('{0} weighs {1} instead of {2}.', name, weightName(after), weightName(before)),
    ),
    ...offers.map(({ name, isOffered }) =>
      isOffered ? l10n.t('{0} is offered to models again.', name) : l10n.t('{0} is offered to models no more.', name),
    ),
  ]
}
