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
