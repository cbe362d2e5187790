import { useEffect, useState } from 'preact/hooks'
import * as z from 'zod'
import { CriterionValue } from '../../protocol/criteria.ts'
import { type ResultFilter, type ResultQuery, ResultSort } from '../../protocol/resultQueries.ts'
import { usePersistedState } from '../state/persistedState.ts'

/** What is typed or ticked of one criterion. */
const CriterionDraft = z.object({
  min: z.string().max(20),
  max: z.string().max(20),
  values: z.array(CriterionValue).max(100),
})
export type CriterionDraft = z.infer<typeof CriterionDraft>

export const noAnswer: CriterionDraft = { min: '', max: '', values: [] }

/** What is typed and ticked; the scores are as they are typed. */
export const FilterDraft = z.object({
  search: z.string().max(200),
  status: z.array(z.enum(['ok', 'failed', 'skipped'])),
  categories: z.array(z.string().max(200)).max(100),
  minScore: z.string().max(20),
  maxScore: z.string().max(20),
  /** Absent in drafts that were stored before there was one. */
  belowConfidence: z.string().max(20).default(''),
  changedByHuman: z.boolean(),
  waits: z.boolean().default(false),
  disagree: z.boolean().default(false),
  addressesJudge: z.boolean().default(false),
  /** By name. */
  criteria: z.record(z.string(), CriterionDraft).default({}),
})
export type FilterDraft = z.infer<typeof FilterDraft>

export const noFilter: FilterDraft = {
  search: '',
  status: [],
  categories: [],
  minScore: '',
  maxScore: '',
  belowConfidence: '',
  changedByHuman: false,
  waits: false,
  disagree: false,
  addressesJudge: false,
  criteria: {},
}

/** `by`: the id of a column, of a criterion with its name. */
export const StoredSort = z.object({ by: z.string().max(100), descending: z.boolean() }).nullable()
export type StoredSort = z.infer<typeof StoredSort>

/** What is asked for; undefined: everything. A score or confidence that is none does not matter. */
export function filterOf(draft: FilterDraft): ResultFilter | undefined {
  const { search, status, categories, minScore, maxScore, belowConfidence, changedByHuman, waits, disagree } = draft
  const { addressesJudge } = draft
  const [least, most, bound] = [readScore(minScore), readScore(maxScore), readConfidence(belowConfidence)]
  const filter: ResultFilter = {
    ...(search.trim() && { search: search.trim() }),
    ...(status.length > 0 && { status }),
    ...(categories.length > 0 && { categories }),
    ...(least !== null && { minScore: least }),
    ...(most !== null && { maxScore: most }),
    ...(bound !== null && { belowConfidence: bound }),
    ...(changedByHuman && { changedByHuman }),
    ...(waits && { waits }),
    ...(disagree && { disagree }),
    ...(addressesJudge && { addressesJudge }),
    ...criteriaOf(draft.criteria),
  }
  return Object.keys(filter).length > 0 ? filter : undefined
}

function criteriaOf(drafts: FilterDraft['criteria']): Pick<ResultFilter, 'criteria'> {
  const wanted = Object.entries(drafts).flatMap(([name, { min, max, values }]) => {
    const [least, most] = [readAnswer(min), readAnswer(max)]
    const filter = {
      ...(least !== null && { min: least }),
      ...(most !== null && { max: most }),
      ...(values.length > 0 && { values }),
    }
    return Object.keys(filter).length > 0 ? [[name, filter] as const] : []
  })
  return wanted.length > 0 ? { criteria: Object.fromEntries(wanted) } : {}
}

/** A number of a scale. Null: nothing is typed, or it is none. */
export function readAnswer(typed: string): number | null {
  return /^\s*-?\d{1,4}\s*$/.test(typed) ? Number(typed) : null
}

/** The draft that asks for it; what drafts have no field for is left out. */
export function draftOf(filter: ResultFilter): FilterDraft {
  const {
    search = '',
    status = [],
    categories = [],
    minScore,
    maxScore,
    belowConfidence,
    changedByHuman = false,
    waits = false,
    disagree = false,
    addressesJudge = false,
    criteria = {},
  } = filter
  return {
    ...{ search, status, categories, changedByHuman, waits, disagree, addressesJudge },
    minScore: minScore === undefined ? '' : String(minScore),
    maxScore: maxScore === undefined ? '' : String(maxScore),
    belowConfidence: belowConfidence === undefined ? '' : String(belowConfidence),
    criteria: Object.fromEntries(
      Object.entries(criteria).map(([name, { min, max, values = [] }]) => [
        name,
        { min: min === undefined ? '' : String(min), max: max === undefined ? '' : String(max), values },
      ]),
    ),
  }
}

/** Null: nothing is typed, or it is no score. */
export function readScore(typed: string): number | null {
  const text = typed.trim().replace(',', '.')
  const score = Number(text)
  return text !== '' && score >= 0 && score <= 20 ? score : null
}

/** A part of 1, or percent as the table has them. Null: nothing is typed, or it is no confidence. */
export function readConfidence(typed: string): number | null {
  const [, digits = '', percent] = /^([\d.,]+)\s*(%?)$/.exec(typed.trim()) ?? []
  const share = Number(digits.replace(',', '.')) / (percent ? 100 : 1)
  return digits !== '' && share >= 0 && share <= 1 ? share : null
}

/** First down, where the highest figures come first; then up; then as in the source. */
export function nextSort(before: StoredSort, by: string): StoredSort {
  const downFirst = by !== 'id' && by !== 'status' && by !== 'category'
  if (before?.by !== by) return { by, descending: downFirst }
  return before.descending === downFirst ? { by, descending: !downFirst } : null
}

const criterionPrefix = 'criterion '

/** The id of the column of a criterion. */
export const criterionColumnId = (name: string) => `${criterionPrefix}${name}`

/** The name of the criterion that a column is of; null: of none. */
export function criterionOfColumn(id: string): string | null {
  return id.startsWith(criterionPrefix) ? id.slice(criterionPrefix.length) : null
}

/** As it is asked for. Undefined: in the order of the source, also for a column that is no more. */
function sortOf(sort: StoredSort): ResultSort | undefined {
  if (sort === null) return undefined
  const criterion = criterionOfColumn(sort.by)
  const { descending } = sort
  if (criterion !== null) return { by: 'criterion', criterion, descending }
  return ResultSort.safeParse(sort).data
}

/** While somebody types, the server is asked only after a pause. */
const restMs = 250

export interface RowQuery {
  /** What is typed and ticked. */
  draft: FilterDraft
  setDraft(draft: FilterDraft): void
  sort: StoredSort
  setSort(sort: StoredSort): void
  /** What of it counts by now. */
  query: ResultQuery
}

/** Which rows of a run are wanted, in which order. Stored, the filter for each run, whichever of its views is shown. */
export function useRowQuery(runId: string): RowQuery {
  const [draft, setDraft] = usePersistedState<FilterDraft>(`filter ${runId}`, FilterDraft, noFilter)
  const [sort, setSort] = usePersistedState<StoredSort>('sort', StoredSort, null)
  const [applied, setApplied] = useState(draft)
  useEffect(() => {
    const isTyped = draft.search !== applied.search && draft.search !== ''
    const timer = setTimeout(() => setApplied(draft), isTyped ? restMs : 0)
    return () => clearTimeout(timer)
  }, [draft])
  const filter = filterOf(applied)
  const asked = sortOf(sort)
  return { draft, setDraft, sort, setSort, query: { ...(filter && { filter }), ...(asked && { sort: asked }) } }
}
