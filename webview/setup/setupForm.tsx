import * as l10n from '@vscode/l10n'
import { useId } from 'preact/hooks'
import type { PageResult } from '../../protocol/page.ts'
import type { Profile, ReadyMadeProfile } from '../../protocol/profile.ts'
import type { SetupFacts, SetupFailure } from '../../protocol/setupPage.ts'
import { FieldProblem } from '../form/field.tsx'
import { TextField } from '../toolkit.tsx'
import { CascadeChoice } from './cascadeChoice.tsx'
import { CategoriesChoice } from './categoriesChoice.tsx'
import { EstimateSection } from './estimateSection.tsx'
import { ModelChoice } from './modelChoice.tsx'
import { PreviewSection } from './previewSection.tsx'
import { Recognised } from './recognised.tsx'
import { emptyDraft, lists, profileOfList, type SetupDraft, withUnwritten, writtenList } from './setupDraft.ts'
import { StartBar } from './startBar.tsx'
import { type Editing, useDraft } from './useDraft.ts'
import { useEstimate } from './useEstimate.ts'
import { useFinish } from './useFinish.ts'
import { useModels } from './useModels.ts'
import { useSource } from './useSource.ts'
import { useWrittenList } from './useWrittenList.ts'

type Current = Extract<PageResult<'profile/read'>, { ok: true }>['value']

export interface SetupFormProps {
  id: string
  facts: SetupFacts
  ready: readonly ReadyMadeProfile[]
  current: Current
}

/** Everything that is asked, on one page; each change is kept at once, and counted anew. */
export function SetupForm({ id, facts, ready, current }: SetupFormProps) {
  const formId = useId()
  const { draft, change } = useDraft(emptyDraft(id, facts.profileFile !== null, startList(current)))
  const written = useWrittenList(writtenList(draft))
  const profile = chosenProfile(draft, { ready, current: current.profile, written: written.profile })
  const models = useModels()
  const source = useSource(id, facts, draft)
  const taking = useEstimate(id, { facts, draft, profile, models, isReadable: source.problem === null })
  const problems = {
    list: listProblem(draft, profile, written.problems),
    source: source.problem,
    model: models.problemOf(draft.model, facts.tasks),
  }
  const finishing = useFinish({ id, formId, draft, current, profile, problems, isReading: written.isReading })
  const { end, isTried } = finishing
  const editing: Editing = {
    draft,
    change(part) {
      finishing.forget()
      change(part)
    },
  }
  const reasonAt = (step: SetupFailure['step']) => (end?.step === step ? end.reason : null)
  const about = { ...editing, facts, current }
  return (
    <>
      <p class="facts">{describeQuestion(facts)}</p>
      <div class="setup">
        <div class="setup-column">
          {facts.source === null ? null : (
            <Recognised
              {...{ ...about, id: `${formId}-source`, source, items: taking.items, failure: reasonAt('reading') }}
            />
          )}
          <CategoriesChoice
            {...{ ...about, id: `${formId}-lists`, questionId: id, ready, problems: written.problems }}
            problem={isTried || draft.list !== null ? problems.list : null}
          />
        </div>
        <div class="setup-column">
          <Interests {...editing} id={`${formId}-interests`} profile={profile} />
          <ModelChoice
            {...{ ...about, id: `${formId}-model`, models, problem: problems.model, failure: reasonAt('model') }}
          />
          {facts.source === null ? null : (
            <>
              <CascadeChoice {...{ ...editing, id: `${formId}-cascade`, models }} />
              <EstimateSection taking={taking} />
              <PreviewSection {...editing} taking={taking} hasList={profile !== null} />
            </>
          )}
        </div>
      </div>
      <StartBar
        {...{ ...about, id: `${formId}-keep`, taking, end, isBusy: finishing.isBusy }}
        onFinish={finishing.finish}
      />
    </>
  )
}

function describeQuestion({ source }: SetupFacts): string {
  if (source === null) return l10n.t('What items are sorted into and what matters, from the next run on.')
  return l10n.t('{0}. Nothing has been sent yet.', source)
}

/** Of who chose before, that list; otherwise somebody has to say it. */
function startList({ isChosen }: Current): string | null {
  return isChosen ? lists.current : null
}

function chosenProfile(
  draft: SetupDraft,
  { ready, current, written }: { ready: readonly ReadyMadeProfile[]; current: Profile; written: Profile | null },
): Profile | null {
  const isWritten = draft.list === lists.own || draft.list === lists.proposed
  const from = draft.list === lists.own ? profileOfList(draft.ownFrom, ready, current) : null
  const found = isWritten ? written && withUnwritten(written, from) : profileOfList(draft.list, ready, current)
  return found && { ...found, interests: draft.interests ?? found.interests }
}

function listProblem(draft: SetupDraft, profile: Profile | null, problems: readonly string[]): string | null {
  if (draft.list === null) return l10n.t('Choose a list, or make one.')
  if (draft.list === lists.own && draft.ownText.trim() === '') return l10n.t('Write at least one category.')
  if (draft.list === lists.proposed && draft.proposal === null) return l10n.t('Nothing is proposed yet.')
  if (problems.length > 0) return l10n.t('The list cannot be used as it is.')
  return profile?.categories.length === 0 ? l10n.t('Write at least one category.') : null
}

/** What a reader wants, in a sentence of theirs. */
function Interests({ id, draft, change, profile }: Editing & { id: string; profile: Profile | null }) {
  const value = draft.interests ?? profile?.interests ?? ''
  const problem = value.length > mostInterests ? l10n.t('At most {0} characters.', mostInterests) : null
  return (
    <section aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{l10n.t('What matters to you?')}</h2>
      <div class="field">
        <TextField
          id={id}
          label={l10n.t('In a sentence (optional)')}
          value={value}
          placeholder={l10n.t('Customers who want to leave, and lost data')}
          onInput={(interests) => change({ interests })}
          mostCharacters={mostInterests}
          describedBy={[`${id}-problem`, `${id}-hint`]}
          isInvalid={problem !== null}
        />
        <p class="field-hint" id={`${id}-hint`}>
          {l10n.t('Scores say how well an item fits this, and how good it is.')}
        </p>
        <FieldProblem id={`${id}-problem`} problem={problem} />
      </div>
    </section>
  )
}

const mostInterests = 10_000
