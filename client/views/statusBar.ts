import { type Disposable, l10n, StatusBarAlignment, type StatusBarItem, ThemeColor, window } from 'vscode'
import { createDisposableStore } from '../connection/disposables.ts'
import type { RunWatch } from '../connection/runWatch.ts'
import type { ServerLifetime } from '../connection/serverLifetime.ts'
import type { Settings } from '../connection/settings.ts'
import type { SnapshotStore } from '../connection/snapshot.ts'
import type { UsedHere } from '../connection/usedHere.ts'
import { describeStatus } from './describeStatus.ts'
import { drawTooltip } from './statusTooltip.ts'

export interface ReadinessItem extends Disposable {
  item: StatusBarItem
  /** How often something was changed on the bar. */
  readonly changes: number
}

/** How the product is and what it does, in one item of the status bar. Touched only when what it shows has changed. */
export function createReadinessItem(options: {
  lifetime: Pick<ServerLifetime, 'state' | 'changes'>
  snapshots: Pick<SnapshotStore, 'current' | 'changes'>
  watch: Pick<RunWatch, 'live' | 'listen'>
  settings: Pick<Settings, 'read' | 'changes'>
  usedHere: Pick<UsedHere, 'isUsed' | 'changes'>
  now: () => number
  minutes: (tick: () => void) => Disposable
}): ReadinessItem {
  const { lifetime, snapshots, watch, settings, usedHere, now } = options
  const store = createDisposableStore()
  const item = store.add(window.createStatusBarItem('llmProviders.readiness', StatusBarAlignment.Right, 50))
  item.name = l10n.t('LLM Providers')
  let shown = ''
  let changes = 0

  function render() {
    const { state: server } = lifetime
    const snapshot = snapshots.current
    const isUsed = usedHere.isUsed(snapshot?.runs ?? [])
    const look = describeStatus({ server, snapshot, runs: watch.live(), isUsed, now: now() })
    const value = JSON.stringify(look)
    if (value === shown) return
    shown = value
    changes += 1
    item.text = look.text
    item.command = look.command
    item.tooltip = drawTooltip(l10n.t('LLM Providers'), look.lines)
    item.backgroundColor = look.isWarning ? new ThemeColor('statusBarItem.warningBackground') : undefined
    item.accessibilityInformation = { label: look.spoken, role: 'button' }
  }

  function place() {
    if (settings.read().showStatusBar) item.show()
    else item.hide()
  }

  store.add(snapshots.changes.listen(render))
  store.add(lifetime.changes.listen(render))
  store.add(watch.listen(render))
  store.add(usedHere.changes.listen(render))
  store.add(settings.changes.listen(place))
  store.add(options.minutes(render))
  render()
  place()
  return {
    item,
    get changes() {
      return changes
    },
    dispose: () => store.dispose(),
  }
}
