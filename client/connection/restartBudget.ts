export const restartLimit = 4
export const restartWindowMs = 3 * 60_000

/** Decides whether a crashed server is started again: at most `restartLimit` times within the window, by the clock given. */
export function createRestartBudget(now: () => number) {
  let restarts: number[] = []
  return {
    /** True: one restart is taken from the budget. */
    take(): boolean {
      const at = now()
      restarts = restarts.filter((earlier) => at - earlier < restartWindowMs)
      if (restarts.length >= restartLimit) return false
      restarts.push(at)
      return true
    },
    /** A person asked for a restart: what happened before no longer counts. */
    reset() {
      restarts = []
    },
  }
}

export type RestartBudget = ReturnType<typeof createRestartBudget>
