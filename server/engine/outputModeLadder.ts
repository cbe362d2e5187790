import type { ReceiptMode } from '../../protocol/results.ts'
import { type OutputMode, outputModes } from '../../protocol/routing.ts'

/** After so many answers in a simpler mode the better one is tried again, each time after four times as many. */
const answersBeforeTryingUp = 25
const longestPatience = 4

/** Requests that were refused without a word on why, of different items, after which a mode counts as refused. */
const refusalsBeforeStepDown = 2

/**
 * The best output mode that works. One call that is refused may be at fault itself, so it goes down alone; only when calls about other
 * items are refused, too, or several answers in a row have no shape, all go down. After a while the better mode is tried again.
 */
export class OutputModeLadder {
  readonly #modes: readonly OutputMode[]
  readonly #failuresBeforeStepDown: number
  #step = 0
  #failures = 0
  #hasWorked = false
  /** Calls that were refused in the current mode, by their first item. */
  #refused = new Set<string>()
  #worked = 0
  #wait = answersBeforeTryingUp
  #patience = 1
  #isTryingUp = false

  /** `modes`: best first. */
  constructor(modes: readonly OutputMode[], failuresBeforeStepDown: number) {
    this.#modes = modes
    this.#failuresBeforeStepDown = failuresBeforeStepDown
  }

  /** The mode for the next call. `simplerThan`: the one in which this very call was refused. */
  current(simplerThan: ReceiptMode | null): OutputMode {
    if (simplerThan === null && this.#triesUp()) return this.#modes[this.#step - 1] ?? 'text'
    const lower = simplerThan === null ? 0 : this.#modes.indexOf(simplerThan as OutputMode) + 1
    return this.#modes[Math.min(Math.max(this.#step, lower), this.#modes.length - 1)] ?? 'text'
  }

  /** An answer in this mode could be used. */
  worked(mode: OutputMode): void {
    const step = this.#modes.indexOf(mode)
    if (step < this.#step) return this.#stepTo(step, true)
    if (step !== this.#step) return
    this.#failures = 0
    this.#hasWorked = true
    this.#worked++
  }

  /**
   * The provider refused a request in this mode, without naming something else as the cause. True: the same items are asked about
   * again in a simpler one. `items` names them.
   */
  refused(mode: OutputMode, items: string): boolean {
    const step = this.#modes.indexOf(mode)
    // Another worker has stepped down meanwhile, or this was the try of a better mode.
    if (step < this.#step) {
      this.#isTryingUp = false
      return true
    }
    const hasLower = step + 1 < this.#modes.length
    // Where others were accepted in this mode the request is at fault itself.
    if (step === this.#step && this.#hasWorked) return false
    // It went down by itself already.
    if (step > this.#step) return hasLower
    this.#refused.add(items)
    if (this.#refused.size >= refusalsBeforeStepDown && hasLower) this.#stepTo(step + 1, false)
    return hasLower
  }

  /**
   * An answer in this mode was outside the schema. True: ask again, there is a simpler one now. Where the mode has worked before,
   * only new items count: the same item asked again may be at fault itself.
   */
  misshapen(mode: OutputMode, isRepeat: boolean): boolean {
    const step = this.#modes.indexOf(mode)
    if (step !== this.#step) {
      this.#isTryingUp = false
      return step < this.#step
    }
    if (!isRepeat || !this.#hasWorked) this.#failures++
    if (this.#failures < this.#failuresBeforeStepDown || step + 1 >= this.#modes.length) return false
    this.#stepTo(step + 1, false)
    return true
  }

  #triesUp(): boolean {
    if (this.#step === 0 || this.#isTryingUp || this.#worked < this.#wait) return false
    this.#worked = 0
    this.#patience = Math.min(longestPatience, this.#patience + 1)
    this.#wait = answersBeforeTryingUp * 4 ** (this.#patience - 1)
    this.#isTryingUp = true
    return true
  }

  #stepTo(step: number, hasWorked: boolean): void {
    this.#step = step
    this.#failures = 0
    this.#worked = 0
    this.#hasWorked = hasWorked
    this.#isTryingUp = false
    this.#refused = new Set()
  }
}

/** From the chosen mode downwards; a mode that the provider does not have is never named in a receipt. */
export function modesFrom(offered: readonly OutputMode[], chosen: OutputMode | undefined): readonly OutputMode[] {
  if (chosen === undefined) return offered
  const allowed = outputModes.slice(outputModes.indexOf(chosen))
  const modes = offered.filter((mode) => allowed.includes(mode))
  return modes.length > 0 ? modes : offered
}
