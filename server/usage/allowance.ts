import { fail, type Outcome, succeed } from '../../protocol/outcome.ts'
import type { RunSpending } from '../runs/runs.ts'
import { nanoPerUsd } from '../store/usageTable.ts'

/** Leave to make one call. It has to be settled, once, whatever became of the call. */
export interface Leave {
  /** `costUsd` is what the call cost; null: nobody knows, so all that it may have cost counts as spent. */
  settle(costUsd: number | null): void
}

/** No call any more: the next one does not fit, with none under way. In US dollars. */
export interface Refusal {
  spentUsd: number
}

export type Entered = Outcome<{ leave: Leave } | { refused: Refusal }>

/** Money for calls: a call gets leave only when the most that it may cost fits beside all that was spent and is under way. */
export interface Allowance {
  /**
   * Waits while the call may still fit once those under way have turned out cheaper. `capUsd` may be another one at each call.
   * Fails with `cancelled` when the signal aborts, and where what is set aside cannot be kept.
   */
  enter(mostUsd: number, capUsd: number, signal: AbortSignal): Promise<Entered>
}

/** Calls cost whole nano dollars here, rounded up, and caps are rounded down: sums are exact and on the safe side. */
export function toNano(usd: number): number {
  return Math.ceil(usd * nanoPerUsd)
}

export function capToNano(usd: number): number {
  return Math.floor(usd * nanoPerUsd)
}

export function toUsd(nano: number): number {
  return nano / nanoPerUsd
}

/** Those who wait for calls under way to end. */
function createWaiters() {
  let waiting: (() => void)[] = []
  return {
    wake(): void {
      const woken = waiting
      waiting = []
      for (const resume of woken) resume()
    },
    /** Settles at the next `wake`, or when the signal aborts. */
    wait(signal: AbortSignal): Promise<void> {
      return new Promise((resolve) => {
        const resume = (): void => {
          signal.removeEventListener('abort', resume)
          resolve()
        }
        signal.addEventListener('abort', resume, { once: true })
        waiting.push(resume)
      })
    },
  }
}

/** Calls that have leave and are not settled yet, and those who wait for them. `onSettled` is told of each once. */
export function createUnderWay(onSettled: (most: number, costUsd: number | null) => void) {
  const waiters = createWaiters()
  let amount = 0
  let calls = 0
  return {
    /** What they may cost at the most, in nano dollars. */
    amount: () => amount,
    isEmpty: () => calls === 0,
    /** Settles when one of them is settled, or when the signal aborts. */
    wait: waiters.wait,
    grant(most: number): Leave {
      amount += most
      calls++
      let isSettled = false
      return {
        settle(costUsd) {
          if (isSettled) return
          isSettled = true
          amount -= most
          calls--
          onSettled(most, costUsd)
          waiters.wake()
        },
      }
    },
  }
}

/** Of one run. What is under way is kept as if it were spent, so that a killed run has not spent more than it remembers. */
export function createRunAllowance(spending: RunSpending): Allowance {
  let spent = toNano(spending.usd)
  const underWay = createUnderWay((most, costUsd) => {
    spent += costUsd === null ? most : toNano(costUsd)
    if (underWay.isEmpty()) void spending.keep(toUsd(spent))
  })

  return {
    async enter(mostUsd, capUsd, signal) {
      const most = toNano(mostUsd)
      while (!signal.aborted) {
        if (spent + underWay.amount() + most <= capToNano(capUsd)) {
          const leave = underWay.grant(most)
          await spending.keep(toUsd(spent + underWay.amount()))
          return succeed({ leave })
        }
        if (underWay.isEmpty()) return succeed({ refused: { spentUsd: toUsd(spent) } })
        await underWay.wait(signal)
      }
      return fail({ code: 'cancelled' })
    },
  }
}

/** Sets money aside for this process, of what all of them may spend together. Nano dollars; see spendingTable.ts. */
type Reserve = (wanted: {
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
