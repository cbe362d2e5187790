import { type Disposable, l10n } from 'vscode'
import { type ResultsPlace, resultsTalk } from '../../protocol/resultsPage.ts'
import { PanelHost, type PanelHostParts } from './panelHost.ts'
import { createResultsCommands, type ResultsCommandParts } from './resultsCommands.ts'

export const resultsViewType = 'llmProviders.results'

export interface ResultsPanel extends Disposable {
  /** Shows the results of a run, in the panel that is there if there is one. */
  open(place: ResultsPlace): void
  /** The run that was opened last; null: none since the window was. */
  readonly runId: string | null
}

export function createResultsPanel(parts: PanelHostParts & ResultsCommandParts): ResultsPanel {
  const host = new PanelHost<ResultsPlace>(
    {
      viewType: resultsViewType,
      name: 'The results panel',
      title: () => l10n.t('LLM Providers: Results'),
      entry: 'results',
      allowed: resultsTalk,
      run: createResultsCommands(parts),
    },
    parts,
  )
  return {
    open: (place) => host.open(place),
    get runId() {
      return host.lastPlace?.runId ?? null
    },
    dispose: () => host.dispose(),
  }
}
