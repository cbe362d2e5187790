import * as z from 'zod'

/**
 * Results files of one source to put together, such as those of its shards: JSON Lines or JSON, absolute paths. They have to agree in
 * profile, prompts and, as far as they are shards, in their source and in how many there are: otherwise `source_invalid` of the first
 * file that does not.
 */
export const ResultMerge = z.object({
  inputs: z.array(z.string().min(1).max(4096)).min(1).max(10_000),
  output: z.object({ path: z.string().min(1).max(4096), format: z.enum(['jsonl', 'json', 'csv']) }),
})
export type ResultMerge = z.infer<typeof ResultMerge>

export const MergedPart = z.object({
  path: z.string(),
  /** Results that no file before it had. */
  items: z.int().nonnegative(),
  /** Of these: failed or skipped. */
  failed: z.int().nonnegative(),
  /** Null: it is not the file of a shard. `items`: how many the shard had when its run began; null: not known. */
  shard: z.object({ number: z.int(), of: z.int(), items: z.int().nonnegative().nullable() }).nullable(),
})
export type MergedPart = z.infer<typeof MergedPart>

export const MergedResults = z.object({
  path: z.string(),
  /** Results in the file, each item once. */
  items: z.int().nonnegative(),
  parts: z.array(MergedPart),
  /** Shards with items that no file is of, and how many items of the source no file has. Nothing: none is missing, or none is of a shard. */
  missing: z.object({ shards: z.array(z.int()), items: z.int().nonnegative() }),
  /** Items that came again, of which the first result counts. `differing`: another verdict. `first`: the ids of the first 20. */
  doubled: z.object({ items: z.int().nonnegative(), differing: z.int().nonnegative(), first: z.array(z.string()) }),
  /** `provider/model` of all that have answered. */
  models: z.array(z.string()),
})
export type MergedResults = z.infer<typeof MergedResults>
