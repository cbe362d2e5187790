import type { ProviderView } from '../../protocol/providers.ts'
import type { Reason } from '../../protocol/reasons.ts'

export type ProviderState =
  | { kind: 'ready' }
  | { kind: 'off' }
  | { kind: 'unchecked' }
  | { kind: 'broken'; reason: Reason }

/** What a provider's row says of it before anything else. */
export function providerState(view: ProviderView): ProviderState {
  if (!view.enabled) return { kind: 'off' }
  const reason = view.reason ?? view.health.reason
  if (reason) return { kind: 'broken', reason }
  // Without an endpoint nothing is called, so there is nothing that a check could find.
  return view.health.state === 'ok' || view.endpoint === null ? { kind: 'ready' } : { kind: 'unchecked' }
}
