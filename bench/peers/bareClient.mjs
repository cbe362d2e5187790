// What every extension with a language client loads: how small and fast ours could be at best.
import { LanguageClient } from 'vscode-languageclient/node'

export function activate() {
  return LanguageClient.name
}
