import { env, l10n } from 'vscode'

/**
 * The machine that providers are asked from; null: this one. In a remote window "localhost" is the remote machine,
 * which surprises everybody whose Ollama runs here.
 */
export function whereAsked(): string | null {
  return env.remoteName ? l10n.t('the remote machine ({0})', env.remoteName) : null
}
