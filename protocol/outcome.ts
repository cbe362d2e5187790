import * as z from 'zod'
import { Reason } from './reasons.ts'

/** The result of something that may fail in a way we expect. Throwing is for bugs. */
export type Outcome<Value> = { ok: true; value: Value } | { ok: false; reason: Reason }

export function outcomeOf<Value extends z.ZodType>(value: Value) {
  return z.discriminatedUnion('ok', [
    z.object({ ok: z.literal(true), value }),
    z.object({ ok: z.literal(false), reason: Reason }),
  ])
}

export function succeed<Value>(value: Value): { ok: true; value: Value } {
  return { ok: true, value }
}
