import { type ExtensionContext, ExtensionMode } from 'vscode'
import { type App, createApp } from './app.ts'

let app: App | null = null

/** The insides are handed out to tests only. */
export function activate(context: ExtensionContext): App | undefined {
  app = createApp(context)
  return context.extensionMode === ExtensionMode.Test ? app : undefined
}

export async function deactivate(): Promise<void> {
  await app?.stop()
  app = null
}
