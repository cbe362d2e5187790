import { type OutputMode, outputModes } from '../../../protocol/routing.ts'

/** How answers are asked for in a run: the best mode that works, one step down at a time, never up again. */
export interface OutputModeLadder {
  current(): OutputMode
  /** An answer in this mode could be used. */
  worked(mode: OutputMode): void
  /** The provider does not take the mode. True: ask again, there is a simpler one now. */
  rejected(mode: OutputMode): boolean
  /**
   * An answer in this mode was outside the schema. True: ask again, there is a simpler one now. Where the mode has worked before,
   * only new items count: the same item asked again may be at fault itself.
   */
  misshapen(mode: OutputMode, isRepeat: boolean): boolean
}

export function createOutputModeLadder(options: {
  /** Best first. */
  offered: readonly OutputMode[]
  /** What the route says; the simpler ones remain as steps below it. */
  chosen: OutputMode | undefined
  failuresBeforeStepDown: number
}): OutputModeLadder {
  const modes = modesFrom(options.offered, options.chosen)
  let step = 0
  let failures = 0
  let hasWorked = false

  function stepDown(): boolean {
    if (step + 1 >= modes.length) return false
    step++
    failures = 0
    hasWorked = false
    return true
  }

  const current = (): OutputMode => modes[step] ?? 'text'
  return {
    current,
    worked(mode) {
      if (mode !== current()) return
      failures = 0
      hasWorked = true
    },
    // Another worker may have stepped down while this call was under way; a request that is refused where others were
    // accepted is at fault itself.
    rejected: (mode) => mode !== current() || (!hasWorked && stepDown()),
    misshapen(mode, isRepeat) {
      if (mode !== current()) return true
      if (!isRepeat || !hasWorked) failures++
      return failures >= options.failuresBeforeStepDown && stepDown()
    },
  }
}

/** From the chosen mode downwards; a mode that the provider does not have is never named in a receipt. */
function modesFrom(offered: readonly OutputMode[], chosen: OutputMode | undefined): readonly OutputMode[] {
  if (chosen === undefined) return offered
  const allowed = outputModes.slice(outputModes.indexOf(chosen))
  const modes = offered.filter((mode) => allowed.includes(mode))
  return modes.length > 0 ? modes : offered
}
