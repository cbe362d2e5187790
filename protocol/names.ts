import * as z from 'zod'

/** The two things that can be asked of an item. */
export const tasks = ['categorization', 'scoring'] as const
export const Task = z.enum(tasks)
export type Task = z.infer<typeof Task>

/** The slug of one configured provider, such as `ollama` or `openai-work`. */
export const ProviderId = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, 'lower-case letters, digits, ".", "_" or "-"')

/** The name of a gateway, which is its id, too. */
export const GatewayId = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, 'lower-case letters, digits, ".", "_" or "-"')

/** A stable name for a provider's model. */
export const AliasName = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, 'lower-case letters, digits, ".", "_" or "-"')

/** Whose the token is that issues of GitHub are fetched with. */
export const githubHolder = 'source:github'

/** Whose a key is: a provider's, the admin key of a gateway, or GitHub's. No provider can be called like the others. */
export const KeyHolder = z.union([
  ProviderId,
  z.string().regex(/^gateway:[a-z0-9][a-z0-9._-]{0,62}$/),
  z.literal(githubHolder),
])

export function keyHolderOf(gateway: string): string {
  return `gateway:${gateway}`
}

/** The gateway whose admin key it is; null: a provider's. */
export function gatewayOfHolder(holder: string): string | null {
  return holder.startsWith('gateway:') ? holder.slice('gateway:'.length) : null
}

/** What a provider speaks, such as `ollama`. Open on purpose: only the registry knows which kinds exist. */
export const KindId = z.string().regex(/^[a-z][a-z0-9-]{0,30}$/)

/** A model's name as its provider spells it. */
export const ModelId = z.string().min(1).max(256)

/** Run ids sort by the time they were started. */
export const RunId = z.string().regex(/^[0-9a-z][0-9a-z-]{7,63}$/)

/** Evaluation ids sort by the time they were started, as run ids do. */
export const EvaluationId = z.string().regex(/^[0-9a-z][0-9a-z-]{7,63}$/)

/** The slug of a category: unique over both levels of the tree. */
export const CategorySlug = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/)

const name = z.string().trim().min(1).max(80)
/** A name that somebody gives: well-formed, no control characters, nothing that turns the text around, and something to see. */
export const givenName = name.refine(
  (text) =>
    text === '' ||
    (text.isWellFormed() &&
      !/[\p{Cc}\u202A-\u202E\u2066-\u2069\u{E0000}-\u{E007F}]/u.test(text) &&
      /[^\p{Cf}\p{Z}\u115F\u1160\u2800\u3164\uFFA0]/u.test(text)),
  'a name that can be read',
)

/** An instant as ISO 8601 in UTC. */
export const Instant = z.iso.datetime()

export const maxPageRows = 100

/** Asks for a page: at most `limit` rows after `cursor`; no cursor means from the start. */
export const PageRequest = z.object({
  cursor: z.string().max(200).nullish(),
  limit: z.int().min(1).max(maxPageRows).default(maxPageRows),
})

/** A page of rows in a stable order. `next` is the cursor of the following page, null on the last one. */
export function pageOf<Row extends z.ZodType>(row: Row) {
  return z.object({ rows: z.array(row), next: z.string().nullable() })
}
export type Page<Row> = { rows: Row[]; next: string | null }

export function assertNever(value: never): never {
  throw new Error(`Unexpected value: ${JSON.stringify(value)}`)
}

/** Whether a value that came from elsewhere is an object with names, and no list. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
