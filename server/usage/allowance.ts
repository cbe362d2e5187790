import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { fail } from '../../shared/fail.ts'
import type { RunSpending } from '../engine/runSpending.ts'
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
function toNano(usd: number): number {
  return Math.ceil(usd * nanoPerUsd)
}

function capToNano(usd: number): number {
  return Math.floor(usd * nanoPerUsd)
}

function toUsd(nano: number): number {
  return nano / nanoPerUsd
}

/** Calls that have leave and are not settled yet, and those who wait for them. `onSettled` hears of each once. */
class CallsUnderWay {
  readonly #onSettled: (most: number, costUsd: number | null) => void
  #amount = 0
  #calls = 0
  #waiting: (() => void)[] = []

  constructor(onSettled: (most: number, costUsd: number | null) => void) {
    this.#onSettled = onSettled
  }

  /** What they may cost at the most, in nano dollars. */
  get amount(): number {
    return this.#amount
  }

  get isEmpty(): boolean {
    return this.#calls === 0
  }

  grant(most: number): Leave {
    this.#amount += most
    this.#calls++
    let isSettled = false
    return {
      settle: (costUsd) => {
        if (isSettled) return
        isSettled = true
        this.#amount -= most
        this.#calls--
        this.#onSettled(most, costUsd)
        this.#wake()
      },
    }
  }

  /** Settles when one of them is settled, or when the signal aborts. */
  wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const resume = (): void => {
        signal.removeEventListener('abort', resume)
        resolve()
      }
      signal.addEventListener('abort', resume, { once: true })
      this.#waiting.push(resume)
    })
  }

  #wake(): void {
    const woken = this.#waiting
    this.#waiting = []
    for (const resume of woken) resume()
  }
}

/** Of one run. What is under way is stored as if it were spent, so that a killed run has not spent more than it remembers. */
export class RunAllowance implements Allowance {
  readonly #spending: RunSpending
  readonly #underWay: CallsUnderWay
  #spent: number

  constructor(spending: RunSpending) {
    this.#spending = spending
    this.#spent = toNano(spending.usd)
    this.#underWay = new CallsUnderWay((most, costUsd) => {
      this.#spent += costUsd === null ? most : toNano(costUsd)
      if (this.#underWay.isEmpty) void spending.keep(toUsd(this.#spent))
    })
  }

  async enter(mostUsd: number, capUsd: number, signal: AbortSignal): Promise<Entered> {
    const most = toNano(mostUsd)
    while (!signal.aborted) {
      if (this.#spent + this.#underWay.amount + most <= capToNano(capUsd)) {
        const leave = this.#underWay.grant(most)
        await this.#spending.keep(toUsd(this.#spent + this.#underWay.amount))
        return succeed({ leave })
      }
      if (this.#underWay.isEmpty) return succeed({ refused: { spentUsd: toUsd(this.#spent) } })
      await this.#underWay.wait(signal)
    }
    return fail({ code: 'cancelled' })
  }
}

type Reserved = Outcome<{ granted: number; taken: number }>

/** Sets money aside for this process, of what all of them may spend together. Nano dollars; see usageTable.ts. */
type Reserve = (wanted: { cap: number; atLeast: number; preferred: number }) => Promise<Reserved>

/** So that hardly one call in many has to write: money for several calls, or a small part of the cap. */
const callsAhead = 8
const shareOfCap = 0.01

/**
 * Of one provider and day. The share that this process has set aside always covers its calls under way and what it has spent since
 * the sums were written last: whatever the other processes do, and wherever one of them dies, the cap holds.
 */
export class DayAllowance implements Allowance {
  readonly #reserve: Reserve
  readonly #underWay: CallsUnderWay
  /** Set aside by us and not given back yet: covers all the others. */
  #share = 0
  #unwritten = 0
  #reserving: Promise<Reserved> | null = null

  constructor(reserve: Reserve) {
    this.#reserve = reserve
    this.#underWay = new CallsUnderWay((most, costUsd) => {
      // What nobody knows the cost of stays set aside until the day is over.
      if (costUsd === null) this.#share -= most
      else this.#unwritten += toNano(costUsd)
    })
  }

  async enter(mostUsd: number, capUsd: number, signal: AbortSignal): Promise<Entered> {
    const most = toNano(mostUsd)
    while (!signal.aborted) {
      if (this.#free() >= most) return succeed({ leave: this.#underWay.grant(most) })
      if (this.#reserving) {
        await this.#reserving
        continue
      }
      const answer = await this.#topUp(most, capToNano(capUsd))
      if (!answer.ok) return answer
      if (answer.value.granted > 0) continue
      if (this.#underWay.isEmpty) {
        return succeed({ refused: { spentUsd: toUsd(answer.value.taken - Math.max(0, this.#free())) } })
      }
      await this.#underWay.wait(signal)
    }
    return fail({ code: 'cancelled' })
  }

  /** What can go back with the next writing of the sums, taken out of this process's share; `undo` puts it back when it was not written. */
  takeReleasable(): { amount: number; undo(): void } {
    const spent = Math.min(this.#unwritten, this.#share)
    const isIdle = this.#underWay.isEmpty && this.#reserving === null
    const amount = spent + (isIdle ? Math.max(0, this.#share - this.#unwritten) : 0)
    const unwritten = this.#unwritten
    this.#unwritten = 0
    this.#share -= amount
    return {
      amount,
      undo: () => {
        this.#share += amount
        this.#unwritten += unwritten
      },
    }
  }

  #free(): number {
    return this.#share - this.#underWay.amount - this.#unwritten
  }

  /** One question at a time; who waits for another's answer looks again afterwards. */
  async #topUp(most: number, cap: number): Promise<Reserved> {
    const atLeast = most - this.#free()
    const preferred = Math.max(atLeast, most * callsAhead, Math.floor(cap * shareOfCap))
    this.#reserving = this.#reserve({ cap, atLeast, preferred })
    const answer = await this.#reserving.finally(() => {
      this.#reserving = null
    })
    if (answer.ok) this.#share += answer.value.granted
    return answer
  }
}
