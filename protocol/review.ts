import * as z from 'zod'
import { RunId } from './names.ts'
import { ItemRequest } from './resultQueries.ts'
import { ResultRecord, ReviewDoubt } from './results.ts'

const share = z.number().min(0).max(1)

/** `skipped`: left for later by the person who asks, so that others come before them. */
export const ReviewRequest = z.object({
  runId: RunId,
  skipped: z
    .array(z.object(ItemRequest.shape).omit({ runId: true }))
    .max(1000)
    .default([]),
  limit: z.int().min(1).max(100).default(1),
})
export type ReviewRequest = z.infer<typeof ReviewRequest>

/** `drawn`: by its doubt, or by chance from all items, so that what is known of them holds for those that nobody doubts, too. */
export const ReviewItem = z.object({
  result: ResultRecord,
  doubts: z.array(ReviewDoubt),
  drawn: z.enum(['doubt', 'chance']),
})
export type ReviewItem = z.infer<typeof ReviewItem>

/** About so many, and between so many and so many with 95 % (Wilson 1927, with Newcombe's correction for continuity). */
const about = z.object({
  about: z.number().nonnegative(),
  low: z.number().nonnegative(),
  high: z.number().nonnegative(),
})

/**
 * What is known after so many items. Who looks at doubtful items first finds more wrong ones than there are elsewhere, so their share says
 * nothing of the rest: each fifth item of the queue is the next of a seeded order of all items. The most doubtful items that were all seen
 * are known; for the rest, what was seen of the beginning of that order stands. A gap in it, where an item is left for later, ends the
 * beginning.
 */
export const ReviewState = z.object({
  /** That were categorized, whatever came of it. Only these can be reviewed. */
  items: z.int().nonnegative(),
  /** Of these: a person has said something of their categories. */
  seen: z.int().nonnegative(),
  /** Of those seen: the person said the same categories as the model. */
  right: z.int().nonnegative(),
  /** Of those seen: how many were drawn by chance, in the order of chance without a gap. */
  sample: z.int().nonnegative(),
  /** How many of all verdicts are right, those that a person corrected counting as wrong. Null: of the rest, fewer than 10 were drawn by chance. */
  agreement: z.object({ share, low: share, high: share }).nullable(),
  /** How many of the items that nobody has seen have a wrong verdict. Null: as above. */
  stillWrong: about.nullable(),
  /**
   * Whether more is worth while. all: everything was seen. good: with 95 % no more than 5 % of all items are still wrong. precise: the
   * agreement is known to 5 points each way, and more items would hardly change it. Null: go on.
   */
  enough: z.enum(['all', 'good', 'precise']).nullable(),
})
export type ReviewState = z.infer<typeof ReviewState>

/** The next items, the first of them to be looked at now; empty: all were seen or skipped. */
export const ReviewPage = z.object({ items: z.array(ReviewItem), state: ReviewState })
export type ReviewPage = z.infer<typeof ReviewPage>
