import * as z from 'zod'
import type { Database } from './database.ts'
import { decodeRow } from './decodeRow.ts'
import { readSpent } from './usageTable.ts'

/** Money is counted in thousand-millionths of a US dollar where sums have to be exact. */
export const nanoPerUsd = 1e9

/** What a process asks for of a provider's day. All amounts in nano dollars. */
export interface Reservation {
  day: string
  provider: string
  cap: number
  /** Less would be of no use. */
  atLeast: number
  /** Taken where it is left, so that not every call has to ask. */
  wished: number
}

/** `granted` is 0 where too little is left; `taken` is what was spent and set aside before, by whomever. */
export function reserveSpending(database: Database, wanted: Reservation): { granted: number; taken: number } {
  const { day, provider, cap, atLeast, wished } = wanted
  // Of a day that is over nothing is spent any more.
  database.run('DELETE FROM spending_reserved WHERE day < ? AND provider = ?', [day, provider])
  const row = database.get('SELECT nano_usd FROM spending_reserved WHERE day = ? AND provider = ?', [day, provider])
  const reserved = row ? decodeRow('spending_reserved', z.object({ nano_usd: z.int() }), row).nano_usd : 0
  const taken = Math.ceil(readSpent(database, day, provider) * nanoPerUsd) + reserved
  const left = cap - taken
  if (left < atLeast) return { granted: 0, taken }
  const granted = Math.min(left, Math.max(wished, atLeast))
  database.run(
    `INSERT INTO spending_reserved (day, provider, nano_usd) VALUES (?, ?, ?)
     ON CONFLICT (day, provider) DO UPDATE SET nano_usd = nano_usd + excluded.nano_usd`,
    [day, provider, granted],
  )
  return { granted, taken }
}

/** Gives back what was set aside: it was spent and is in the sums by now, or is not needed. */
export function releaseSpending(database: Database, day: string, provider: string, amount: number): void {
  database.run('UPDATE spending_reserved SET nano_usd = max(0, nano_usd - ?) WHERE day = ? AND provider = ?', [
    amount,
    day,
    provider,
  ])
}
