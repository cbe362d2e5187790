import * as l10n from '@vscode/l10n'
import { useId, useState } from 'preact/hooks'
import { ItemLimits, type Preferences, ProfileExamples } from '../../../protocol/profile.ts'
import type { Reason } from '../../../protocol/reasons.ts'
import { FieldProblem } from '../../form/field.tsx'
import { ChangedElsewhere } from '../../parts/changedElsewhere.tsx'
import { ReasonNotice } from '../../parts/notice.tsx'
import { usePage } from '../../state/pageContext.ts'
import { Button, Checkbox, TextArea, TextField } from '../../toolkit.tsx'
import { type InterestsDraft, storedInterests, type useInterestsDraft } from './drafts.ts'

const mostCharacters = 10_000

export interface InterestsFormProps {
  preferences: Preferences
  draft: ReturnType<typeof useInterestsDraft>
}

/** What the reader wants to see more of and less of. */
export function InterestsForm({ preferences, draft: [draft, setDraft] }: InterestsFormProps) {
  const { host, announce } = usePage()
  const id = useId()
  const stored = storedInterests(preferences)
  const [reason, setReason] = useState<Reason | null>(null)
  const shown = draft ?? stored
  const change = (part: Partial<typeof shown>) => {
    setReason(null)
    setDraft({ ...shown, ...part })
  }
  const problems = { interests: lengthProblem(shown.interests), anti_interests: lengthProblem(shown.anti_interests) }
  const limits = ItemLimits.safeParse({
    categorize_chars: Number(shown.categorize_chars.trim() || Number.NaN),
    score_chars: Number(shown.score_chars.trim() || Number.NaN),
  })
  const examples = examplesIn(shown)
  const isFine = problems.interests === null && problems.anti_interests === null && limits.success && examples
  const save = async () => {
    if (!limits.success || !examples) return
    const { interests, anti_interests, basedOn } = shown
    const change = { interests, anti_interests, limits: limits.data, examples, ifUpdatedAt: basedOn }
    const saved = await host.request('preferences/save', change)
    if (!saved.ok) return setReason(saved.reason)
    setDraft(undefined)
    announce(l10n.t('The interests are saved. Nothing is judged again by that.'))
  }
  const field = (name: 'interests' | 'anti_interests', label: string, hint: string) => (
    <div class="field">
      <TextArea
        id={`${id}-${name}`}
        label={label}
        value={shown[name]}
        rows={4}
        onInput={(text) => change({ [name]: text })}
        isInvalid={problems[name] !== null}
        describedBy={[`${id}-${name}-problem`, `${id}-${name}-hint`]}
      />
      <p class="field-hint" id={`${id}-${name}-hint`}>
        {hint}
      </p>
      <FieldProblem id={`${id}-${name}-problem`} problem={problems[name]} />
    </div>
  )
  const limit = (name: 'categorize_chars' | 'score_chars', label: string) => {
    const isWrong = limits.error?.issues.some(({ path }) => path[0] === name) ?? false
    return (
      <div class="field">
        <TextField
          id={`${id}-${name}`}
          label={label}
          value={shown[name]}
          inputMode="numeric"
          onInput={(text) => change({ [name]: text })}
          isInvalid={isWrong}
          describedBy={[`${id}-${name}-problem`]}
        />
        <FieldProblem id={`${id}-${name}-problem`} problem={isWrong ? limitProblem() : null} />
      </div>
    )
  }
  return (
    <section aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{l10n.t('Interests')}</h2>
      {field(
        'interests',
        l10n.t('What you want to see more of'),
        l10n.t('In your own words: the scoring model reads it as it stands.'),
      )}
      {field('anti_interests', l10n.t('What you want to see less of'), l10n.t('Empty: nothing in particular.'))}
      <h3>{l10n.t('How much of an item is read')}</h3>
      {limit('categorize_chars', l10n.t('Characters to categorize an item'))}
      {limit('score_chars', l10n.t('Characters to score an item'))}
      <p class="field-hint">{l10n.t('What is longer is cut at the end of a paragraph. More characters cost more.')}</p>
      <ExamplesFields shown={shown} onChange={change} />
      {reason?.code === 'conflict' ? (
        <ChangedElsewhere
          onTake={() => {
            setReason(null)
            setDraft(undefined)
          }}
          onKeep={() => change({ basedOn: preferences.updatedAt })}
        />
      ) : null}
      {reason && reason.code !== 'conflict' ? <ReasonNotice reason={reason} /> : null}
      <div class="actions">
        <Button look="primary" onClick={() => void save()} disabled={draft === null || !isFine}>
          {l10n.t('Save interests')}
        </Button>
        <Button
          disabled={draft === null}
          onClick={() => {
            setReason(null)
            setDraft(undefined)
          }}
        >
          {l10n.t('Discard')}
        </Button>
      </div>
    </section>
  )
}

function lengthProblem(text: string): string | null {
  return text.length > mostCharacters
    ? l10n.t('It has {0} characters, and {1} are the most.', text.length, mostCharacters)
    : null
}

function limitProblem(): string {
  const { minValue, maxValue } = ItemLimits.shape.categorize_chars.unwrap()
  return l10n.t('It has to be a whole number from {0} to {1}.', minValue ?? 0, maxValue ?? 0)
}

type ExamplesDraft = Pick<InterestsDraft, 'examples' | 'example_count'>

/** What is typed, as it is saved; undefined: the number is none. */
function examplesIn({ examples, example_count }: ExamplesDraft): ProfileExamples | undefined {
  const count = Number(example_count.trim() || Number.NaN)
  return ProfileExamples.safeParse({ use: examples, count }).data
}

/** Whether a person's corrections are shown to models, and how many. */
function ExamplesFields({ shown, onChange }: { shown: ExamplesDraft; onChange(part: Partial<ExamplesDraft>): void }) {
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
