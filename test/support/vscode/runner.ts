import { strict as assert } from 'node:assert'
import { isDeepStrictEqual } from 'node:util'

/** One behaviour to check. Cases of a suite run one after the other, in order, in the same editor. */
export interface Case {
  name: string
  run(): Promise<void> | void
}

export interface CaseReport {
  name: string
  ms: number
  /** Null: it passed. */
  failure: string | null
}

/** Names and runs, in the order of writing. */
export function cases(table: Record<string, Case['run']>): Case[] {
  return Object.entries(table).map(([name, run]) => ({ name, run }))
}

/** A case that neither ends nor fails within this is a failure: something waits for what will never come. */
const deadlineMs = 360_000

export async function runCases(
  list: readonly Case[],
  onDone: (report: CaseReport) => Promise<void> | void,
): Promise<void> {
  for (const { name, run } of list) {
    const begun = performance.now()
    const failure = await inTime(run).then(
      () => null,
      (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error)),
    )
    await onDone({ name, ms: Math.round(performance.now() - begun), failure })
  }
}

async function inTime(run: Case['run']): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${deadlineMs} ms`)), deadlineMs)
  })
  try {
    await Promise.race([run(), tooLate])
  } finally {
    clearTimeout(timer)
  }
}

/** Waits until `look` gives something, and returns it. `what` names it in the failure. */
export async function until<Value>(
  what: string,
  look: () => Value | Promise<Value>,
  patienceMs = 90_000,
): Promise<NonNullable<Exclude<Value, false>>> {
  const end = performance.now() + patienceMs
  for (;;) {
    const seen = await look()
    if (seen !== undefined && seen !== null && seen !== false) return seen as NonNullable<Exclude<Value, false>>
    if (performance.now() > end) throw new Error(`waited in vain: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Waits until what is read is as expected: what a page shows is never read once. A failure says what was read last. */
export async function untilEqual<Value>(
  what: string,
  read: () => Promise<Value>,
  expected: Value,
  patienceMs = 90_000,
): Promise<void> {
  const end = performance.now() + patienceMs
  for (;;) {
    const seen = await read()
    if (isDeepStrictEqual(seen, expected)) return
    if (performance.now() > end) return assert.deepEqual(seen, expected, `waited in vain: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
