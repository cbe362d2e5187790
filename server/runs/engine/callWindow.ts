import type { Clock } from '../clock.ts'

/** A run's part of the calls that a provider gets at the same time. */
export interface Lot {
  /** A place for one call where one is free and nobody waits for it. */
  takeAtOnce(): boolean
  /** False when the signal aborted meanwhile. */
  take(signal: AbortSignal): Promise<boolean>
  /** A place whether one is free or not: for the one call that finds out whether the provider is back. */
  force(): void
  giveBack(): void
  /** What it still has is given back. */
  leave(): void
}

export interface LotOptions {
  weight: number
  concurrency: { first: number; most: number }
}

/**
 * How many calls a provider gets at the same time: one more for each round of calls that went well, half when there were too many
 * (additive increase, multiplicative decrease: Chiu and Jain, 1989). Runs take turns in proportion to their weights (stride
 * scheduling: Waldspurger and Weihl, 1995).
 */
export interface CallWindow {
  join(options: LotOptions): Lot
  wentWell(): void
  wasTooMuch(): void
  /** Only so many calls within the next `ms`. */
  limit(calls: number, ms: number): void
  /** Calls at the same time, at present. */
  size(): number
}

const forEver = new AbortController().signal

/** So long after the last trouble a run that asks for more gets it at once. */
const remembersTroubleMs = 60_000

interface Member extends LotOptions {
  /** Where it stands in the order of turns: the lowest is next. */
  turn: number
  underWay: number
  waiting: { resolve(isTaken: boolean): void }[]
  /** A call of it has just ended, and its next one may come until then. */
  expectedUntil: number
}

/**
 * A worker writes its results down between two calls. Without a moment's patience its place would go to whoever waits, and turns
 * would mean nothing.
 */
const patienceMs = 20

export function createCallWindow(clock: Pick<Clock, 'monotonic' | 'wait'>): CallWindow {
  const members = new Set<Member>()
  let size = 1
  let underWay = 0
  let turn = 0
  let isWaitingABit = false
  let troubleAt = Number.NEGATIVE_INFINITY
  let limit = { calls: 0, until: Number.NEGATIVE_INFINITY }

  function places(): number {
    const now = limit.until > clock.monotonic() ? Math.min(size, limit.calls) : size
    return Math.max(1, Math.floor(now))
  }

  function begin(member: Member): void {
    underWay++
    member.underWay++
    turn = Math.max(turn, member.turn)
    member.turn += 1 / member.weight
  }

  function hasPlace(member: Member): boolean {
    return underWay < places() && member.underWay < member.concurrency.most
  }

  function next(): Member | undefined {
    let found: Member | undefined
    for (const member of members) {
      if (member.waiting.length === 0 || !hasPlace(member)) continue
      if (!found || member.turn < found.turn) found = member
    }
    return found
  }

  /** Somebody whose turn comes before this one's, and who is about to ask. */
  function isAwaited(before: number): boolean {
    const now = clock.monotonic()
    for (const member of members) {
      if (member.turn < before && member.expectedUntil > now && member.waiting.length === 0 && hasPlace(member))
        return true
    }
    return false
  }

  function letIn(): void {
    for (let member = next(); member; member = next()) {
      if (isAwaited(member.turn)) return waitABit()
      begin(member)
      member.waiting.shift()?.resolve(true)
    }
  }

  function waitABit(): void {
    if (isWaitingABit) return
    isWaitingABit = true
    void clock.wait(patienceMs, forEver).then(() => {
      isWaitingABit = false
      letIn()
    })
  }

  /** Whoever waits already goes first, unless it is the other one's turn. */
  function isOthersTurn(turnOfMember: number): boolean {
    for (const member of members) if (member.waiting.length > 0 && member.turn <= turnOfMember) return true
    return false
  }

  function isWaitedFor(): boolean {
    for (const member of members) if (member.waiting.length > 0) return true
    return false
  }

  function end(member: Member, count: number): void {
    underWay -= count
    member.underWay -= count
    if (isWaitedFor()) letIn()
  }

  function join(options: LotOptions): Lot {
    const { first } = options.concurrency
    const isCalm = clock.monotonic() - troubleAt >= remembersTroubleMs
    if (members.size === 0 && isCalm) size = first
    else if (isCalm) size = Math.max(size, first)
    const member: Member = { ...options, turn, underWay: 0, waiting: [], expectedUntil: 0 }
    members.add(member)
    return {
      takeAtOnce() {
        if (!hasPlace(member) || isOthersTurn(member.turn)) return false
        begin(member)
        return true
      },
      take(signal) {
        return new Promise((resolve) => {
          const entry = {
            resolve(isTaken: boolean) {
              signal.removeEventListener('abort', abort)
              resolve(isTaken)
            },
          }
          const abort = (): void => {
            member.waiting = member.waiting.filter((each) => each !== entry)
            resolve(false)
          }
          if (signal.aborted) return resolve(false)
          // Who did not want anything has not saved up turns.
          if (member.waiting.length === 0 && member.underWay === 0) member.turn = Math.max(member.turn, turn)
          signal.addEventListener('abort', abort, { once: true })
          member.waiting.push(entry)
          letIn()
        })
      },
      force: () => begin(member),
      giveBack() {
        member.expectedUntil = clock.monotonic() + patienceMs
        end(member, 1)
      },
      leave() {
        members.delete(member)
        end(member, member.underWay)
      },
    }
  }

  return {
    join,
    wentWell() {
      // More than is used says nothing about what the provider can bear.
      if (underWay * 2 < Math.floor(size)) return
      let most = 1
      for (const member of members) most = Math.max(most, member.concurrency.most)
      size = Math.max(size, Math.min(most, size + 1 / size))
      if (isWaitedFor()) letIn()
    },
    wasTooMuch() {
      size = Math.max(1, size / 2)
      troubleAt = clock.monotonic()
    },
    limit(calls, ms) {
      limit = { calls, until: clock.monotonic() + ms }
    },
    size: places,
  }
}
