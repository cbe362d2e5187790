import * as z from 'zod'
import { Task } from './names.ts'

/** Fewer labels say little. */
const enoughLabels = z.int().min(1).max(100_000).default(30)

/** `accuracy`: share of items with exactly the right categories; `error`: mean error of the score, in points; over so many labels or more. */
export const ProfileGate = z.strictObject({
  categorization: z.strictObject({ accuracy: z.number().min(0).max(1), labels: enoughLabels }).optional(),
  scoring: z.strictObject({ error: z.number().min(0).max(20), labels: enoughLabels }).optional(),
})
export type ProfileGate = z.infer<typeof ProfileGate>

/** A figure that does not reach what the profile's gate wants: too few labels, accuracy too low, or error too high. */
export const GateMiss = z.object({
  task: Task,
  figure: z.enum(['labels', 'accuracy', 'error']),
  wanted: z.number(),
  /** Null: there is none. */
  found: z.number().nullable(),
})
export type GateMiss = z.infer<typeof GateMiss>
