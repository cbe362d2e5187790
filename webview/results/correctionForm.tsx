import * as l10n from '@vscode/l10n'
import { useId, useState } from 'preact/hooks'
import type { CriteriaValues, Criterion } from '../../protocol/criteria.ts'
import type { RunItem } from '../../protocol/resultQueries.ts'
import type { HumanLabel, ResultRecord } from '../../protocol/results.ts'
import { useBorrowedFocus } from '../parts/confirmDialog.tsx'
import { Notice } from '../parts/notice.tsx'
import { Button, Checkbox, Dropdown } from '../toolkit.tsx'
import { formatCategories, formatCriterion, formatValue, ownValue, valuesOf } from './describeResult.ts'
import { useResults } from './resultsContext.ts'

/** What a person is about to say of a result; null: nothing, so that the model's word stands. */
type CorrectionDraft = Pick<HumanLabel, 'categories' | 'interest' | 'quality'> & {
  /** By name; one that is not there is not said. */
  criteria: CriteriaValues
}

/** As the contract has it. */
const mostCategories = 4

function draftOf({ human }: Pick<ResultRecord, 'human'>): CorrectionDraft {
  return {
    categories: human?.categories ?? null,
    interest: human?.interest ?? null,
    quality: human?.quality ?? null,
    criteria: human?.criteria ?? {},
  }
}

/** Those that were chosen before stay in their order: the first one fits best. */
function toggleCategory(
  draft: CorrectionDraft,
  { categories }: Pick<ResultRecord, 'categories'>,
  name: string,
  isOn: boolean,
): CorrectionDraft {
  const others = (draft.categories ?? categories ?? []).filter((each) => each !== name)
  return { ...draft, categories: isOn ? [...others, name] : others }
}

/** Why it cannot be saved; null: it can. */
function problemOf({ categories, interest, quality, criteria }: CorrectionDraft): string | null {
  if (categories === null && interest === null && quality === null && Object.keys(criteria).length === 0) {
    return l10n.t('Choose something first: categories, interest or quality.')
  }
  return categories !== null && categories.length > mostCategories ? l10n.t('At most four categories.') : null
}

/** `problem`: why the last save did nothing; null: nothing is wrong. */
type State = { kind: 'editing'; problem: string | null } | { kind: 'saving' }

interface CorrectionFormProps {
  item: RunItem
  /** It is over: saved, taken back or left. */
  onEnd(): void
}

/** What a person says of a result instead of the model, saved as a correction in the results file is. */
export function CorrectionForm({ item, onEnd }: CorrectionFormProps) {
  const { host, announce } = useResults()
  const { result, categories } = item
  const id = useId()
  const [draft, setDraft] = useState<CorrectionDraft>(() => draftOf(result))
  const [state, setState] = useState<State>({ kind: 'editing', problem: null })
  const place = { runId: result.runId, id: result.id, inputHash: result.inputHash }
  useBorrowedFocus(() =>
    document.getElementById(categories.length > 0 ? `${id}-category-0` : `${id}-interest`)?.focus(),
  )

  async function end(act: () => Promise<string | null>, sentence: string): Promise<void> {
    setState({ kind: 'saving' })
    const problem = await act()
    setState({ kind: 'editing', problem })
    if (problem !== null) return
    announce(sentence)
    onEnd()
  }

  function save(): void {
    const problem = problemOf(draft)
    if (problem !== null) return setState({ kind: 'editing', problem })
    // What was said before and is not any more is taken back.
    const criteria = { ...takenBack(result.human?.criteria), ...draft.criteria }
    void end(() => host.command('saveCorrection', { ...place, ...draft, criteria }), l10n.t('The correction is saved.'))
  }

  return (
    <form
      class="correction"
      aria-label={l10n.t('Correction of {0}', result.id)}
      onSubmit={(event) => {
        event.preventDefault()
        save()
      }}
      onKeyDown={(event) => {
        // A list that is open keeps its own Escape.
        if (event.key === 'Escape' && !event.defaultPrevented) onEnd()
        else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) save()
        else return
        event.preventDefault()
      }}
    >
      {categories.length > 0 ? <ChosenCategories id={id} item={item} draft={draft} onChange={setDraft} /> : null}
      <Scored id={id} item={item} draft={draft} onChange={setDraft} />
      {state.kind === 'editing' && state.problem !== null ? <Notice look="error">{state.problem}</Notice> : null}
      <div class="actions">
        <Button look="primary" disabled={state.kind === 'saving'} onClick={save}>
          {l10n.t('Save the correction')}
        </Button>
        {result.human ? (
          <Button
            disabled={state.kind === 'saving'}
            onClick={() =>
              void end(() => host.command('removeCorrection', place), l10n.t('The correction is removed.'))
            }
          >
            {l10n.t('Remove the correction')}
          </Button>
        ) : null}
        <Button onClick={onEnd}>{l10n.t('Cancel')}</Button>
      </div>
    </form>
  )
}

