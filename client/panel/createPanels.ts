import { type Disposable, env, l10n } from 'vscode'
import { type PageEvent, type PageId, type Place, settingsTalk } from '../../protocol/page.ts'
import { type ResultsPlace, resultsTalk } from '../../protocol/resultsPage.ts'
import { type SetupPlace, setupTalk } from '../../protocol/setupPage.ts'
import { type ThreadsPlace, threadsTalk } from '../../protocol/threadsPage.ts'
import type { DisposableStore } from '../connection/disposables.ts'
import type { ServerSignals } from '../connection/serverSignals.ts'
import { createSignal, type Signal } from '../connection/signal.ts'
import { createPanelCommands, type PanelCommandParts } from './panelCommands.ts'
import { PanelHost, type PanelHostParts } from './panelHost.ts'
import { createResultsCommands, type ResultsCommandParts } from './resultsCommands.ts'
import { createSetupCommands, type SetupCommandParts } from './setupCommands.ts'
import { createThreadsCommands, type ThreadsCommandParts } from './threadsCommands.ts'

type PanelsParts = Pick<PanelHostParts, 'extensionUri' | 'lifetime' | 'log'> &
  Pick<PanelCommandParts, 'secrets'> &
  Pick<ResultsCommandParts, 'workspaceState'> &
  Omit<SetupCommandParts, 'lifetime' | 'panels' | 'close'> & { signals: ServerSignals; store: DisposableStore }

/** The panels of the editor, made once and opened when they are asked for. */
export function createPanels({
  signals,
  secrets,
  workspaceState,
  store,
  questions,
  notifier,
  watch,
  settings,
  now,
  ...host
}: PanelsParts) {
  const parts = { ...host, events: pageEvents(signals), language: env.language, words: l10n.bundle }
  // Each leads to the other: from results to a conversation about them, and from what it cites to the result.
  const threadsPanel: ThreadsPanel = store.add(
    createThreadsPanel({
      ...{ ...parts, notifier },
      panels: { openResults: (place) => resultsPanel.open(place), openSettings: (...at) => settingsPanel.open(...at) },
    }),
  )
  const toConversations = { openConversations: threadsPanel.open }
  const resultsPanel: ResultsPanel = store.add(
    createResultsPanel({ ...parts, workspaceState, notifier, panels: toConversations }),
  )
  const settingsPanel: SettingsPanel = store.add(
    createSettingsPanel({ ...parts, secrets, now, panels: toConversations }),
  )
  const setup = { questions, notifier, watch, settings, now, panels: { openResults: resultsPanel.open } }
  return {
    settingsPanel,
    resultsPanel,
    setupPanel: store.add(createSetupPanel({ ...parts, ...setup })),
    threadsPanel,
  }
}

export interface SettingsPanel extends Disposable {
  /** Shows the panel, the one that is there if there is one. Absent page: where it was. `target`: such as a provider's name. */
  open(page?: PageId, target?: string): void
  /** Where a command wanted it to be last; null: nowhere in particular. */
  readonly place: Place | null
}

function createSettingsPanel(parts: PanelHostParts & PanelCommandParts): SettingsPanel {
  const host = new PanelHost<Place>(
    {
      viewType: 'llmProviders.settings',
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

export interface ResultsPanel extends Disposable {
  /** Shows the results of a run, in the panel that is there if there is one. */
  open(place: ResultsPlace): void
  /** The run that was opened last; null: none since the window was. */
  readonly runId: string | null
}

function createResultsPanel(parts: PanelHostParts & ResultsCommandParts): ResultsPanel {
  const host = new PanelHost<ResultsPlace>(
    {
      viewType: 'llmProviders.results',
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

export interface SetupPanel extends Disposable {
  /** Asks, in the panel that is there if there is one. */
  open(place: SetupPlace): void
}

function createSetupPanel(parts: PanelHostParts & Omit<SetupCommandParts, 'close'>): SetupPanel {
  const host: PanelHost<SetupPlace> = new PanelHost<SetupPlace>(
    {
      viewType: 'llmProviders.setup',
      name: 'The page "What are these?"',
      title: () => l10n.t('LLM Providers: What are these?'),
      entry: 'setup',
      allowed: setupTalk,
      run: createSetupCommands({ ...parts, close: () => host.close() }),
    },
    parts,
  )
  return { open: ({ id }) => host.open({ id }), dispose: () => host.dispose() }
}

export interface ThreadsPanel extends Disposable {
  /** Shows the conversations, in the panel that is there if there is one. Null: where it was. */
  open(place: ThreadsPlace | null): void
}

function createThreadsPanel(parts: PanelHostParts & ThreadsCommandParts): ThreadsPanel {
  const host = new PanelHost<ThreadsPlace>(
    {
      viewType: 'llmProviders.threads',
      name: 'The page for conversations',
      title: () => l10n.t('LLM Providers: Conversations'),
      entry: 'threads',
      allowed: threadsTalk,
      run: createThreadsCommands(parts),
    },
    parts,
  )
  return { open: (place) => host.open(place), dispose: () => host.dispose() }
}

/** What the server notifies of, as pages get it. */
function pageEvents(signals: ServerSignals): Signal<PageEvent> {
  const events = createSignal<PageEvent>()
  signals.readiness.listen((params) => events.fire({ name: 'status/changed', params }))
  signals.data.listen((params) => events.fire({ name: 'data/changed', params }))
  signals.runs.listen((params) => events.fire({ name: 'run/progress', params }))
  signals.pulls.listen((params) => events.fire({ name: 'model/pullProgress', params }))
  signals.deltas.listen((params) => events.fire({ name: 'thread/delta', params }))
  signals.knowledge.listen((params) => events.fire({ name: 'kb/progress', params }))
  return events
}
