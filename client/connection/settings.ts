import { type ConfigurationScope, commands, type Disposable, l10n, type Uri, window, workspace } from 'vscode'
import * as z from 'zod'
import { RunRequest } from '../../protocol/runs.ts'
import type { ServerLifetime } from './serverLifetime.ts'
import { createSignal, type Signal } from './signal.ts'

/** What stands in settings was typed by hand: a value that is none counts as not set. */
const shape = {
  showStatusBar: ['statusBar.show', z.boolean().catch(true)],
  healthChecks: ['healthChecks.enabled', z.boolean().catch(true)],
  dataFolder: ['dataFolder', z.string().catch('')],
  inFileHints: ['inFile.hints', z.boolean().catch(true)],
  inFileOffer: ['inFile.offer', z.boolean().catch(true)],
  inFileDiagnostics: ['inFile.diagnostics', z.boolean().catch(true)],
  openWhenDone: ['results.openWhenDone', z.boolean().catch(true)],
  concurrency: ['run.concurrency', RunRequest.shape.concurrency.catch(undefined)],
  batchSize: ['run.batchSize', RunRequest.shape.batchSize.catch(undefined)],
  separate: ['run.separate', z.boolean().catch(false)],
  // What is not one of the ways, as "route" is not, leaves it to the route.
  ask: ['run.ask', RunRequest.shape.ask.catch(undefined)],
  priority: ['run.priority', RunRequest.shape.priority.catch(undefined)],
  unsavedChanges: ['run.unsavedChanges', z.enum(['ask', 'save']).catch('ask')],
  reuseMegabytes: ['run.reuseMegabytes', RunRequest.shape.reuseMegabytes.catch(undefined)],
  maxCostUsd: ['run.maxCostUsd', RunRequest.shape.maxCostUsd.catch(undefined)],
  mcpAllowRuns: ['mcp.allowRuns', z.boolean().catch(false)],
} as const satisfies Record<string, readonly [name: string, schema: z.ZodType]>

export type SettingValues = { [Name in keyof typeof shape]: z.output<(typeof shape)[Name][1]> }

/** Names as the manifest declares them, without the product's. */
export const settingNames: readonly string[] = Object.values(shape).map(([name]) => name)

export interface Settings extends Disposable {
  /** As they are now; of a file or folder where they may differ. The editor leaves out what an untrusted workspace says. */
  read(near?: Uri | null): SettingValues
  readonly changes: Signal<void>
}

export function createSettings(): Settings {
  const changes = createSignal<void>()
  const listening = workspace.onDidChangeConfiguration((event) => {
    if (event.affectsConfiguration('llmProviders')) changes.fire()
  })
  return {
    changes,
    read(near) {
      const scope: ConfigurationScope | null = near ?? null
      const configuration = workspace.getConfiguration('llmProviders', scope)
      const values = Object.entries(shape).map(([key, [name, schema]]) => {
        // Null is how a number is not set.
        const value: unknown = configuration.get(name) ?? undefined
        return [key, schema.parse(value)]
      })
      return Object.fromEntries(values) as SettingValues
    },
    dispose: () => listening.dispose(),
  }
}

/** A setting of the editor's network, as the person has it: a workspace must not decide which way keys go. */
export function userSetting(name: string): unknown {
  const found = workspace.getConfiguration('http').inspect(name)
  return found?.globalValue ?? found?.defaultValue
}

/** A server reads its options at its start. One that runs may be in the middle of something, so that a person decides. */
export function offerRestart(
  lifetime: Pick<ServerLifetime, 'state'>,
  settings: Pick<Settings, 'read' | 'changes'>,
): Disposable {
  const startValues = () => {
    const { healthChecks, dataFolder } = settings.read()
    return JSON.stringify([healthChecks, dataFolder])
  }
  let known = startValues()
  async function offer(): Promise<void> {
    const values = startValues()
    if (values === known) return
    known = values
    if (lifetime.state.kind !== 'running') return
    const restart = l10n.t('Restart server')
    const sentence = l10n.t('This takes effect when the background server starts next.')
    const chosen = await window.showInformationMessage(sentence, restart)
    if (chosen) await commands.executeCommand('llmProviders.restartServer')
  }
  return settings.changes.listen(() => void offer())
}
