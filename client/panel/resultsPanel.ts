import { type Disposable, l10n } from 'vscode'
import { type ResultsPlace, resultsTalk } from '../../protocol/resultsPage.ts'
import { createPanelHost, type PanelHostParts } from './panelHost.ts'
import { createResultsCommands, type ResultsCommandParts } from './resultsCommands.ts'

export const resultsViewType = 'llmProviders.results'

export interface ResultsPanel extends Disposable {
  /** Shows the results of a run, in the panel that is there if there is one. */
  open(place: ResultsPlace): void
  /** The run that was opened last; null: none since the window was. */
  readonly runId: string | null
}

export function createResultsPanel(parts: PanelHostParts & ResultsCommandParts): ResultsPanel {
  const title = () => l10n.t('LLM Providers: Results')
  let runId: string | null = null
  const host = createPanelHost<ResultsPlace>(
    {
      viewType: resultsViewType,
      name: 'The results panel',
      title,
      entry: 'results',
      allowed: resultsTalk,
      run: createResultsCommands(parts),
    },
    parts,
  )
  return {
    open(place) {
      runId = place.runId
      host.open(place)
    },
    get runId() {
      return runId
    },
    dispose: () => host.dispose(),
  }
}
