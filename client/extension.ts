import { type ExtensionContext, ExtensionMode } from 'vscode'
import { type App, createApp } from './app.ts'
import type { ServerState } from './connection/serverLifetime.ts'

/** What activation took, and whether it started anything. */
export interface Activation {
  ms: number
  server: ServerState['kind']
}

let app: App | null = null

/** The insides are handed out to tests only. */
export function activate(context: ExtensionContext): (App & { activation: Activation }) | undefined {
  const begun = performance.now()
  app = createApp(context)
  const activation = { ms: performance.now() - begun, server: app.lifetime.state.kind }
  return context.extensionMode === ExtensionMode.Test ? { ...app, activation } : undefined
}

export async function deactivate(): Promise<void> {
  await app?.stop()
  app = null
}
