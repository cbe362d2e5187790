import { type Disposable, window } from 'vscode'
import type { ServerLifetime } from '../connection/serverLifetime.ts'
import { waitFor } from '../connection/signal.ts'

/** The bar that moves along the top of a view, for as long as the server is on its way. */
export function showStarting(
  lifetime: Pick<ServerLifetime, 'state' | 'changes'>,
  views: readonly string[],
): Disposable {
  return lifetime.changes.listen((state) => {
    if (state.kind !== 'starting') return
    for (const viewId of views) {
      void window.withProgress({ location: { viewId } }, async () => {
        await waitFor(lifetime.state, lifetime.changes, ({ kind }) => kind !== 'starting')
      })
    }
  })
}
