import * as l10n from '@vscode/l10n'
import { useId, useState } from 'preact/hooks'
import type { Criterion } from '../../protocol/criteria.ts'
import { formatNumber } from '../parts/language.ts'
import { Checkbox, TextField } from '../toolkit.tsx'
import { CategoryChip } from './categoryChip.tsx'
import { describeStatus, formatCategory, formatValue, valuesOf } from './describeResult.ts'
import {
  type CriterionDraft,
  type FilterDraft,
  noAnswer,
  readAnswer,
  readConfidence,
  readScore,
} from './filterDraft.ts'

const statuses = ['ok', 'failed', 'skipped'] as const

export interface FilterPartProps {
  id: string
  draft: FilterDraft
  change(part: Partial<FilterDraft>): void
}

export function StatusFilter({ id, draft, change }: FilterPartProps) {
  return (
    <fieldset class="choices">
      <legend>{l10n.t('Show only')}</legend>
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
      <Checkbox id={`${id}-waits`} checked={draft.waits} onChange={(waits) => change({ waits })}>
        {l10n.t('waiting in the review')}
      </Checkbox>
      <Checkbox id={`${id}-disagree`} checked={draft.disagree} onChange={(disagree) => change({ disagree })}>
        {l10n.t('where a second model differs')}
      </Checkbox>
      <Checkbox
        id={`${id}-addresses`}
        checked={draft.addressesJudge}
        onChange={(addressesJudge) => change({ addressesJudge })}
      >
        {l10n.t('whose text speaks to the judge')}
      </Checkbox>
    </fieldset>
  )
}

export function ScoreFilter({ id, draft: { minScore, maxScore }, change }: FilterPartProps) {
  return (
    <div class="filter-line">
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
    </div>
  )
}

export function ConfidenceFilter({ id, draft: { belowConfidence }, change }: FilterPartProps) {
  return (
    <NumberField
      id={`${id}-confidence`}
      label={l10n.t('Confidence below')}
      placeholder={formatNumber(0.6, { most: 1 })}
      value={belowConfidence}
      problem={problemOfConfidence(belowConfidence)}
      onInput={(typed) => change({ belowConfidence: typed })}
    />
  )
}

/** A range of a scale, or answers to tick. */
export function CriterionFilter({ id, draft, change, criterion }: FilterPartProps & { criterion: Criterion }) {
  const { name } = criterion
  const said = Object.hasOwn(draft.criteria, name) ? (draft.criteria[name] ?? noAnswer) : noAnswer
  const say = (part: Partial<CriterionDraft>) =>
    change({ criteria: { ...draft.criteria, [name]: { ...said, ...part } } })
  if (criterion.type === 'scale') {
    const { from, to } = criterion.scale
    const problemOf = (typed: string) =>
      typed.trim() === '' || readAnswer(typed) !== null
        ? null
        : l10n.t('It must be a whole number from {0} to {1}.', from, to)
    return (
      <div class="filter-line">
        <NumberField
          id={`${id}-from`}
          label={l10n.t('From')}
          value={said.min}
          problem={problemOf(said.min)}
          onInput={(min) => say({ min })}
        />
        <NumberField
          id={`${id}-to`}
          label={l10n.t('To')}
          value={said.max}
          problem={problemOf(said.max)}
          onInput={(max) => say({ max })}
        />
      </div>
    )
  }
  return (
    <fieldset class="choices">
      <legend>{l10n.t('Show only')}</legend>
      {valuesOf(criterion).map((value) => (
        <Checkbox
          key={String(value)}
          id={`${id}-${value}`}
          checked={said.values.includes(value)}
          onChange={(isOn) => say({ values: toggle(said.values, value, isOn) })}
        >
          {formatValue(value)}
        </Checkbox>
      ))}
    </fieldset>
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
/** From so many on, one is found faster by typing. */
const manyCategories = 12

/** Null: fits nowhere. */
interface Counted {
  category: string | null
  items: number
}

interface CategoryChoiceProps {
  title: string
  offered: readonly Counted[]
  /** The empty name: fits nowhere. */
  chosen: readonly string[]
  onChange(chosen: string[]): void
}

/** Several categories, at least one of which an item must have. Closed, it shows what is chosen. */
export function CategoryChoice(props: CategoryChoiceProps) {
  const { title, chosen } = props
  return (
    <details class="categories-choice">
      <summary>
        {chosen.length === 0
          ? title
          : l10n.t('{0}: {1}', title, chosen.map((name) => formatCategory(name || null)).join(', '))}
      </summary>
      <CategoryBoxes {...props} />
    </details>
  )
}

export function CategoryBoxes({ title, offered, chosen, onChange }: CategoryChoiceProps) {
  const id = useId()
  const [words, setWords] = useState('')
  const wanted = words.trim().toLowerCase()
  const found = offered.filter(({ category }) => formatCategory(category).toLowerCase().includes(wanted))
  return (
    <>
      {offered.length > manyCategories ? (
        <TextField
          id={`${id}-find`}
          label={l10n.t('Find a category')}
          value={words}
          mostCharacters={200}
          onInput={setWords}
        />
      ) : null}
      <fieldset class="choices">
        <legend class="unseen">{title}</legend>
        {found.slice(0, mostCategories).map(({ category, items }) => (
          <Checkbox
            key={category ?? ''}
            id={`${id}-${category ?? ''}`}
            checked={chosen.includes(category ?? '')}
            onChange={(isOn) => onChange(toggle(chosen, category ?? '', isOn))}
            label={l10n.t('{0} ({1})', formatCategory(category), formatNumber(items))}
          >
            {category === null ? formatCategory(null) : <CategoryChip name={category} />} ({formatNumber(items)})
          </Checkbox>
        ))}
      </fieldset>
    </>
  )
}
