import { type Disposable, l10n, window } from 'vscode'
import type { Snapshot } from '../connection/snapshot.ts'

/** Links such as `vscode://llm-providers.llm-providers/settings/llm-providers`. */
export function registerUriHandler(openSettings: (kind: string | null) => void): Disposable {
  return window.registerUriHandler({
    async handleUri({ path }) {
      const link = readDeepLink(path)
      if (link.to === 'settings') return openSettings(link.kind)
      void window.showWarningMessage(l10n.t('LLM Providers has no page at "{0}".', path.slice(0, 200)))
    },
  })
}

/** The first provider of a kind, to be shown first; undefined: there is none, or no kind was meant. */
export function providerOfKind(snapshot: Snapshot | null, kind: string | null): string | undefined {
  return snapshot?.providers.find((view) => view.kind === kind)?.provider
}

/** Where a link of the product leads. `kind`: providers of that kind come first. */
type DeepLink = { to: 'settings'; kind: string | null } | { to: 'nowhere' }

/**
 * `/settings/llm-providers` is the settings; `/settings/ollama`, from before there were other kinds, leads to the same page, to the
 * providers of that kind. Whatever else a link says is not looked at: who wrote it is not known, so that it may open, and not do.
 */
export function readDeepLink(path: string): DeepLink {
  switch (path.replace(/\/+$/, '')) {
    case '/settings/llm-providers':
      return { to: 'settings', kind: null }
    case '/settings/ollama':
      return { to: 'settings', kind: 'ollama' }
    default:
      return { to: 'nowhere' }
  }
}
