import * as l10n from '@vscode/l10n'
import { useId } from 'preact/hooks'
import type { RunView } from '../../protocol/runs.ts'
import { SearchField } from '../parts/filterFields.tsx'
import { formatNumber } from '../parts/language.ts'
import { Button, Checkbox, TextField } from '../toolkit.tsx'
import { describeStatus, formatCategory } from './describeResult.ts'
import { type FilterDraft, filterOf, noFilter, readConfidence, readScore } from './filterDraft.ts'
import { useAnswer } from './resultsContext.ts'

const statuses = ['ok', 'failed', 'skipped'] as const

export interface FilterBarProps {
  run: RunView
  version: number
  draft: FilterDraft
  onChange(draft: FilterDraft): void
}

/** Which results are wanted. All that is said must be true of one. */
export function FilterBar({ run, version, draft, onChange }: FilterBarProps) {
  const id = useId()
  const summary = useAnswer('run/summary', { runId: run.runId }, version)
  const change = (part: Partial<FilterDraft>) => onChange({ ...draft, ...part })
  return (
    <search class="filter" aria-label={l10n.t('Filter')}>
      <div class="filter-line">
        <SearchField
          value={draft.search}
          mostCharacters={200}
          placeholder={l10n.t('In ids, categories and reasoning')}
          onInput={(search) => change({ search })}
        />
        <NumberFields id={id} draft={draft} change={change} />
        <fieldset class="choices">
          <legend>{l10n.t('Status')}</legend>
          {statuses.map((status) => (
            <Checkbox
              key={status}
              id={`${id}-${status}`}
              checked={draft.status.includes(status)}
              onChange={(isOn) => change({ status: toggle(draft.status, status, isOn) })}
            >
              {describeStatus(status)}
            </Checkbox>
          ))}
          <Checkbox
            id={`${id}-human`}
            checked={draft.changedByHuman}
            onChange={(changedByHuman) => change({ changedByHuman })}
          >
            {l10n.t('corrected by a person')}
          </Checkbox>
        </fieldset>
        {filterOf(draft) ? <Button onClick={() => onChange(noFilter)}>{l10n.t('Show all')}</Button> : null}
      </div>
      {summary.kind === 'there' && summary.value.byCategory.length > 0 ? (
        <CategoryChoice
          title={l10n.t('Categories')}
          offered={summary.value.byCategory}
          chosen={draft.categories}
          onChange={(categories) => change({ categories })}
        />
      ) : null}
    </search>
  )
}

function NumberFields({
  id,
  draft: { minScore, maxScore, belowConfidence },
  change,
}: {
  id: string
  draft: FilterDraft
  change(part: Partial<FilterDraft>): void
}) {
  return (
    <>
      <NumberField
        id={`${id}-min`}
        label={l10n.t('Score from')}
        value={minScore}
        problem={problemOfScore(minScore)}
        onInput={(typed) => change({ minScore: typed })}
      />
      <NumberField
        id={`${id}-max`}
        label={l10n.t('Score to')}
        value={maxScore}
        problem={problemOfScore(maxScore)}
        onInput={(typed) => change({ maxScore: typed })}
      />
      <NumberField
        id={`${id}-confidence`}
        label={l10n.t('Confidence below')}
        placeholder={formatNumber(0.6, { most: 1 })}
        value={belowConfidence}
        problem={problemOfConfidence(belowConfidence)}
        onInput={(typed) => change({ belowConfidence: typed })}
      />
    </>
  )
}

function problemOfScore(typed: string): string | null {
  return typed.trim() === '' || readScore(typed) !== null ? null : l10n.t('A score is from 0 to 20.')
}

function problemOfConfidence(typed: string): string | null {
  return typed.trim() === '' || readConfidence(typed) !== null
    ? null
    : l10n.t('A confidence is from 0 to 1, or in percent.')
}

interface NumberFieldProps {
  id: string
  label: string
  placeholder?: string
  value: string
  /** What is wrong with what is typed; null: nothing. */
  problem: string | null
  onInput(value: string): void
}

function NumberField({ problem, ...field }: NumberFieldProps) {
  const hint = `${field.id}-hint`
  return (
    <div class="score-field">
      <TextField
        {...field}
        inputMode="decimal"
        mostCharacters={20}
        isInvalid={problem !== null}
        describedBy={problem === null ? [] : [hint]}
      />
      {problem === null ? null : (
        <p id={hint} class="problem">
          {problem}
        </p>
      )}
    </div>
  )
}

function toggle<Each>(all: readonly Each[], one: Each, isOn: boolean): Each[] {
  const others = all.filter((each) => each !== one)
  return isOn ? [...others, one] : others
}

/** More names than these are no choice; what is searched for finds the others. */
const mostCategories = 60

interface CategoryChoiceProps {
  title: string
  /** With how many items have it. Null: fits nowhere. */
  offered: readonly { category: string | null; items: number }[]
  /** The empty name: fits nowhere. */
  chosen: readonly string[]
  onChange(chosen: string[]): void
}

/** Several categories, at least one of which an item must have. Closed, it shows what is chosen. */
export function CategoryChoice({ title, offered, chosen, onChange }: CategoryChoiceProps) {
  const id = useId()
  return (
    <details class="categories-choice">
      <summary>
        {chosen.length === 0
          ? title
          : l10n.t('{0}: {1}', title, chosen.map((name) => formatCategory(name || null)).join(', '))}
      </summary>
      <fieldset class="choices">
        <legend class="unseen">{title}</legend>
        {offered.slice(0, mostCategories).map(({ category, items }, index) => (
          <Checkbox
            key={category ?? ''}
            id={`${id}-${index}`}
            checked={chosen.includes(category ?? '')}
            onChange={(isOn) => {
              const others = chosen.filter((each) => each !== (category ?? ''))
              onChange(isOn ? [...others, category ?? ''] : others)
            }}
          >
            {l10n.t('{0} ({1})', formatCategory(category), formatNumber(items))}
          </Checkbox>
        ))}
      </fieldset>
    </details>
  )
}
