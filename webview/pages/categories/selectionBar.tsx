import * as l10n from '@vscode/l10n'
import { useId, useRef, useState } from 'preact/hooks'
import { type Category, weights } from '../../../protocol/profile.ts'
import { Button, Dropdown } from '../../toolkit.tsx'
import { nameOrCount, weightName } from './describeCategory.ts'
import { rootsThatStay, type SharedChange, sharedParents } from './severalCategories.ts'

export interface SelectionBarProps {
  categories: readonly Category[]
  chosen: readonly Category[]
  /** How many of the chosen a search or a closed root hides. */
  unseen: number
  onChange(chosen: readonly Category[], change: SharedChange): void
  onClear(): void
}

/** What can be done to all that are chosen. It stays in sight below the tree. */
export function SelectionBar({ categories, chosen, unseen, onChange, onClear }: SelectionBarProps) {
  const id = useId()
  const count = useRef<HTMLElement>(null)
  const waiting = chosen.filter(({ approved }) => !approved)
  return (
    <section class="selection" aria-labelledby={`${id}-count`}>
      <p class="selection-count" aria-live="polite">
        <strong id={`${id}-count`} ref={count} tabIndex={-1}>
          {l10n.t('Selected: {0}', nameOrCount(chosen))}
        </strong>
        {unseen > 0 ? <span class="facts"> {l10n.t('({0} of them not in sight)', unseen)}</span> : null}
      </p>
      <fieldset>
        <legend class="field-label">{l10n.t('Weight of all that are selected')}</legend>
        {weights.map((weight) => (
          <Button key={weight} onClick={() => onChange(chosen, { weight })}>
            {weightName(weight)}
          </Button>
        ))}
        <Button onClick={() => onChange(chosen, { weight: null })}>{l10n.t('None of its own')}</Button>
      </fieldset>
      <MoveChosen categories={categories} chosen={chosen} onMove={(parent) => onChange(chosen, { parent })} />
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
        <Button onClick={onClear}>{l10n.t('Clear selection')}</Button>
      </div>
    </section>
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
    { value: top, label: l10n.t('Nothing: they stand at the top') },
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
            'Something stands under {0}, so they can not go under another category without it.',
            staying.map(({ name }) => name).join(', '),
          )}
        </p>
      ) : null}
    </div>
  )
}
