import * as l10n from '@vscode/l10n'
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import * as z from 'zod'
import type { Category } from '../../../protocol/profile.ts'
import type { Reason } from '../../../protocol/reasons.ts'
import { readShare } from '../../form/draft.ts'
import { FieldProblem } from '../../form/field.tsx'
import { ChangedElsewhere } from '../../parts/changedElsewhere.tsx'
import { formatNumber } from '../../parts/language.ts'
import { ReasonNotice } from '../../parts/notice.tsx'
import { usePage } from '../../state/pageContext.ts'
import { usePersistedState } from '../../state/persistedState.ts'
import { Button, Checkbox, Dropdown, TextArea, TextField } from '../../toolkit.tsx'
import type { CategoryChanges } from './categoryChanges.ts'
import { possibleParents } from './categoryRows.ts'
import { MergeSection, RemoveCategory } from './removeCategory.tsx'

/** As it is typed; stored while the panel is hidden. `updatedAt`: what it began from. */
const Draft = z.object({
  name: z.string(),
  description: z.string(),
  parent: z.string(),
  hidden: z.boolean(),
  floor: z.string(),
  updatedAt: z.string().nullable(),
})
type Draft = z.infer<typeof Draft>

export interface CategoryFormProps {
  categories: readonly Category[]
  /** Null: a new one. */
  category: Category | null
  changes: CategoryChanges
  /** `slug`: the category that it is about now; null where there is none any more. */
  onDone(slug: string | null): void
  onLeave(): void
}

const top = ''