interface ChosenProps {
  id: string
  item: RunItem
  draft: CorrectionDraft
  onChange(draft: CorrectionDraft): void
}

function ChosenCategories({ id, item: { result, categories }, draft, onChange }: ChosenProps) {
  const chosen = draft.categories ?? result.categories ?? []
  return (
    <fieldset class="choices" aria-describedby={`${id}-chosen`}>
      <legend>{l10n.t('Categories, the best one first; none if no category fits')}</legend>
      {categories.map(({ name, parent }, index) => (
        <Checkbox
          key={name}
          id={`${id}-category-${index}`}
          checked={chosen.includes(name)}
          onChange={(isOn) => onChange(toggleCategory(draft, result, name, isOn))}
        >
          {parent === null ? name : l10n.t('{0} ({1})', name, parent)}
        </Checkbox>
      ))}
      <p class="chosen" id={`${id}-chosen`} role="status">
        {draft.categories === null
          ? l10n.t('As the model said: {0}', formatCategories(result.categories))
          : l10n.t('Corrected: {0}', formatCategories(draft.categories))}
      </p>
      {draft.categories === null ? null : (
        <Button onClick={() => onChange({ ...draft, categories: null })}>{l10n.t('Leave it to the model')}</Button>
      )}
    </fieldset>
  )
}

/** The profile's own criteria, or interest and quality. */
function Scored({ id, item: { result, criteria }, draft, onChange }: ChosenProps) {
  if (criteria) {
    const fields = criteria.map((criterion, index) => (
      <CriterionField
        key={criterion.name}
        id={`${id}-criterion-${index}`}
        criterion={criterion}
        result={result}
        said={draft.criteria}
        onInput={(said) => onChange({ ...draft, criteria: said })}
      />
    ))
    return <div class="filter-line">{fields}</div>
  }
  return (
    <div class="filter-line">
      <Points
        id={`${id}-interest`}
        label={l10n.t('Interest')}
        value={draft.interest}
        model={result.interest}
        onInput={(interest) => onChange({ ...draft, interest })}
      />
      <Points
        id={`${id}-quality`}
        label={l10n.t('Quality')}
        value={draft.quality}
        model={result.quality}
        onInput={(quality) => onChange({ ...draft, quality })}
      />
    </div>
  )
}

function takenBack(criteria: CriteriaValues | null | undefined): Record<string, null> {
  return Object.fromEntries(Object.keys(criteria ?? {}).map((name) => [name, null]))
}

interface CriterionFieldProps {
  id: string
  criterion: Criterion
  result: ResultRecord
  said: CriteriaValues
  onInput(said: CriteriaValues): void
}

function CriterionField({ id, criterion, result, said, onInput }: CriterionFieldProps) {
  const { name } = criterion
  const isKnown = ownValue(result.criteria, name) !== undefined
  const model = formatCriterion({ criteria: result.criteria }, name)
  const leave = { value: '', label: isKnown ? l10n.t('As the model said: {0}', model) : l10n.t('Not said') }
  const values = valuesOf(criterion)
  const chosen = values.indexOf(ownValue(said, name) ?? '')
  return (
    <Dropdown
      id={id}
      label={name}
      value={chosen < 0 ? '' : String(chosen)}
      options={[leave, ...values.map((value, place) => ({ value: String(place), label: formatValue(value) }))]}
      onInput={(typed) => {
        const value = typed === '' ? undefined : values[Number(typed)]
        const { [name]: _, ...others } = said
        onInput(value === undefined ? others : { ...others, [name]: value })
      }}
    />
  )
}

interface PointsProps {
  id: string
  label: string
  /** Null: the model's word stands. */
  value: number | null
  model: number | null
  onInput(points: number | null): void
}

function Points({ id, label, value, model, onInput }: PointsProps) {
  const leave = { value: '', label: model === null ? l10n.t('Not said') : l10n.t('As the model said: {0}', model) }
  const points = Array.from({ length: 11 }, (_, each) => ({ value: String(10 - each), label: String(10 - each) }))
  return (
    <Dropdown
      id={id}
      label={label}
      value={value === null ? '' : String(value)}
      options={[leave, ...points]}
      onInput={(typed) => onInput(typed === '' ? null : Number(typed))}
    />
  )
}
