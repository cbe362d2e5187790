import { env, l10n } from 'vscode'

/** What of the product does not work in Restricted Mode, and why. */
export function restrictedSentence(): string {
  return l10n.t(
    'Restricted Mode: the profile and the settings of this workspace are not used. Everything else works; trust the workspace to use them.',
  )
}

/**
 * The machine that providers are asked from; null: this one. In a remote window "localhost" is the remote machine,
 * which surprises everybody whose Ollama runs here.
 */
export function whereAsked(): string | null {
  return env.remoteName ? l10n.t('the remote machine ({0})', env.remoteName) : null
}