export function CategoryForm({ categories, category, changes, onDone, onLeave }: CategoryFormProps) {
  const { host, announce } = usePage()
  const id = useId()
  const [draft, setDraft] = usePersistedState<Draft>(
    `categories.draft.${category?.slug ?? ' new'}`,
    Draft,
    draftOf(category),
  )
  const [reason, setReason] = useState<Reason | null>(null)
  const [isTried, setTried] = useState(false)
  const first = useRef<HTMLHeadingElement>(null)
  useEffect(() => first.current?.focus(), [])
  const change = (part: Partial<Draft>) => {
    setReason(null)
    setDraft({ ...draft, ...part })
  }
  const problems = {
    name: problemOfName(categories, category, draft.name),
    description: problemOfDescription(draft.description),
    floor: problemOfFloor(draft.floor),
  }
  const save = async () => {
    setTried(true)
    const wrong = (['name', 'description', 'floor'] as const).find((field) => problems[field] !== null)
    if (wrong) return document.getElementById(`${id}-${wrong}`)?.focus()
    const saved = await host.request('category/save', {
      ...(category ? { slug: category.slug } : {}),
      name: draft.name.trim(),
      description: draft.description.trim() || null,
      parent: draft.parent === top ? null : draft.parent,
      hidden: draft.hidden,
      review_below: readShare(draft.floor),
      ...(draft.updatedAt === null ? {} : { ifUpdatedAt: draft.updatedAt }),
    })
    if (!saved.ok) return setReason(saved.reason)
    announce(l10n.t('{0} is saved.', saved.value.name))
    setDraft(undefined)
    onDone(saved.value.slug)
  }
  const isConflict = reason?.code === 'conflict'
  return (
    <section aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`} ref={first} tabIndex={-1}>
        {category ? l10n.t('Edit {0}', category.name) : l10n.t('Add a category')}
      </h2>
      <CategoryFields
        id={id}
        categories={categories}
        category={category}
        draft={draft}
        problems={problems}
        isTried={isTried}
        onChange={change}
      />
      {isConflict ? (
        <ChangedElsewhere
          onTake={() => change(draftOf(category))}
          onKeep={() => change({ updatedAt: category?.updatedAt ?? null })}
        />
      ) : null}
      {reason && !isConflict ? <ReasonNotice reason={reason} /> : null}
      <div class="actions">
        <Button look="primary" onClick={() => void save()}>
          {l10n.t('Save')}
        </Button>
        <Button
          onClick={() => {
            setDraft(undefined)
            onLeave()
          }}
        >
          {l10n.t('Cancel')}
        </Button>
        {category ? (
          <RemoveCategory
            category={category}
            changes={changes}
            onRemoved={() => {
              setDraft(undefined)
              onDone(null)
            }}
          />
        ) : null}
      </div>
      {category ? (
        <MergeSection category={category} categories={categories} changes={changes} onMerged={onDone} />
      ) : null}
    </section>
  )
}

interface CategoryFieldsProps extends Pick<CategoryFormProps, 'categories' | 'category'> {
  id: string
  draft: Draft
  problems: { name: string | null; description: string | null; floor: string | null }
  isTried: boolean
  onChange(part: Partial<Draft>): void
}

function CategoryFields({ id, categories, category, draft, problems, isTried, onChange }: CategoryFieldsProps) {
  const parents = possibleParents(categories, category?.slug ?? null)
  // A name that is still missing is no error before saving was tried.
  const nameProblem = isTried || draft.name !== '' ? problems.name : null
  return (
    <>
      <div class="field">
        <TextField
          id={`${id}-name`}
          label={l10n.t('Name')}
          value={draft.name}
          onInput={(name) => onChange({ name })}
          isRequired
          mostCharacters={80}
          isInvalid={nameProblem !== null}
          describedBy={[`${id}-name-problem`, `${id}-name-hint`]}
        />
        <p class="field-hint" id={`${id}-name-hint`}>
          {category
            ? l10n.t('Its slug stays {0}. Existing results keep the old name.', category.slug)
            : l10n.t('Short, and in any language: models choose by this name.')}
        </p>
        <FieldProblem id={`${id}-name-problem`} problem={nameProblem} />
      </div>
      <div class="field">
        <TextArea
          id={`${id}-description`}
          label={l10n.t('Description')}
          value={draft.description}
          onInput={(description) => onChange({ description })}
          rows={3}
          isInvalid={problems.description !== null}
          describedBy={[`${id}-description-problem`, `${id}-description-hint`]}
        />
        <p class="field-hint" id={`${id}-description-hint`}>
          {l10n.t('Tells the model what belongs here. Words that occur in the items help most.')}
        </p>
        <FieldProblem id={`${id}-description-problem`} problem={problems.description} />
      </div>
      <div class="field">
        <Dropdown
          id={`${id}-parent`}
          label={l10n.t('Parent')}
          value={draft.parent}
          options={[
            { value: top, label: l10n.t('None (top level)') },
            ...parents.map(({ slug, name }) => ({ value: slug, label: name })),
          ]}
          onInput={(parent) => onChange({ parent })}
          disabled={parents.length === 0}
        />
      </div>
      <FloorField id={id} categories={categories} draft={draft} problem={problems.floor} onChange={onChange} />
      <Checkbox id={`${id}-hidden`} checked={draft.hidden} onChange={(hidden) => onChange({ hidden })}>
        {l10n.t('Hidden: not offered to models and not accepted as a suggestion')}
      </Checkbox>
    </>
  )
}

interface FloorFieldProps extends Pick<CategoryFieldsProps, 'id' | 'categories' | 'draft' | 'onChange'> {
  problem: string | null
}

/** How sure a verdict with the category has to be. */
function FloorField({ id, categories, draft, problem, onChange }: FloorFieldProps) {
  return (
    <div class="field">
      <TextField
        id={`${id}-floor`}
        label={l10n.t('Review below')}
        value={draft.floor}
        onInput={(floor) => onChange({ floor })}
        inputMode="decimal"
        isInvalid={problem !== null}
        describedBy={[`${id}-floor-problem`, `${id}-floor-hint`]}
      />
      <p class="field-hint" id={`${id}-floor-hint`}>
        {describeFloor(categories, draft)}
      </p>
      <FieldProblem id={`${id}-floor-problem`} problem={problem} />
    </div>
  )
}

function draftOf(category: Category | null): Draft {
  return {
    name: category?.name ?? '',
    description: category?.description ?? '',
    parent: category?.parent ?? top,
    hidden: category?.hidden ?? false,
    floor: typeof category?.review_below === 'number' ? formatNumber(category.review_below, { most: 6 }) : '',
    updatedAt: category?.updatedAt ?? null,
  }
}

function problemOfName(categories: readonly Category[], own: Category | null, name: string): string | null {
  const wanted = name.trim().toLowerCase()
  if (wanted === '') return l10n.t('Enter a name.')
  const namesake = categories.find((each) => each.slug !== own?.slug && each.name.toLowerCase() === wanted)
  return namesake ? l10n.t('A category with this name already exists.') : null
}

function describeFloor(categories: readonly Category[], { parent }: Draft): string {
  const above = categories.find(({ slug }) => slug === parent)
  const empty =
    typeof above?.review_below === 'number'
      ? l10n.t('Empty: below {0}, as {1} says.', formatNumber(above.review_below, { most: 6 }), above.name)
      : l10n.t('Empty: none waits.')
  return `${l10n.t('Verdicts with this category that are less sure wait in the review: 0 to 1, or a percentage such as 80 %.')} ${empty}`
}

function problemOfFloor(typed: string): string | null {
  return Number.isNaN(readShare(typed) ?? 0)
    ? l10n.t('It must be a number from 0 to 1, such as 0.8, or a percentage such as 80 %.')
    : null
}

function problemOfDescription(description: string): string | null {
  const most = 500
  const length = description.trim().length
  return length > most ? l10n.t('It has {0} characters; the limit is {1}.', length, most) : null
}
