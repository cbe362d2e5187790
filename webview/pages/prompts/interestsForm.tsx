import * as l10n from '@vscode/l10n'
import { useId, useState } from 'preact/hooks'
import { defaultLimits, type Preferences } from '../../../protocol/profile.ts'
import type { Reason } from '../../../protocol/reasons.ts'
import { FieldProblem } from '../../form/field.tsx'
import { ChangedElsewhere } from '../../parts/changedElsewhere.tsx'
import { ReasonNotice } from '../../parts/reasonNotice.tsx'
import { usePage } from '../../state/pageContext.ts'
import { Button, TextArea } from '../../toolkit.tsx'
import { storedInterests, type useInterestsDraft } from './drafts.ts'

const mostCharacters = 10_000

export interface InterestsFormProps {
  preferences: Preferences
  draft: ReturnType<typeof useInterestsDraft>
}

/** What the reader wants to see more of and less of. */
export function InterestsForm({ preferences, draft: [draft, keepDraft] }: InterestsFormProps) {
  const { host, announce } = usePage()
  const id = useId()
  const stored = storedInterests(preferences)
  const [reason, setReason] = useState<Reason | null>(null)
  const shown = draft ?? stored
  const change = (part: Partial<typeof shown>) => {
    setReason(null)
    keepDraft({ ...shown, ...part })
  }
  const problems = { interests: lengthProblem(shown.interests), anti_interests: lengthProblem(shown.anti_interests) }
  const isFine = problems.interests === null && problems.anti_interests === null
  const save = async () => {
    const { interests, anti_interests, basedOn } = shown
    const saved = await host.request('preferences/save', { interests, anti_interests, ifUpdatedAt: basedOn })
    if (!saved.ok) return setReason(saved.reason)
    keepDraft(undefined)
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
  return (
    <section aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{l10n.t('Interests')}</h2>
      {field(
        'interests',
        l10n.t('What you want to see more of'),
        l10n.t('In your own words: the scoring model reads it as it stands.'),
      )}
      {field('anti_interests', l10n.t('What you want to see less of'), l10n.t('Empty: nothing in particular.'))}
      {reason?.code === 'conflict' ? (
        <ChangedElsewhere
          onTake={() => {
            setReason(null)
            keepDraft(undefined)
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
            keepDraft(undefined)
          }}
        >
          {l10n.t('Discard')}
        </Button>
      </div>
      <h3>{l10n.t('How much of an item is read')}</h3>
      <p>
        {l10n.t(
          'Of each item, {0} characters are sent to be categorized and {1} to be scored, cut at the end of a paragraph. A profile file can say otherwise, as "limits".',
          defaultLimits.categorize_chars,
          defaultLimits.score_chars,
        )}
      </p>
    </section>
  )
}

function lengthProblem(text: string): string | null {
  return text.length > mostCharacters
    ? l10n.t('It has {0} characters, and {1} are the most.', text.length, mostCharacters)
    : null
}
