import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ItemRequest, RunItem, RunItemRequest } from '../../protocol/resultQueries.ts'
import type { ResultRecord } from '../../protocol/results.ts'
import { correctedResult } from '../../shared/correctedResult.ts'
import { fail } from '../../shared/fail.ts'
import { compileProfile } from '../domain/compileProfile.ts'
import { categoryFactor } from '../domain/compositeScore.ts'
import { countedCriteria } from '../domain/criteria.ts'
import type { CompiledProfile } from '../domain/work.ts'
import { inputMark } from '../journal/readJournal.ts'
import type { OpenedResults } from './openedResults.ts'
import { readRecords } from './resultPage.ts'

type Wanted = Pick<ItemRequest, 'id' | 'inputHash'>

/** The number of an item among those of the run. Null: the run has no such result. Results of one text are few: only theirs are read. */
export async function findItem(opened: OpenedResults, { id, inputHash }: Wanted): Promise<number | null> {
  const { index, inputRest } = opened.columns
  const [mark, rest] = [inputMark(inputHash), inputMark(inputHash.slice(8))]
  const candidates = index.inOrder().filter((item) => index.input(item) === mark && inputRest(item) === rest)
  for (const item of candidates) {
    const [record] = await readRecords(opened, Uint32Array.of(item))
    if (record?.id === id) return item
  }
  return null
}

/** One result, where it stands in what the query finds, and what a person may say of it. Null: the run has no such result. */
export async function readItem(
  opened: OpenedResults,
  { filter, sort, ...wanted }: Omit<RunItemRequest, 'runId'>,
  signal?: AbortSignal,
): Promise<Outcome<RunItem | null>> {
  const item = await findItem(opened, wanted)
  if (item === null) return succeed(null)
  const items = await opened.find({ filter, sort }, signal)
  if (items === null) return fail({ code: 'cancelled' })
  const [result] = await readRecords(opened, Uint32Array.of(item))
  if (result === undefined) return succeed(null)
  const offset = items.indexOf(item)
  const { request, profile } = opened.header
  const compiled = compileProfile(profile)
  return succeed({
    result,
    offset: offset === -1 ? null : offset,
    categories: compiled.ok ? compiled.value.offered.map(({ name, parent }) => ({ name, parent })) : [],
    ...(profile.criteria ? { criteria: profile.criteria } : {}),
    ...(compiled.ok ? scorePartsOf(correctedResult(result), compiled.value) : {}),
    workspaceFolder: request.workspaceFolder ?? null,
  })
}

function scorePartsOf(
  { criteria, categories, score, blockedBy }: ResultRecord,
  { rubric, ...profile }: CompiledProfile,
): Pick<RunItem, 'scoreParts'> {
  if (!rubric || !criteria || score === null || blockedBy !== null) return {}
  const counted = countedCriteria(rubric.criteria, criteria)
  if (counted.length === 0) return {}
  return { scoreParts: { criteria: counted, factor: categoryFactor(categories ?? [], profile), to: rubric.to } }
}
