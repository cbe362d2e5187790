import * as l10n from '@vscode/l10n'
import { useId, useRef, useState } from 'preact/hooks'
import { type Category, weights } from '../../../protocol/profile.ts'
import { weightName } from '../../parts/weightName.ts'
import { Button, Dropdown } from '../../toolkit.tsx'
import type { CategoryChanges } from './categoryChanges.ts'
import { nameOrCount } from './describeCategory.ts'
import { namesOf } from './editPreview.tsx'
import { ConfirmedEdit, MergeChosen } from './removeCategory.tsx'
import { rootsThatStay, type SharedChange, sharedParents } from './severalCategories.ts'

export interface SelectionBarProps {
  categories: readonly Category[]
  chosen: readonly Category[]
  /** How many of the chosen a search or a closed root hides. */
  unseen: number
  changes: CategoryChanges
  onChange(chosen: readonly Category[], change: SharedChange): void
  /** They were removed or merged. */
  onGone(): void
  onClear(): void
}

/** What can be done to all that are chosen. It stays in sight below the tree. */
export function SelectionBar(props: SelectionBarProps) {
  const { categories, chosen, unseen, changes, onChange, onGone, onClear } = props
  const id = useId()
  const count = useRef<HTMLElement>(null)
  const waiting = chosen.filter(({ approved }) => !approved)
  return (
    <section class="selection" aria-labelledby={`${id}-count`}>
      <p class="selection-count" aria-live="polite">
        <strong id={`${id}-count`} ref={count} tabIndex={-1}>
          {l10n.t('Selected: {0}', nameOrCount(chosen))}
        </strong>
        {unseen > 0 ? <span class="facts"> {l10n.t('({0} of them not shown)', unseen)}</span> : null}
      </p>
      <fieldset>
        <legend class="field-label">{l10n.t('Weight')}</legend>
        {weights.map((weight) => (
          <Button key={weight} onClick={() => onChange(chosen, { weight })}>
            {weightName(weight)}
          </Button>
        ))}
        <Button onClick={() => onChange(chosen, { weight: null })}>{l10n.t('From the parent')}</Button>
      </fieldset>
      <MoveChosen categories={categories} chosen={chosen} onMove={(parent) => onChange(chosen, { parent })} />
      <MergeChosen
        categories={categories}
        chosen={chosen}
        label={l10n.t('Merge into')}
        changes={changes}
        onMerged={onGone}
      />
      <div class="actions">
        {waiting.length > 0 ? (
          <Button
            look="primary"
            onClick={() => {
              // The button goes with what it approves.
              count.current?.focus()
              onChange(waiting, { approved: true })
            }}
          >
            {l10n.t('Approve {0}', nameOrCount(waiting))}
          </Button>
        ) : null}
        <Button onClick={() => onChange(chosen, { hidden: true })}>{l10n.t('Hide')}</Button>
        <Button onClick={() => onChange(chosen, { hidden: false })}>{l10n.t('Show')}</Button>
        <RemoveChosen chosen={chosen} changes={changes} onRemoved={onGone} />
        <Button onClick={onClear}>{l10n.t('Clear selection')}</Button>
      </div>
    </section>
  )
}

interface RemoveChosenProps {
  chosen: readonly Category[]
  changes: CategoryChanges
  onRemoved(): void
}

function RemoveChosen({ chosen, changes, onRemoved }: RemoveChosenProps) {
  const edit = { kind: 'remove' as const, slugs: chosen.map(({ slug }) => slug) }
  return (
    <ConfirmedEdit
      button={l10n.t('Remove …')}
      question={l10n.t('Remove {0}?', nameOrCount(chosen))}
      confirm={l10n.t('Remove')}
      edit={edit}
      of={chosen}
      act={() => changes.edit(edit, chosen, l10n.t('Removed: {0}.', namesOf(chosen)))}
      onDone={onRemoved}
    />
  )
}

const top = ''
const undecided = ' '

interface MoveChosenProps {
  categories: readonly Category[]
  chosen: readonly Category[]
  onMove(parent: string | null): void
}

/** A place is chosen first and gone to then: going through the places by key moves nothing. */
function MoveChosen({ categories, chosen, onMove }: MoveChosenProps) {
  const id = useId()
  const [wanted, setWanted] = useState(undecided)
  const parents = sharedParents(categories, chosen)
  const staying = rootsThatStay(categories, chosen)
  const options = [
    { value: undecided, label: l10n.t('Choose …') },
    { value: top, label: l10n.t('None (top level)') },
    ...(staying.length > 0 ? [] : parents.map(({ slug, name }) => ({ value: slug, label: name }))),
  ]
  // What was chosen may have become one of those that move.
  const place = options.some(({ value }) => value === wanted) ? wanted : undecided
  return (
    <div class="selection-move">
      <div class="toolbar">
        <Dropdown
          id={`${id}-parent`}
          label={l10n.t('Move under')}
          value={place}
          options={options}
          onInput={setWanted}
          describedBy={[`${id}-staying`]}
        />
        <Button onClick={() => onMove(place === top ? null : place)} disabled={place === undecided}>
          {l10n.t('Move')}
        </Button>
      </div>
      {staying.length > 0 ? (
        <p class="field-hint" id={`${id}-staying`}>
          {l10n.t(
            '{0} has subcategories. Select those too to move everything under another category: there are two levels only.',
            staying.map(({ name }) => name).join(', '),
          )}
        </p>
      ) : null}
    </div>
  )
}
