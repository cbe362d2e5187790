import { fail, type Outcome, succeed } from '../../protocol/outcome.ts'
import type { RunSpending } from '../runs/engine/runSpending.ts'
import { nanoPerUsd } from '../store/spendingTable.ts'

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
