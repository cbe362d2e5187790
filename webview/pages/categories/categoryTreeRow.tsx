import * as l10n from '@vscode/l10n'
import { type Weight, weights } from '../../../protocol/profile.ts'
import { weightName } from '../../parts/weightName.ts'
import { type CategoryRow, editId, rowId, type TreeActions } from './categoryRows.ts'

export interface CategoryTreeRowProps {
  row: CategoryRow
  actions: TreeActions
  /** The one where Tab stops. */
  isActive: boolean
  isSelected: boolean
  /** `isRange`: all from the row that was active to this one. */
  onSelect(isSelected: boolean, isRange: boolean): void
  onKey(event: KeyboardEvent): void
  onFocus(): void
  /** `isMoving`: it is dragged, itself or with the others that are selected. */
  drag: { isMoving: boolean; isTarget: boolean; onStart(): void; onEnd(): void; onDrop(): void }
}

export function CategoryTreeRow(props: CategoryTreeRowProps) {
  const { row, actions, isActive, isSelected, onSelect, onKey, onFocus, drag } = props
  const { category, level, position, siblings, isOpen } = row
  const { slug, name } = category
  const tabIndex = isActive ? 0 : -1
  return (
    <tr
      id={rowId(slug)}
      class={classOf(row, drag)}
      aria-level={level}
      aria-posinset={position}
      aria-setsize={siblings}
      aria-expanded={isOpen ?? undefined}
      aria-selected={isSelected}
      aria-label={`${name}, ${describeRow(row)}`}
      tabIndex={tabIndex}
      draggable
      // A range goes from the row that was active before the mouse went down on this one.
      onMouseDown={(event) => {
        if (event.shiftKey) event.preventDefault()
      }}
      onClick={(event) => {
        if (event.target instanceof Element && event.target.closest('button, label, input')) return
        if (event.shiftKey) onSelect(true, true)
        else if (event.ctrlKey || event.metaKey) onSelect(!isSelected, false)
      }}
      onFocusIn={onFocus}
      onKeyDown={onKey}
      onDragStart={(event) => {
        event.dataTransfer?.setData('text/plain', slug)
        drag.onStart()
      }}
      onDragEnd={drag.onEnd}
      onDragOver={(event) => {
        if (drag.isTarget) event.preventDefault()
      }}
      onDrop={(event) => {
        event.preventDefault()
        drag.onDrop()
      }}
    >
      <td class="tree-name">
        <SelectBox name={name} isSelected={isSelected} tabIndex={tabIndex} onSelect={onSelect} />
        {isOpen === null ? (
          <span class="twistie" />
        ) : (
          <button
            type="button"
            class="twistie"
            tabIndex={-1}
            aria-label={isOpen ? l10n.t('Close {0}', name) : l10n.t('Open {0}', name)}
            onClick={() => actions.onOpen(slug, !isOpen)}
          >
            <span aria-hidden="true">{isOpen ? '▾' : '▸'}</span>
          </button>
        )}
        <span class="tree-words">
          <span class="tree-title">{name}</span>
          {category.hidden || row.isHiddenByRoot ? <span class="facts">{describeHiding(row)}</span> : null}
        </span>
      </td>
      <td class="tree-weight">
        <span class={`weight-word${category.weight === null ? ' is-inherited' : ''}`} aria-hidden="true">
          {weightName(category.effectiveWeight)}
          {row.inheritsFrom === null ? null : <span class="facts"> {l10n.t('from {0}', row.inheritsFrom)}</span>}
        </span>
        <WeightStrip
          id={`weight-${slug}`}
          name={name}
          own={category.weight}
          counts={category.effectiveWeight}
          onChoose={(weight) => actions.onChange([category], { weight })}
          tabIndex={tabIndex}
        />
      </td>
      <td class="tree-actions">
        <button
          type="button"
          class="small"
          tabIndex={tabIndex}
          aria-label={category.hidden ? l10n.t('Show {0}', name) : l10n.t('Hide {0}', name)}
          onClick={() => actions.onChange([category], { hidden: !category.hidden })}
        >
          {category.hidden ? l10n.t('Show') : l10n.t('Hide')}
        </button>
        <button
          type="button"
          class="small"
          id={editId(slug)}
          tabIndex={tabIndex}
          aria-label={l10n.t('Edit {0}', name)}
          onClick={() => actions.onEdit(slug)}
        >
          {l10n.t('Edit')}
        </button>
      </td>
    </tr>
  )
}

function classOf({ category, level, isHiddenByRoot }: CategoryRow, drag: CategoryTreeRowProps['drag']): string {
  const states = {
    'is-hidden': category.hidden || isHiddenByRoot,
    'is-moving': drag.isMoving,
    'is-target': drag.isTarget,
  }
  const shown = Object.entries(states).flatMap(([name, isSo]) => (isSo ? [name] : []))
  return ['tree-row', `level-${level}`, ...shown].join(' ')
}

/** What the row is in words: its weight, whose it is, and whether models are offered it. */
function describeRow(row: CategoryRow): string {
  const { category, inheritsFrom } = row
  const weight = weightName(category.effectiveWeight)
  const words =
    inheritsFrom !== null
      ? l10n.t('{0} from {1}', weight, inheritsFrom)
      : category.weight === null
        ? l10n.t('{0}, not set', weight)
        : l10n.t('{0}, set here', weight)
  const hiding = describeHiding(row)
  return hiding === null ? words : `${words} · ${hiding}`
}

function describeHiding({ category, isHiddenByRoot }: CategoryRow): string | null {
  if (category.hidden) return l10n.t('hidden')
  return isHiddenByRoot ? l10n.t('hidden with its parent') : null
}

interface SelectBoxProps {
  name: string
  isSelected: boolean
  tabIndex?: 0 | -1
  /** `isRange`: Shift was held. */
  onSelect(isSelected: boolean, isRange: boolean): void
}

/** Chooses a row among others. The browser's own box: it knows, other than the toolkit's, whether Shift was held. */
export function SelectBox({ name, isSelected, tabIndex = 0, onSelect }: SelectBoxProps) {
  return (
    <input
      type="checkbox"
      class="select-box"
      aria-label={l10n.t('Select {0}', name)}
      checked={isSelected}
      tabIndex={tabIndex}
      onClick={(event) => onSelect(event.currentTarget.checked, event.shiftKey)}
    />
  )
}

interface WeightStripProps {
  /** Unique on the page. */
  id: string
  /** What it weighs, for people who cannot see its row. */
  name: string
  /** Its own weight; null: it takes another's, which `counts` is. */
  own: Weight | null
  counts: Weight
  /** Null: back to the inherited one. */
  onChoose(weight: Weight | null): void
  /** 0 where Tab stops at it. */
  tabIndex: 0 | -1
}

/** Five weights as one choice. An inherited weight is marked; choosing the chosen one again gives it up. */
function WeightStrip({ id, name, own, counts, onChoose, tabIndex }: WeightStripProps) {
  return (
    <fieldset class="weights">
      <legend class="unseen">{l10n.t('Weight of {0}', name)}</legend>
      {weights.map((weight) => {
        const isInherited = own === null && counts === weight
        return (
          <label key={weight} class={`weight weight-${weight}${isInherited ? ' weight-inherited' : ''}`}>
            <input
              type="radio"
              name={id}
              class="unseen"
              checked={own === weight}
              tabIndex={tabIndex}
              onClick={() => onChoose(own === weight ? null : weight)}
            />
            {weightName(weight)}
            {isInherited ? <span class="unseen"> {l10n.t('(counts, not set here)')}</span> : null}
          </label>
        )
      })}
    </fieldset>
  )
}
