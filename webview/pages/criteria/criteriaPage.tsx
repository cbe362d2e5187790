import * as l10n from '@vscode/l10n'
import { useId, useState } from 'preact/hooks'
import * as z from 'zod'
import type { Preferences, ReadyMadeCriteria } from '../../../protocol/profile.ts'
import type { PromptDraft } from '../../../protocol/prompts.ts'
import type { Problem, Reason } from '../../../protocol/reasons.ts'
import { ChangedElsewhere } from '../../parts/changedElsewhere.tsx'
import { describeProblem } from '../../parts/language.ts'
import { Notice, ReasonNotice, Unread } from '../../parts/notice.tsx'
import { PromptPreviewSection, usePreview } from '../../parts/promptPreview.tsx'
import { RerunSection } from '../../parts/rerun.tsx'
import { WorkspaceProfileNotice } from '../../parts/workspaceProfileNotice.tsx'
import { allAnswered } from '../../state/answer.ts'
import { type PageProps, usePage, useReading } from '../../state/pageContext.ts'
import { usePersistedState } from '../../state/persistedState.ts'
import { Button, Dropdown } from '../../toolkit.tsx'
import {
  CriteriaDraft,
  draftsOf,
  emptyDraft,
  isFull,
  nextId,
  readDraft,
  storedDraft,
  type Typed,
} from './criteriaDraft.ts'
import { CriteriaList, nameFieldOf } from './criteriaList.tsx'
import { type CriteriaForm, fieldIdOf, GateFields, Line } from './criterionFields.tsx'
import { ScoreCalculator } from './scoreCalculator.tsx'
import { ScoreFormula } from './scoreFormula.tsx'

/** What a scoring asks instead of interest and quality, and how its answers become a score. */
export function CriteriaPage(_: PageProps) {
  const read = allAnswered({
    preferences: useReading('preferences/read', {}),
    readyMade: useReading('profile/criteria', {}),
  })
  if (read.kind !== 'there') return <Unread answer={read} />
  return (
    <>
      <WorkspaceProfileNotice />
      <CriteriaEditor {...read.value} />
      <RerunSection />
    </>
  )
}

interface CriteriaEditorProps {
  preferences: Preferences
  readyMade: readonly ReadyMadeCriteria[]
}

function CriteriaEditor({ preferences, readyMade }: CriteriaEditorProps) {
  const editor = useCriteriaEditor(preferences)
  const { form, shown, typed, draft, edit } = editor
  const { id } = form
  const { criteria } = shown
  return (
    <>
      <section aria-labelledby={`${id}-title`}>
        <h2 id={`${id}-title`}>{l10n.t('What a scoring asks')}</h2>
        <p>{describeAsked(criteria.length)}</p>
        <CriteriaList
          form={form}
          criteria={criteria}
          open={editor.open}
          onOpen={editor.setOpen}
          onChange={(next) => edit({ criteria: next })}
          addId={`${id}-add`}
        />
        <div class="actions">
          <Button id={`${id}-add`} disabled={isFull(criteria)} onClick={editor.add}>
            {l10n.t('Add a criterion')}
          </Button>
        </div>
        <ReadyMade
          id={`${id}-set`}
          sets={readyMade}
          onTake={(taken) => edit({ criteria: draftsOf(taken.criteria, nextId(criteria)) })}
        />
        <h3>{l10n.t('Score')}</h3>
        {criteria.length > 0 ? (
          <Line
            form={form}
            path="score.to"
            label={l10n.t('Highest score')}
            value={shown.to}
            isNumber
            onInput={(to) => edit({ to })}
            hint={l10n.t('1 to 20; the score goes from 0 to it.')}
          />
        ) : null}
        {typed ? <ScoreFormula {...typed} /> : null}
        {typed ? <ScoreCalculator id={`${id}-example`} criteria={typed.criteria} score={typed.score} /> : null}
        <h3>{l10n.t('Language')}</h3>
        <Line
          form={form}
          path="language"
          label={l10n.t('Language of reasons and suggestions')}
          value={shown.language}
          onInput={(language) => edit({ language })}
          hint={l10n.t('By its English name, such as German. Empty: English.')}
        />
        <GateFields form={form} gate={shown.gate} onChange={(gate) => edit({ gate })} />
        <OtherProblems problems={form.problems} />
        <SaveCriteria editor={editor} updatedAt={preferences.updatedAt} />
      </section>
      <PromptPreviewSection preview={editor.preview} isDraft={draft !== null} isHeld={form.problems.length > 0} />
    </>
  )
}

function describeAsked(criteria: number): string {
  return criteria === 0
    ? l10n.t('Models rate interest and quality, each from 0 to 10. Criteria are questions of your own instead.')
    : l10n.t('Models answer these questions instead of rating interest and quality.')
}

