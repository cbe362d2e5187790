import { type Disposable, l10n, window } from 'vscode'
import type { Snapshot } from '../connection/snapshot.ts'
import { readDeepLink } from './deepLink.ts'

/** Links such as `vscode://llm-providers.llm-providers/settings/llm-providers`. */
export function registerUriHandler(openSettings: (kind: string | null) => void): Disposable {
  return window.registerUriHandler({
    async handleUri({ path }) {
      const link = readDeepLink(path)
      if (link.to === 'settings') return openSettings(link.kind)
      await window.showWarningMessage(l10n.t('LLM Providers has no page at "{0}".', path.slice(0, 200)))
    },
  })
}

/** The first provider of a kind, to be shown first; undefined: there is none, or no kind was meant. */
export function providerOfKind(snapshot: Snapshot | null, kind: string | null): string | undefined {
  return snapshot?.providers.find((view) => view.kind === kind)?.provider
}
