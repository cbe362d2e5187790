import { commands, type Disposable, l10n, window } from 'vscode'
import type { ServerLifetime } from './serverLifetime.ts'
import type { Settings } from './settings.ts'

/** A server reads its options at its start. One that runs may be in the middle of something, so that a person decides. */
export function offerRestart(
  lifetime: Pick<ServerLifetime, 'state'>,
  settings: Pick<Settings, 'read' | 'changes'>,
): Disposable {
  let known = settings.read().healthChecks
  async function offer(): Promise<void> {
    const { healthChecks } = settings.read()
    if (healthChecks === known) return
    known = healthChecks
    if (lifetime.state.kind !== 'running') return
    const restart = l10n.t('Restart server')
    const sentence = l10n.t('Checks are switched on and off when the background server starts.')
    const chosen = await window.showInformationMessage(sentence, restart)
    if (chosen) await commands.executeCommand('llmProviders.restartServer')
  }
  return settings.changes.listen(() => void offer())
}