/** The form with what is wrong in it, the criterion that is open, and what can be done. */
function useCriteriaEditor(preferences: Preferences) {
  const id = useId()
  const [draft, setDraft] = usePersistedState<CriteriaDraft | null>('criteria.draft', CriteriaDraft.nullable(), null)
  const [open, setOpen] = usePersistedState<number | null>('criteria.open', z.int().nullable(), null)
  const shown = draft ?? storedDraft(preferences)
  const { typed, problems } = readDraft(shown)
  const preview = usePreview('scoring', draftOfPreview(draft && typed), String(preferences.updatedAt))
  const saving = useSaving()
  // What only the server can tell, such as two names that are the same field.
  const previewed = preview.shown && !preview.shown.ok ? preview.shown.reason : null
  const told = typed ? problemsIn(saving.reason ?? previewed) : []
  const form: CriteriaForm = { id, problems: [...problems, ...told], isTried: saving.isTried }
  const edit = (part: Partial<CriteriaDraft>) => {
    saving.forget()
    setDraft({ ...shown, ...part })
  }
  const showFirst = ([first]: readonly Problem[]) => {
    const [, index] = /^criteria\[(\d+)\]/.exec(first?.path ?? '') ?? []
    const wrong = index === undefined ? undefined : shown.criteria[Number(index)]
    if (wrong) setOpen(wrong.id)
    const field = first ? fieldIdOf(form, first.path) : ''
    requestAnimationFrame(() => document.getElementById(field)?.focus())
  }
  return {
    ...{ form, shown, typed, draft, open, setOpen, preview, edit },
    reason: saving.reason,
    discard() {
      saving.forget()
      setDraft(undefined)
    },
    add() {
      const added = emptyDraft(nextId(shown.criteria))
      edit({ criteria: [...shown.criteria, added] })
      setOpen(added.id)
      const name = nameFieldOf(form, shown.criteria.length)
      requestAnimationFrame(() => document.getElementById(name)?.focus())
    },
    async save() {
      const wrong = await saving.save(typed, shown.basedOn)
      if (wrong === null) setDraft(undefined)
      else showFirst(typed ? wrong : problems)
    },
  }
}

function SaveCriteria({
  editor: { draft, reason, discard, edit, save },
  updatedAt,
}: {
  editor: ReturnType<typeof useCriteriaEditor>
  updatedAt: string | null
}) {
  const isTold = reason === null || problemsIn(reason).length > 0
  return (
    <>
      {reason?.code === 'conflict' ? (
        <ChangedElsewhere onTake={discard} onKeep={() => edit({ basedOn: updatedAt })} />
      ) : null}
      {isTold || reason.code === 'conflict' ? null : <ReasonNotice reason={reason} />}
      <div class="actions">
        <Button look="primary" disabled={draft === null} onClick={() => void save()}>
          {l10n.t('Save criteria')}
        </Button>
        <Button disabled={draft === null} onClick={discard}>
          {l10n.t('Discard')}
        </Button>
      </div>
    </>
  )
}

/** What no field of the form is about, such as a prompt that cannot be asked together with criteria. */
function OtherProblems({ problems }: Pick<CriteriaForm, 'problems'>) {
  const other = problems.filter(({ path }) => !/^(criteria\[|score|language|gate)/.test(path))
  if (other.length === 0) return null
  return (
    <Notice look="error">
      {other.map((problem) => (
        <p key={problem.path}>{`${problem.path}: ${describeProblem(problem)}`}</p>
      ))}
    </Notice>
  )
}

interface ReadyMadeProps {
  id: string
  sets: readonly ReadyMadeCriteria[]
  onTake(set: ReadyMadeCriteria): void
}

/** Criteria that come with the product, to begin with: they replace what is in the form, and nothing is saved. */
function ReadyMade({ id, sets, onTake }: ReadyMadeProps) {
  const { announce } = usePage()
  const [chosen, choose] = useState(sets[0]?.name ?? '')
  const set = sets.find(({ name }) => name === chosen)
  return (
    <div class="ready-made">
      <Dropdown
        id={id}
        label={l10n.t('Ready-made criteria')}
        value={chosen}
        options={sets.map(({ name, criteria }) => ({
          value: name,
          label: `${name}: ${criteria.map((criterion) => criterion.name).join(', ')}`,
        }))}
        onInput={choose}
      />
      <Button
        onClick={() => {
          if (!set) return
          onTake(set)
          announce(l10n.t('The criteria "{0}" are in the form and not saved yet.', set.name))
        }}
      >
        {l10n.t('Use these')}
      </Button>
    </div>
  )
}

function useSaving() {
  const { host, announce } = usePage()
  const [reason, setReason] = useState<Reason | null>(null)
  const [isTried, setTried] = useState(false)
  return {
    reason,
    isTried,
    forget: () => setReason(null),
    /** Null: it is saved; else what the server has against it, or nothing where that is not about a field. */
    async save(typed: Typed | null, basedOn: string | null): Promise<readonly Problem[] | null> {
      setTried(true)
      if (!typed) return []
      const saved = await host.request('preferences/save', { ...typed, ifUpdatedAt: basedOn })
      setReason(saved.ok ? null : saved.reason)
      if (!saved.ok) return problemsIn(saved.reason)
      setTried(false)
      announce(l10n.t('Criteria saved. Existing results stay as they are.'))
      return null
    },
  }
}

function problemsIn(reason: Reason | null): readonly Problem[] {
  return reason?.code === 'profile_invalid' ? reason.problems : []
}

function draftOfPreview(typed: Typed | null): PromptDraft {
  return typed ? { criteria: typed.criteria, score: typed.score, language: typed.language } : {}
}
