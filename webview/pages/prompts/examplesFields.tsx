import * as l10n from '@vscode/l10n'
import { useId } from 'preact/hooks'
import { ProfileExamples } from '../../../protocol/profile.ts'
import { FieldProblem } from '../../form/field.tsx'
import { Checkbox, TextField } from '../../toolkit.tsx'
import type { InterestsDraft } from './drafts.ts'

type ExamplesDraft = Pick<InterestsDraft, 'examples' | 'example_count'>

/** What is typed, as it is saved; undefined: the number is none. */
export function examplesIn({ examples, example_count }: ExamplesDraft): ProfileExamples | undefined {
  const count = Number(example_count.trim() || Number.NaN)
  return ProfileExamples.safeParse({ use: examples, count }).data
}

/** Whether a person's corrections are shown to models, and how many. */
export function ExamplesFields({
  shown,
  onChange,
}: {
  shown: ExamplesDraft
  onChange(part: Partial<ExamplesDraft>): void
}) {
  const id = useId()
  const isWrong = examplesIn(shown) === undefined
  const { minValue, maxValue } = ProfileExamples.shape.count.unwrap()
  return (
    <>
      <h3>{l10n.t('Your corrections as examples')}</h3>
      <div class="field">
        <Checkbox id={`${id}-use`} checked={shown.examples} onChange={(examples) => onChange({ examples })}>
          {l10n.t('Show them to models')}
        </Checkbox>
        <p class="field-hint">
          {l10n.t(
            'What you corrected in a workspace is shown with each of its calls, never an item as its own example. Longer calls cost more.',
          )}
        </p>
      </div>
      <div class="field">
        <TextField
          id={`${id}-count`}
          label={l10n.t('Examples in a call')}
          value={shown.example_count}
          inputMode="numeric"
          onInput={(example_count) => onChange({ example_count })}
          isInvalid={isWrong}
          disabled={!shown.examples}
          describedBy={[`${id}-count-problem`]}
        />
        <FieldProblem
          id={`${id}-count-problem`}
          problem={
            isWrong ? l10n.t('It has to be a whole number from {0} to {1}.', minValue ?? 0, maxValue ?? 0) : null
          }
        />
      </div>
    </>
  )
}
