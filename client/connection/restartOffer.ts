import { commands, l10n, window } from 'vscode'
import type { ServerLifetime } from './serverLifetime.ts'
import type { Settings } from './settings.ts'

/** A server reads what it is told at its start. One that runs may be in the middle of something, so that a person decides. */
export function createRestartOffer(lifetime: Pick<ServerLifetime, 'state'>, settings: Pick<Settings, 'read'>) {
  let told = settings.read().healthChecks
  return async function offer(): Promise<void> {
    const { healthChecks } = settings.read()
    if (healthChecks === told) return
    told = healthChecks
    if (lifetime.state.kind !== 'running') return
    const restart = l10n.t('Restart server')
    const sentence = l10n.t('Checks are switched on and off when the background server starts.')
    const chosen = await window.showInformationMessage(sentence, restart)
    if (chosen) await commands.executeCommand('llmProviders.restartServer')
  }
}
