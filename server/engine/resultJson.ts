import { tasks } from '../../protocol/names.ts'
import type { ItemError, ResultRecord } from '../../protocol/results.ts'
import { blockingCategory, compositeScore } from '../domain/compositeScore.ts'
import type { CategoryVerdict, CompiledProfile, ScoreVerdict } from '../domain/work.ts'

interface Subject {
  runId: string
  id: string
  inputHash: string
  /** Right behind the hash, where a result that is taken over gets those of its own item. */
  source?: string
  preview?: string
  addressesJudge?: true
}

interface Receipts {
  categorization?: string | undefined
  scoring?: string | undefined
}

/** The result record as JSON. Receipts come as JSON already, because the items of a call share most of theirs. */
export function judgedResult(
  subject: Subject,
  verdicts: { category: CategoryVerdict | null; score: ScoreVerdict | null },
  receipts: Receipts,
  options: { profile: CompiledProfile; wantsScore: boolean },
): string {
  const { category, score } = verdicts
  const { profile, wantsScore } = options
  const blockedBy = wantsScore && category ? blockingCategory(category.categories, profile) : null
  const composite =
    blockedBy === null && score
      ? compositeScore({ ...score, categories: category?.categories ?? null }, profile).score
      : null
  return resultJson(
    {
      ...subject,
      status: 'ok',
      ...categoryFields(category),
      interest: score?.interest ?? null,
      quality: score?.quality ?? null,
      ...(score?.criteria ? { criteria: score.criteria } : {}),
      reasoning: score?.reasoning ?? null,
      ...evidenceOf(category, score),
      score: blockedBy === null ? composite : 0,
      blockedBy,
      error: null,
    },
    receipts,
  )
}

/** What was found out before the failure stays in the record. */
export function failedResult(
  subject: Subject,
  status: 'failed' | 'skipped',
  error: ItemError,
  category: CategoryVerdict | null = null,
  receipts: Receipts = {},
): string {
  const fields = { interest: null, quality: null, reasoning: null, score: null, blockedBy: null }
  return resultJson({ ...subject, status, ...categoryFields(category), ...fields, error }, receipts)
}

function evidenceOf(category: CategoryVerdict | null, score: ScoreVerdict | null): Pick<ResultRecord, 'evidence'> {
  const evidence = {
    ...(category?.evidence === undefined ? {} : { categories: category.evidence }),
    ...(score?.evidence ? { criteria: score.evidence } : {}),
  }
  return Object.keys(evidence).length > 0 ? { evidence } : {}
}

function categoryFields(category: CategoryVerdict | null) {
  return {
    categories: category?.categories ?? null,
    confidence: category?.confidence ?? null,
    ...(category?.probabilities ? { probabilities: category.probabilities } : {}),
    suggested: category?.suggested ?? null,
  }
}

function resultJson(fields: object, receipts: Receipts): string {
  const parts = tasks.flatMap((task) => (receipts[task] === undefined ? [] : [`"${task}":${receipts[task]}`]))
  return `${JSON.stringify(fields).slice(0, -1)},"receipts":{${parts.join(',')}}}`
}
