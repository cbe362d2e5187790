import * as l10n from '@vscode/l10n'

export interface SelectBoxProps {
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
