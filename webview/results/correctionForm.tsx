import * as l10n from '@vscode/l10n'
import { useEffect, useId, useState } from 'preact/hooks'
import { assertNever } from '../../protocol/names.ts'
import type { RunItem } from '../../protocol/resultQueries.ts'
import { Notice } from '../parts/notice.tsx'
import { Button, Checkbox, Dropdown } from '../toolkit.tsx'
import { type CorrectionDraft, type DraftProblem, draftOf, problemOf, toggleCategory } from './correctionDraft.ts'
import { useResults } from './resultsContext.ts'
import { tellCategories } from './resultWords.ts'

interface CorrectionFormProps {
  item: RunItem
  /** It is over: kept, taken back or left. */
  onEnd(): void
}

/** What a person says of a result instead of the model, kept as the correction in the file is. */
export function CorrectionForm({ item, onEnd }: CorrectionFormProps) {
  const { host, announce } = useResults()
  const { result, categories } = item
  const id = useId()
  const [draft, setDraft] = useState<CorrectionDraft>(() => draftOf(result))
  const [why, setWhy] = useState<string | null>(null)
  const [isBusy, setIsBusy] = useState(false)
  const place = { runId: result.runId, id: result.id, inputHash: result.inputHash }
  useFocusOn(categories.length > 0 ? `${id}-category-0` : `${id}-interest`)

  async function end(act: () => Promise<string | null>, sentence: string): Promise<void> {
    setIsBusy(true)
    const failed = await act()
    setIsBusy(false)
    setWhy(failed)
    if (failed !== null) return
    announce(sentence)
    onEnd()
  }

  function save(): void {
    const problem = problemOf(draft)
    if (problem !== null) return setWhy(tellProblem(problem))
    void end(() => host.command('saveCorrection', { ...place, ...draft }), l10n.t('The correction is kept.'))
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
      {categories.length > 0 ? <ChosenCategories {...{ id, item, draft, onChange: setDraft }} /> : null}
      <div class="filter-line">
        <Points
          id={`${id}-interest`}
          label={l10n.t('Interest')}
          value={draft.interest}
          model={result.interest}
          onInput={(interest) => setDraft({ ...draft, interest })}
        />
        <Points
          id={`${id}-quality`}
          label={l10n.t('Quality')}
          value={draft.quality}
          model={result.quality}
          onInput={(quality) => setDraft({ ...draft, quality })}
        />
      </div>
      {why !== null ? <Notice look="error">{why}</Notice> : null}
      <div class="actions">
        <Button look="primary" disabled={isBusy} onClick={save}>
          {l10n.t('Keep the correction')}
        </Button>
        {result.human ? (
          <Button
            disabled={isBusy}
            onClick={() =>
              void end(() => host.command('removeCorrection', place), l10n.t('The correction is taken back.'))
            }
          >
            {l10n.t('Take the correction back')}
          </Button>
        ) : null}
        <Button onClick={onEnd}>{l10n.t('Cancel')}</Button>
      </div>
    </form>
  )
}

/** The focus begins in the form, and goes back to where it came from. */
function useFocusOn(id: string): void {
  useEffect(() => {
    const before = document.activeElement
    document.getElementById(id)?.focus()
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus()
    }
  }, [])
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
          ? l10n.t('As the model said: {0}', tellCategories(result.categories))
          : l10n.t('Corrected: {0}', tellCategories(draft.categories))}
      </p>
      {draft.categories === null ? null : (
        <Button onClick={() => onChange({ ...draft, categories: null })}>{l10n.t('Leave it to the model')}</Button>
      )}
    </fieldset>
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

function tellProblem(problem: DraftProblem): string {
  switch (problem) {
    case 'nothing_said':
      return l10n.t('Choose something first: categories, interest or quality.')
    case 'too_many':
      return l10n.t('At most four categories.')
    default:
      return assertNever(problem)
  }
}
