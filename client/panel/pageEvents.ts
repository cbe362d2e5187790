import type { PageEvent } from '../../protocol/page.ts'
import type { ServerSignals } from '../connection/serverSignals.ts'
import { createSignal, type Signal } from '../connection/signal.ts'

/** What the server notifies of, as pages get it. */
export function pageEvents(signals: ServerSignals): Signal<PageEvent> {
  const events = createSignal<PageEvent>()
  signals.readiness.listen((params) => events.fire({ name: 'status/changed', params }))
  signals.data.listen((params) => events.fire({ name: 'data/changed', params }))
  signals.runs.listen((params) => events.fire({ name: 'run/progress', params }))
  signals.pulls.listen((params) => events.fire({ name: 'model/pullProgress', params }))
  return events
}
