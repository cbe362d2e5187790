import * as l10n from '@vscode/l10n'
import { useId, useState } from 'preact/hooks'
import type { Outcome } from '../../../protocol/outcome.ts'
import type { Category, CategoryEdit, CategoryEditDescription } from '../../../protocol/profile.ts'
import { ConfirmedAction } from '../../parts/confirmedAction.tsx'
import { usePage } from '../../state/pageContext.ts'
import { Dropdown } from '../../toolkit.tsx'
import type { CategoryChanges } from './categoryChanges.ts'
import { EditPreview, namesOf, seen } from './editPreview.tsx'

interface ConfirmedEditProps {
  button: string
  question: string
  confirm: string
  edit: CategoryEdit
  /** Those that the person saw: had one of them changed, the edit is refused. */
  of: readonly Category[]
  act(): Promise<Outcome<unknown>>
  onDone(): void
}

/** An edit that is asked about with all that follows from it. */
export function ConfirmedEdit({ edit, of, ...action }: ConfirmedEditProps) {
  const { host } = usePage()
  return (
    <ConfirmedAction<CategoryEditDescription>
      {...action}
      ask={() => host.request('category/describeEdit', { edit, ifCurrent: seen(of) })}
    >
      {(description) => <EditPreview description={description} />}
    </ConfirmedAction>
  )
}

export interface RemoveCategoryProps {
  category: Category
  changes: CategoryChanges
  onRemoved(): void
}

export function RemoveCategory({ category, changes, onRemoved }: RemoveCategoryProps) {
  const edit: CategoryEdit = { kind: 'remove', slugs: [category.slug] }
  return (
    <ConfirmedEdit
      button={l10n.t('Remove …')}
      question={l10n.t('Remove the category {0}?', category.name)}
      confirm={l10n.t('Remove')}
      edit={edit}
      of={[category]}
      act={() => changes.edit(edit, [category], l10n.t('{0} is removed.', category.name))}
      onDone={onRemoved}
    />
  )
}

interface MergeSectionProps {
  category: Category
  categories: readonly Category[]
  changes: CategoryChanges
  onMerged(into: string): void
}

/** Merges a category into another one, after showing all that follows from it. */
export function MergeSection({ category, categories, changes, onMerged }: MergeSectionProps) {
  return (
    <section>
      <h3>{l10n.t('Merge into another category')}</h3>
      <MergeChosen
        categories={categories}
        chosen={[category]}
        label={l10n.t('Merge {0} into', category.name)}
        changes={changes}
        onMerged={onMerged}
      />
    </section>
  )
}

export interface MergeChosenProps {
  categories: readonly Category[]
  chosen: readonly Category[]
  label: string
  changes: CategoryChanges
  onMerged(into: string): void
}

/** What the chosen become: one of them, or another one. */
export function MergeChosen({ categories, chosen, label, changes, onMerged }: MergeChosenProps) {
  const id = useId()
  const [wanted, setWanted] = useState('')
  const isAmong = ({ slug }: Category) => chosen.some((each) => each.slug === slug)
  const approved = categories.filter((each) => each.approved && (chosen.length > 1 || !isAmong(each)))
  // Merging several usually means: into one of them.
  const targets = [...approved.filter(isAmong), ...approved.filter((each) => !isAmong(each))]
  const into = targets.find(({ slug }) => slug === wanted)
  const from = chosen.filter(({ slug }) => slug !== into?.slug)
  const edit: CategoryEdit | null = into ? { kind: 'merge', from: from.map(({ slug }) => slug), into: into.slug } : null
  return (
    <div class="toolbar">
      <Dropdown
        id={`${id}-into`}
        label={label}
        value={into?.slug ?? ''}
        options={[
          { value: '', label: l10n.t('Choose …') },
          ...targets.map(({ slug, name, parent }) => ({ value: slug, label: parent === null ? name : `· ${name}` })),
        ]}
        onInput={setWanted}
      />
      {into && edit ? (
        <ConfirmedEdit
          button={l10n.t('Merge …')}
          question={l10n.t('Merge {0} into {1}?', namesOf(from), into.name)}
          confirm={l10n.t('Merge')}
          edit={edit}
          of={[...from, into]}
          act={() => changes.edit(edit, [...from, into], l10n.t('Merged into {0}: {1}.', into.name, namesOf(from)))}
          onDone={() => onMerged(into.slug)}
        />
      ) : null}
    </div>
  )
}
