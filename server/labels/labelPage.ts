import type { Label, LabelFilter, LabelPageRequest, LabelView } from '../../protocol/labels.ts'
import { labelScore } from '../domain/compositeScore.ts'
import type { CompiledProfile } from '../domain/work.ts'
import type { GoldenSet } from './goldenStore.ts'

export const problemsTold = 100

/** Labels as they are shown, in the order of their lines; scores by the weights of the profile. */
export function pageOf(
  golden: GoldenSet,
  { filter, cursor, limit }: LabelPageRequest,
  profile: CompiledProfile | null,
) {
  const found = [...golden.labels.values()]
    .filter(({ label }) => fits(label, filter ?? {}))
    .sort((one, other) => one.line - other.line)
  const from = Number(cursor) || 0
  const rows = found.slice(from, from + limit).map(({ label, line }) => viewOf(label, line, profile))
  return {
    rows,
    next: from + limit < found.length ? String(from + limit) : null,
    total: found.length,
    path: golden.path,
    problems: golden.problems.slice(0, problemsTold),
  }
}

function fits({ id, source, text, categories, note }: Label, filter: LabelFilter): boolean {
  if (filter.categories) {
    const names: readonly string[] = categories?.length === 0 ? [''] : (categories ?? [])
    if (!filter.categories.some((name) => names.includes(name))) return false
  }
  if (filter.search === undefined) return true
  const words = filter.search.toLowerCase()
  return [id, source, text, ...(categories ?? []), note ?? ''].some((each) => each.toLowerCase().includes(words))
}

export function viewOf(label: Label, line: number, profile: CompiledProfile | null): LabelView {
  return { ...label, line, score: profile ? labelScore(label, null, profile).score : null }
}
