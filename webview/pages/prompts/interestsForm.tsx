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
    announce(l10n.t('Interests saved. Existing results stay as they are.'))
  }
  const prose = (name: 'interests' | 'anti_interests') => ({
    id: `${id}-${name}`,
    value: shown[name],
    problem: problems[name],
    onInput: (text: string) => change({ [name]: text }),
  })
  const limit = (name: keyof ItemLimits) => ({
    id: `${id}-${name}`,
    value: shown[name],
    range: ItemLimits.shape.categorize_chars.unwrap(),
    isWrong: limits.error?.issues.some(({ path }) => path[0] === name) ?? false,
    onInput: (text: string) => change({ [name]: text }),
  })
  return (
    <section aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{l10n.t('Interests')}</h2>
      <ProseField
        {...prose('interests')}
        label={l10n.t('What you want to see more of')}
        hint={l10n.t('In your own words. The scoring model reads exactly this text.')}
      />
      <ProseField
        {...prose('anti_interests')}
        label={l10n.t('What you want to see less of')}
        hint={l10n.t('Leave empty for nothing in particular.')}
      />
      <h3>{l10n.t('How much of an item is read')}</h3>
      <LimitField {...limit('categorize_chars')} label={l10n.t('Characters to categorize an item')} />
      <LimitField {...limit('score_chars')} label={l10n.t('Characters to score an item')} />
      <p class="field-hint">{l10n.t('Longer text is cut at the end of a paragraph. More characters cost more.')}</p>
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
    ? l10n.t('It has {0} characters; the limit is {1}.', text.length, mostCharacters)
    : null
}

interface ProseFieldProps {
  id: string
  label: string
  hint: string
  value: string
  problem: string | null
  onInput(text: string): void
}

function ProseField({ id, label, hint, value, problem, onInput }: ProseFieldProps) {
  return (
    <div class="field">
      <TextArea
        id={id}
        label={label}
        value={value}
        rows={4}
        onInput={onInput}
        isInvalid={problem !== null}
        describedBy={[`${id}-problem`, `${id}-hint`]}
      />
      <p class="field-hint" id={`${id}-hint`}>
        {hint}
      </p>
      <FieldProblem id={`${id}-problem`} problem={problem} />
    </div>
  )
}

interface LimitFieldProps {
  id: string
  label: string
  value: string
  range: { minValue: number | null; maxValue: number | null }
  isWrong: boolean
  disabled?: boolean
  onInput(text: string): void
}

function LimitField({ id, label, value, range, isWrong, disabled, onInput }: LimitFieldProps) {
  const { minValue, maxValue } = range
  const problem = l10n.t('It must be a whole number from {0} to {1}.', minValue ?? 0, maxValue ?? 0)
  return (
    <div class="field">
      <TextField
        id={id}
        label={label}
        value={value}
        inputMode="numeric"
        onInput={onInput}
        isInvalid={isWrong}
        disabled={disabled}
        describedBy={[`${id}-problem`]}
      />
      <FieldProblem id={`${id}-problem`} problem={isWrong ? problem : null} />
    </div>
  )
}

type ExamplesDraft = Pick<InterestsDraft, 'examples' | 'example_count' | 'examples_by'>

/** What is typed, as it is saved; undefined: the number is none. */
function examplesIn({ examples, example_count, examples_by }: ExamplesDraft): ProfileExamples | undefined {
  const count = Number(example_count.trim() || Number.NaN)
  return ProfileExamples.safeParse({ use: examples, count, ...(examples_by === 'likeness' ? { by: examples_by } : {}) })
    .data
}

/** Whether a person's corrections are shown to models, and how many. */
function ExamplesFields({ shown, onChange }: { shown: ExamplesDraft; onChange(part: Partial<ExamplesDraft>): void }) {
  const id = useId()
  return (
    <>
      <h3>{l10n.t('Your corrections as examples')}</h3>
      <div class="field">
        <Checkbox id={`${id}-use`} checked={shown.examples} onChange={(examples) => onChange({ examples })}>
          {l10n.t('Show them to models')}
        </Checkbox>
        <p class="field-hint">
          {l10n.t(
            'Your corrections in a workspace are sent as examples with each of its calls; an item is never its own example. Longer calls cost more.',
          )}
        </p>
      </div>
      <LimitField
        id={`${id}-count`}
        label={l10n.t('Examples in a call')}
        value={shown.example_count}
        range={ProfileExamples.shape.count.unwrap()}
        isWrong={examplesIn(shown) === undefined}
        disabled={!shown.examples}
        onInput={(example_count) => onChange({ example_count })}
      />
      <div class="field">
        <Checkbox
          id={`${id}-like`}
          checked={shown.examples_by === 'likeness'}
          onChange={(isLike) => onChange({ examples_by: isLike ? 'likeness' : 'spread' })}
          disabled={!shown.examples}
        >
          {l10n.t('Choose those that are like the items of the call')}
        </Checkbox>
        <p class="field-hint">
          {l10n.t(
            'By the default embedding model, which gets the texts of corrections and items. Without one, some of each kind are shown.',
          )}
        </p>
      </div>
    </>
  )
}
