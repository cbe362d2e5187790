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
import { type CriteriaForm, fieldIdOf, Line } from './criterionFields.tsx'
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
  const id = useId()
  const { draft, change, discard } = useCriteriaDraft()
  const [open, setOpen] = usePersistedState<number | null>('criteria.open', z.int().nullable(), null)
  const shown = draft ?? storedDraft(preferences)
  const { criteria } = shown
  const own = readDraft(shown)
  const preview = usePreview('scoring', draftOfPreview(draft && own.typed), String(preferences.updatedAt))
  const saving = useSaving()
  // What only the server can tell, such as two names that are the same field.
  const told = own.typed && preview.shown && !preview.shown.ok ? problemsIn(preview.shown.reason) : []
  const form: CriteriaForm = { id, problems: [...own.problems, ...told], isTried: saving.isTried }
  const edit = (part: Partial<CriteriaDraft>) => {
    saving.forget()
    change({ ...shown, ...part })
  }
  const save = async () => {
    const isSaved = await saving.save(form, own.typed, shown.basedOn)
    if (isSaved) discard()
    else setOpen(wrongOne(form, criteria) ?? open)
  }
  const add = () => {
    const added = emptyDraft(nextId(criteria))
    edit({ criteria: [...criteria, added] })
    setOpen(added.id)
    const name = nameFieldOf(form, criteria.length)
    requestAnimationFrame(() => document.getElementById(name)?.focus())
  }
  return (
    <>
      <section aria-labelledby={`${id}-title`}>
        <h2 id={`${id}-title`}>{l10n.t('What a scoring asks')}</h2>
        <p>
          {criteria.length === 0
            ? l10n.t('Models rate interest and quality, each from 0 to 10. Criteria are questions of your own instead.')
            : l10n.t('Models answer these questions instead of rating interest and quality.')}
        </p>
        <CriteriaList
          form={form}
          criteria={criteria}
          open={open}
          onOpen={setOpen}
          onChange={(next) => edit({ criteria: next })}
          addId={`${id}-add`}
        />
        <div class="actions">
          <Button id={`${id}-add`} disabled={isFull(criteria)} onClick={add}>
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
        {own.typed ? <ScoreFormula {...own.typed} /> : null}
        <h3>{l10n.t('Language')}</h3>
        <Line
          form={form}
          path="language"
          label={l10n.t('Language of reasons and suggestions')}
          value={shown.language}
          onInput={(language) => edit({ language })}
          hint={l10n.t('By its English name, such as German. Empty: English.')}
        />
        <OtherProblems problems={form.problems} />
        {saving.reason?.code === 'conflict' ? (
          <ChangedElsewhere
            onTake={() => {
              saving.forget()
              discard()
            }}
            onKeep={() => edit({ basedOn: preferences.updatedAt })}
          />
        ) : null}
        {saving.reason && saving.reason.code !== 'conflict' ? <ReasonNotice reason={saving.reason} /> : null}
        <div class="actions">
          <Button look="primary" disabled={draft === null} onClick={() => void save()}>
            {l10n.t('Save criteria')}
          </Button>
          <Button
            disabled={draft === null}
            onClick={() => {
              saving.forget()
              discard()
            }}
          >
            {l10n.t('Discard')}
          </Button>
        </div>
      </section>
      <PromptPreviewSection preview={preview} isDraft={draft !== null} isHeld={form.problems.length > 0} />
    </>
  )
}

/** What no field of the form is about, such as a prompt that cannot be asked together with criteria. */
function OtherProblems({ problems }: Pick<CriteriaForm, 'problems'>) {
  const other = problems.filter(({ path }) => !/^(criteria\[|score|language)/.test(path))
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

/** The half-filled form; null: nothing is typed. */
function useCriteriaDraft() {
  const [draft, setDraft] = usePersistedState<CriteriaDraft | null>('criteria.draft', CriteriaDraft.nullable(), null)
  return { draft, change: (next: CriteriaDraft) => setDraft(next), discard: () => setDraft(undefined) }
}

function useSaving() {
  const { host, announce } = usePage()
  const [reason, setReason] = useState<Reason | null>(null)
  const [isTried, setTried] = useState(false)
  return {
    reason,
    isTried,
    forget: () => setReason(null),
    /** False: it is not saved, and the first field that is wrong has the focus. */
    async save(form: CriteriaForm, typed: Typed | null, basedOn: string | null): Promise<boolean> {
      setTried(true)
      const [first] = form.problems
      if (!typed || first) {
        const field = first ? fieldIdOf(form, first.path) : ''
        requestAnimationFrame(() => document.getElementById(field)?.focus())
        return false
      }
      const saved = await host.request('preferences/save', { ...typed, ifUpdatedAt: basedOn })
      setReason(saved.ok ? null : saved.reason)
      if (!saved.ok) return false
      setTried(false)
      announce(l10n.t('Criteria saved. Existing results stay as they are.'))
      return true
    },
  }
}

function problemsIn(reason: Reason): readonly Problem[] {
  return reason.code === 'profile_invalid' ? reason.problems : []
}

/** The id of the criterion that the first problem is about; undefined: of none. */
function wrongOne({ problems }: CriteriaForm, criteria: CriteriaDraft['criteria']): number | undefined {
  const [, index] = /^criteria\[(\d+)\]/.exec(problems[0]?.path ?? '') ?? []
  return index === undefined ? undefined : criteria[Number(index)]?.id
}

function draftOfPreview(typed: Typed | null): PromptDraft {
  return typed ? { criteria: typed.criteria, score: typed.score, language: typed.language } : {}
}
