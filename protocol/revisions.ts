import * as z from 'zod'
import { PageRequest, RunId } from './names.ts'
import { ResultFilter } from './resultQueries.ts'
import { ResultRecord } from './results.ts'
import { RunView } from './runs.ts'

/** A run as one revision of its source's results: counted from 1, and at most one of a source is kept. */
export const Revision = z.object({ number: z.int().positive(), isKept: z.boolean(), run: RunView })
export type Revision = z.infer<typeof Revision>

/** What is kept now; `resultsPath` was written again from it. Null: it has none. */
export const KeptRevision = Revision.extend({ resultsPath: z.string().nullable() })
export type KeptRevision = z.infer<typeof KeptRevision>

/** Removing a run that was kept makes the one before the kept one; null: the removed one was not, or none is left. */
export const RemovedRun = KeptRevision.nullable()
export type RemovedRun = z.infer<typeof RemovedRun>

/**
 * new, gone: the item is in one of the two only. status: judged in one and not in the other. labels: other categories. score:
 * another score, or interest or quality. text: the item has the same id and another text.
 */
export const ResultChange = z.enum(['new', 'gone', 'status', 'labels', 'score', 'text'])
export type ResultChange = z.infer<typeof ResultChange>

/** The two need not be of one source: items are the same by their id, else by their content. */
export const RevisionPair = z.object({ from: RunId, to: RunId })
export type RevisionPair = z.infer<typeof RevisionPair>

const categories = z.array(z.string().max(200)).min(1).max(100).optional()

/** Which items of two runs are wanted: all that is said must be true of one. */
export const RevisionFilter = z.object({
  /** With one of these changes. */
  only: z.array(ResultChange).min(1).optional(),
  /** Whose first category, the one that fits best, was one of these. The empty name stands for items that fit nowhere. */
  fromCategories: categories,
  /** The same of what it is now. */
  toCategories: categories,
})
export type RevisionFilter = z.infer<typeof RevisionFilter>

export const RevisionCompareRequest = z.object({ ...RevisionPair.shape, ...RevisionFilter.shape })
export type RevisionCompareRequest = z.infer<typeof RevisionCompareRequest>

export const RevisionDiffRequest = z.object({
  ...RevisionPair.shape,
  ...RevisionFilter.shape,
  /** Only rows of which one side at least fits. */
  filter: ResultFilter.optional(),
  offset: z.int().min(0).optional(),
  ...PageRequest.shape,
})
export type RevisionDiffRequest = z.infer<typeof RevisionDiffRequest>

export const RevisionDiffRow = z.object({
  id: z.string(),
  /** The weightiest of `changes`, which are in falling order. */
  change: ResultChange,
  changes: z.array(ResultChange).min(1),
  before: ResultRecord.nullable(),
  after: ResultRecord.nullable(),
})
export type RevisionDiffRow = z.infer<typeof RevisionDiffRow>

/** Rows in the order of `to`, then what is gone in the order of `from`. Items that are as they were are in `same` alone. */
export const RevisionDiff = z.object({
  rows: z.array(RevisionDiffRow),
  next: z.string().nullable(),
  /** Rows that the request finds. */
  total: z.int(),
  /** Of all items, whatever the request finds; one may have several changes. */
  counts: z.object({
    new: z.int(),
    gone: z.int(),
    status: z.int(),
    labels: z.int(),
    score: z.int(),
    text: z.int(),
  }),
  same: z.int(),
})
export type RevisionDiff = z.infer<typeof RevisionDiff>

/** Of the items that the request finds. An item's category here is its first, the one that fits best. */
export const RevisionComparison = z.object({
  /** All items of each, and those in both that the request finds. */
  items: z.object({ from: z.int(), to: z.int(), both: z.int() }),
  /** Null: fits nowhere. Only items that both have categorized; most frequent cells first, at most 1000. */
  categories: z.array(z.object({ from: z.string().nullable(), to: z.string().nullable(), items: z.int() })),
  /** Items in cells that the table leaves out. */
  leftOut: z.int(),
  /** Items that both have categorized; those whose first category is another now; shares from 0 to 1, null without items. */
  agreement: z.object({
    items: z.int(),
    moved: z.int(),
    sameFirst: z.number().nullable(),
    /** Of the whole sets of categories. */
    sameSet: z.number().nullable(),
    /** Cohen's kappa of the first category: agreement beyond chance, 1 at most. Null where chance alone agrees always. */
    kappa: z.number().nullable(),
  }),
  /** Of items that both have scored: `to` less `from`. */
  score: z.object({
    items: z.int(),
    mean: z.number().nullable(),
    meanAbsolute: z.number().nullable(),
    /** By rounded points, from -20 to 20. */
    distribution: z.array(z.int()).length(41),
  }),
})
export type RevisionComparison = z.infer<typeof RevisionComparison>
