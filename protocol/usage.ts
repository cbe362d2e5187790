import * as z from 'zod'
import { ModelId, PageRequest, ProviderId, tasks } from './names.ts'

/**
 * What a call was made for. test: a connection test, a probe or a measured vector; nothing of the user's was judged by it. thread: a
 * message of a conversation. embedding: vectors of a knowledge base, or of what is looked for in one.
 */
export const UsageTask = z.enum([...tasks, 'test', 'thread', 'embedding'])
export type UsageTask = z.infer<typeof UsageTask>

/** Days of usage, newest first, grouped as asked. Days are UTC dates, `2026-11-21`. */
export const UsageRequest = z.object({
  /** How many days back, today included. */
  days: z.int().min(1).max(3660).default(30),
  /** Empty: one sum of everything. */
  groupBy: z
    .array(z.enum(['day', 'provider', 'model', 'task']))
    .max(4)
    .default(['day', 'provider', 'model', 'task']),
  provider: ProviderId.optional(),
  ...PageRequest.shape,
})
export type UsageRequest = z.infer<typeof UsageRequest>

/**
 * Sums over one group; a field of the key is null when it is not grouped by. Counts are tokens.
 * Calls are those that were answered, or may have been: one that its provider refused costs nothing and is not counted.
 */
export const UsageRow = z.object({
  day: z.iso.date().nullable(),
  provider: ProviderId.nullable(),
  model: ModelId.nullable(),
  task: UsageTask.nullable(),
  calls: z.int().nonnegative(),
  /**
   * Of runs; what a test sends is made up. Where tasks are not told apart, items that both judged on a day count once: as many as the
   * task with most of them.
   */
  items: z.int().nonnegative(),
  input: z.int().nonnegative(),
  output: z.int().nonnegative(),
  cached: z.int().nonnegative(),
  reasoning: z.int().nonnegative(),
  /** Of the calls whose price is known. */
  costUsd: z.number().nonnegative(),
  /** Calls whose price or usage is not known: their cost is missing from `costUsd`, and tokens that were not reported from the counts. */
  unpricedCalls: z.int().nonnegative(),
})
export type UsageRow = z.infer<typeof UsageRow>

/** What of a row is summed up. */
export type UsageFigures = Omit<UsageRow, 'day' | 'provider' | 'model' | 'task'>
