import * as l10n from '@vscode/l10n'
import { type Weight, weights } from '../../../protocol/profile.ts'
import { weightName } from './describeCategory.ts'

export interface WeightStripProps {
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
export function WeightStrip({ id, name, own, counts, onChoose, tabIndex }: WeightStripProps) {
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
            {isInherited ? <span class="unseen"> {l10n.t('(counts, not chosen)')}</span> : null}
          </label>
        )
      })}
    </fieldset>
  )
}
