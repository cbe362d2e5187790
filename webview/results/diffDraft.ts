import * as z from 'zod'
import { ResultChange, type RevisionFilter } from '../../protocol/revisions.ts'

const names = z.array(z.string().max(200)).max(100)

/** Which items of two revisions are wanted, as it is typed and ticked; the empty name: fits nowhere. */
export const DiffDraft = z.object({
  search: z.string().max(200),
  only: z.array(ResultChange),
  fromCategories: names,
  toCategories: names,
})
export type DiffDraft = z.infer<typeof DiffDraft>

export const noDiffFilter: DiffDraft = { search: '', only: [], fromCategories: [], toCategories: [] }

/** What the server is asked for, without the words. */
export function revisionFilterOf({ only, fromCategories, toCategories }: DiffDraft): RevisionFilter {
  return {
    ...(only.length > 0 && { only }),
    ...(fromCategories.length > 0 && { fromCategories }),
    ...(toCategories.length > 0 && { toCategories }),
  }
}
