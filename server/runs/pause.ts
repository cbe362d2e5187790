/** Until when the providers asked to wait, in epoch milliseconds; null: they did not. */
export interface Pause {
  until: number | null
  changed(): void
}

export function noPause(): Pause {
  return { until: null, changed: () => undefined }
}

export function setPause(pause: Pause, until: number | null): void {
  if (pause.until === until) return
  pause.until = until
  pause.changed()
}
