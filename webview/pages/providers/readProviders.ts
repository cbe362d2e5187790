import type { KindInfo, ProviderView } from '../../../protocol/providers.ts'
import type { Route } from '../../../protocol/routing.ts'

/** What the page's parts are drawn from, as it was read last. */
export interface Providers {
  providers: readonly ProviderView[]
  kinds: readonly KindInfo[]
  routes: readonly Route[]
}
