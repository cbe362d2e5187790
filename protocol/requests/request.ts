import * as z from 'zod'
import { outcomeOf } from '../outcome.ts'

export type RequestRow = { params: z.ZodType; result: z.ZodType }

/** One row of the contract: what is asked, and the Outcome that answers. */
export function request<Params extends z.ZodType, Value extends z.ZodType>(params: Params, value: Value) {
  return { params, result: outcomeOf(value) }
}

/** Requests without parameters take `{}`, null or nothing. */
export const nothing = z.object({}).nullish()

/** The value of an answer that says no more than that it was done. */
export const none = z.null()

export const confirm = { confirm: z.boolean().optional() }
