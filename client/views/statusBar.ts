import { type Disposable, l10n, StatusBarAlignment, type StatusBarItem, window } from 'vscode'
import type { ServerLifetime, ServerState } from '../connection/serverLifetime.ts'
import { createDisposableStore } from '../disposables.ts'
import type { Snapshot, SnapshotStore } from '../snapshot.ts'
import { drawFacts } from './providersView.ts'
import { readinessFacts, readinessSpoken, readinessText, serverText } from './readinessWords.ts'
import { whereAsked } from './whereAsked.ts'

export interface ReadinessItem extends Disposable {
  item: StatusBarItem
  /** How often something was changed on the bar. */
  readonly changes: number
}

/** Both tasks' readiness in the status bar. Touched only when what it tells has changed. */
export function createReadinessItem(options: {
  lifetime: ServerLifetime
  snapshots: SnapshotStore
  now: () => number
  minutes: (tick: () => void) => Disposable
}): ReadinessItem {
  const { lifetime, snapshots, now } = options
  const store = createDisposableStore()
  const item = store.add(window.createStatusBarItem('llmProviders.readiness', StatusBarAlignment.Right, 50))
  item.name = l10n.t('LLM Providers: readiness')
  let shown = ''
  let changes = 0

  function render() {
    const told = tell(lifetime.state, snapshots.current, now())
    const value = JSON.stringify(told)
    if (value === shown) return
    shown = value
    changes += 1
    item.text = told.text
    item.command = told.command
    item.tooltip = drawFacts(l10n.t('LLM Providers'), told.facts)
    item.accessibilityInformation = { label: told.spoken }
  }

  store.add(snapshots.changes.listen(render))
  store.add(lifetime.changes.listen(render))
  store.add(options.minutes(render))
  render()
  item.show()
  return {
    item,
    get changes() {
      return changes
    },
    dispose: () => store.dispose(),
  }
}

function tell(state: ServerState, snapshot: Snapshot | null, now: number) {
  if (state.kind === 'failed') {
    const sentence = l10n.t('The background server is not running: {0}.', state.detail)
    return {
      text: serverText(state),
      command: 'llmProviders.restartServer',
      facts: [{ label: l10n.t('Server'), text: sentence }],
      spoken: sentence,
    }
  }
  if (!snapshot) {
    const sentence = state.kind === 'stopped' ? l10n.t('not started yet') : l10n.t('starting')
    return {
      text: serverText(state),
      command: 'llmProviders.showReadiness',
      facts: [{ label: l10n.t('Server'), text: sentence }],
      spoken: `${l10n.t('LLM Providers')}: ${sentence}`,
    }
  }
  return {
    text: readinessText(snapshot.readiness),
    command: 'llmProviders.showReadiness',
    facts: readinessFacts(snapshot.readiness, now, whereAsked()),
    spoken: readinessSpoken(snapshot.readiness),
  }
}
