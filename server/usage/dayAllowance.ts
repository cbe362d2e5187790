import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { fail } from '../../shared/fail.ts'
import { type Allowance, capToNano, createUnderWay, toNano, toUsd } from './allowance.ts'

/** Sets money aside for this process, of what all of them may spend together. Nano dollars; see spendingTable.ts. */
export type Reserve = (wanted: {
  cap: number
  atLeast: number
  wished: number
}) => Promise<Outcome<{ granted: number; taken: number }>>

/** What can go back with the next writing of the sums. */
export interface DayAllowance extends Allowance {
  /** Takes it out of this process's share; `undo` puts it back when it was not written. */
  takeReleasable(): { amount: number; undo(): void }
}

/** So that hardly one call in many has to write: money for several calls, or a small part of the cap. */
const callsAhead = 8
const shareOfCap = 0.01

/**
 * Of one provider and day. The share that this process has set aside always covers its calls under way and what it has spent since
 * the sums were written last: whatever the other processes do, and wherever one of them dies, the cap holds.
 */
export function createDayAllowance(reserve: Reserve): DayAllowance {
  /** Set aside by us and not given back yet: covers all the others. */
  let share = 0
  let unwritten = 0
  let reserving: Promise<Outcome<{ granted: number; taken: number }>> | null = null

  const underWay = createUnderWay((most, costUsd) => {
    // What nobody knows the cost of stays set aside until the day is over.
    if (costUsd === null) share -= most
    else unwritten += toNano(costUsd)
  })
  const free = (): number => share - underWay.amount() - unwritten

  /** One question at a time; who waits for another's answer looks again afterwards. */
  async function topUp(most: number, cap: number): Promise<Outcome<{ granted: number; taken: number }>> {
    const atLeast = most - free()
    const wished = Math.max(atLeast, most * callsAhead, Math.floor(cap * shareOfCap))
    reserving = reserve({ cap, atLeast, wished })
    const answer = await reserving.finally(() => {
      reserving = null
    })
    if (answer.ok) share += answer.value.granted
    return answer
  }

  return {
    async enter(mostUsd, capUsd, signal) {
      const most = toNano(mostUsd)
      while (!signal.aborted) {
        if (free() >= most) return succeed({ leave: underWay.grant(most) })
        if (reserving) {
          await reserving
          continue
        }
        const answer = await topUp(most, capToNano(capUsd))
        if (!answer.ok) return answer
        if (answer.value.granted > 0) continue
        if (underWay.isEmpty())
          return succeed({ refused: { spentUsd: toUsd(answer.value.taken - Math.max(0, free())) } })
        await underWay.wait(signal)
      }
      return fail({ code: 'cancelled' })
    },
    takeReleasable() {
      const spent = Math.min(unwritten, share)
      const idle = underWay.isEmpty() && reserving === null ? Math.max(0, share - unwritten) : 0
      const amount = spent + idle
      const hadUnwritten = unwritten
      unwritten = 0
      share -= amount
      return {
        amount,
        undo() {
          share += amount
          unwritten += hadUnwritten
        },
      }
    },
  }
}
