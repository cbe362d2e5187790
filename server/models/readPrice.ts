import * as z from 'zod'
import { Price } from '../../protocol/models.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { problemOfIssue } from '../../shared/describe/issue.ts'
import { fail } from '../../shared/fail.ts'

/** A price as it was said, each problem with its path, `price.input`. Null and an empty one: none of one's own. */
export function readPrice(provider: string, said: unknown): Outcome<Price | null> {
  const parsed = z.object({ price: Price.nullable() }).safeParse({ price: said })
  if (parsed.success) {
    const { price } = parsed.data
    return succeed(price === null || Object.keys(price).length === 0 ? null : price)
  }
  const problems = parsed.error.issues.slice(0, 20).flatMap((issue) => problemOfIssue(issue, { price: said }))
  return fail({ code: 'config_invalid', provider, problems })
}
