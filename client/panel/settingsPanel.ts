import { type Disposable, l10n } from 'vscode'
import { type PageId, type Place, settingsTalk } from '../../protocol/page.ts'
import { createPanelCommands, type PanelCommandParts } from './panelCommands.ts'
import { PanelHost, type PanelHostParts } from './panelHost.ts'

export const viewType = 'llmProviders.settings'

export type SettingsPanelParts = PanelCommandParts & PanelHostParts

export interface SettingsPanel extends Disposable {
  /** Shows the panel, the one that is there if there is one. Absent page: where it was. `target`: such as a provider's name. */
  open(page?: PageId, target?: string): void
  /** Where a command wanted it to be last; null: nowhere in particular. */
  readonly place: Place | null
}

export function createSettingsPanel(parts: SettingsPanelParts): SettingsPanel {
  const host = new PanelHost<Place>(
    {
      viewType,
      name: 'The settings panel',
      title: () => l10n.t('LLM Providers: Settings'),
      entry: 'main',
      allowed: settingsTalk,
      run: createPanelCommands(parts),
    },
    parts,
  )
  return {
    open: (page, target) => host.open(page ? { page, target: target ?? null } : null),
    get place() {
      return host.lastPlace
    },
    dispose: () => host.dispose(),
  }
}
