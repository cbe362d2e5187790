import * as l10n from '@vscode/l10n'
import { useId } from 'preact/hooks'
import { tellNumber } from '../parts/language.ts'
import { Checkbox } from '../toolkit.tsx'
import { tellCategory } from './resultWords.ts'

/** More names than these are no choice; what is searched for finds the others. */
const mostCategories = 60

export interface CategoryChoiceProps {
  title: string
  /** With how many items have it. Null: fits nowhere. */
  offered: readonly { category: string | null; items: number }[]
  /** The empty name: fits nowhere. */
  chosen: readonly string[]
  onChange(chosen: string[]): void
}

/** Several categories, at least one of which an item must have. Closed, it tells what is chosen. */
export function CategoryChoice({ title, offered, chosen, onChange }: CategoryChoiceProps) {
  const id = useId()
  return (
    <details class="categories-choice">
      <summary>
        {chosen.length === 0
          ? title
          : l10n.t('{0}: {1}', title, chosen.map((name) => tellCategory(name || null)).join(', '))}
      </summary>
      <fieldset class="choices">
        <legend class="unseen">{title}</legend>
        {offered.slice(0, mostCategories).map(({ category, items }, index) => (
          <Checkbox
            key={category ?? ''}
            id={`${id}-${index}`}
            checked={chosen.includes(category ?? '')}
            onChange={(isOn) => {
              const others = chosen.filter((each) => each !== (category ?? ''))
              onChange(isOn ? [...others, category ?? ''] : others)
            }}
          >
            {l10n.t('{0} ({1})', tellCategory(category), tellNumber(items))}
          </Checkbox>
        ))}
      </fieldset>
    </details>
  )
}
