import { type ExtensionContext, ExtensionMode } from 'vscode'
import type { LlmProvidersApi } from '../api/llm-providers.js'
import { type App, createApp } from './app.ts'
import type { ServerState } from './connection/serverLifetime.ts'

/** What activation took, and whether it started anything. */
export interface Activation {
  ms: number
  server: ServerState['kind']
}

let app: App | null = null

/** Other extensions get the API; the insides are handed out to tests only. */
export function activate(context: ExtensionContext): LlmProvidersApi & Partial<App & { activation: Activation }> {
  const begun = performance.now()
  app = createApp(context)
  const activation = { ms: performance.now() - begun, server: app.lifetime.state.kind }
  return context.extensionMode === ExtensionMode.Test ? { ...app, ...app.api, activation } : app.api
}

export async function deactivate(): Promise<void> {
  await app?.stop()
  app = null
}
