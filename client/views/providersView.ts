import {
  type Disposable,
  EventEmitter,
  l10n,
  MarkdownString,
  ThemeColor,
  ThemeIcon,
  type TreeDataProvider,
  TreeItem,
  TreeItemCollapsibleState,
  type TreeView,
  window,
} from 'vscode'
import type { ProviderView } from '../../protocol/providers.ts'
import { createDisposableStore } from '../disposables.ts'
import type { Snapshot, SnapshotStore } from '../snapshot.ts'
import { canPull, describeModel, knownModel, modelFacts, modelIcon } from './modelNodes.ts'
import { describeProvider, drawState, type Fact, providerFacts, stateOf, type TreeNode } from './providerNodes.ts'
import { whereAsked } from './whereAsked.ts'

export interface ProvidersView extends Disposable {
  tree: TreeView<TreeNode>
  nodes: TreeDataProvider<TreeNode>
}

/** The tree "Providers": provider -> models. `minutes` ticks so that ages stay true. */
export function createProvidersView(options: {
  snapshots: SnapshotStore
  now: () => number
  minutes: (tick: () => void) => Disposable
  onVisible: () => void
}): ProvidersView {
  const { snapshots, now } = options
  const store = createDisposableStore()
  const changed = store.add(new EventEmitter<undefined>())
  const nodes: TreeDataProvider<TreeNode> = {
    onDidChangeTreeData: changed.event,
    getChildren: (node) => (snapshots.current ? childrenOf(snapshots.current, node) : []),
    getTreeItem: (node) => drawNode(snapshots.current, node, now()),
  }
  const tree = store.add(window.createTreeView('llmProviders.providers', { treeDataProvider: nodes }))
  store.add(snapshots.changes.listen(() => changed.fire(undefined)))
  store.add(options.minutes(() => tree.visible && changed.fire(undefined)))
  store.add(tree.onDidChangeVisibility(({ visible }) => visible && options.onVisible()))
  if (tree.visible) options.onVisible()
  return { tree, nodes, dispose: () => store.dispose() }
}

function childrenOf(snapshot: Snapshot, node: TreeNode | undefined): TreeNode[] {
  if (node === undefined) return snapshot.providers.map(({ provider }) => ({ type: 'provider', provider }))
  if (node.type !== 'provider') return []
  const { provider } = node
  const models = findProvider(snapshot, provider)?.models.models ?? []
  if (models.length === 0) return [{ type: 'note', provider }]
  return models.map(({ model }) => ({ type: 'model', provider, model }))
}

function findProvider(snapshot: Snapshot | null, provider: string): ProviderView | undefined {
  return snapshot?.providers.find((view) => view.provider === provider)
}

function drawNode(snapshot: Snapshot | null, node: TreeNode, now: number): TreeItem {
  const view = findProvider(snapshot, node.provider)
  // The tree may ask for a node of the snapshot before; the next reading removes it.
  if (!snapshot || !view) return new TreeItem(node.provider)
  switch (node.type) {
    case 'provider':
      return drawProvider(view, snapshot, now)
    case 'model':
      return drawModel(view, node.model, snapshot, now)
    case 'note':
      return drawNote(view)
  }
}

function drawProvider(view: ProviderView, snapshot: Snapshot, now: number): TreeItem {
  const { icon, color, words } = drawState(stateOf(view))
  const item = new TreeItem(view.provider, TreeItemCollapsibleState.Collapsed)
  item.id = view.provider
  item.description = describeProvider(view, now)
  item.iconPath = color ? new ThemeIcon(icon, new ThemeColor(color)) : new ThemeIcon(icon)
  item.tooltip = drawFacts(view.provider, providerFacts(view, snapshot, now, whereAsked()))
  item.contextValue = [
    'provider',
    view.enabled ? 'enabled' : 'disabled',
    view.key === 'not_needed' ? 'keyless' : 'keyed',
    ...(canPull(snapshot, view) ? ['pullable'] : []),
  ].join(' ')
  item.accessibilityInformation = { label: `${view.provider}, ${words}, ${item.description}` }
  return item
}

function drawModel(view: ProviderView, name: string, snapshot: Snapshot, now: number): TreeItem {
  const info = view.models.models.find((candidate) => candidate.model === name) ?? { model: name }
  const known = knownModel(snapshot, view.provider, info)
  const item = new TreeItem(info.label ?? name)
  item.id = `${view.provider}/${name}`
  item.description = describeModel(known, now)
  item.iconPath = new ThemeIcon(modelIcon(known, now))
  item.contextValue = [
    'model',
    known.registered?.type ?? info.type ?? 'generation',
    ...(canPull(snapshot, view) ? ['pullable'] : []),
  ].join(' ')
  item.tooltip = drawFacts(info.label ?? name, modelFacts(known, now))
  item.accessibilityInformation = { label: `${info.label ?? name}, ${item.description}` }
  return item
}

function drawNote(view: ProviderView): TreeItem {
  const item = new TreeItem(
    view.models.state === 'fresh' ? l10n.t('It lists no models') : l10n.t('Its models are not known yet'),
  )
  item.id = `${view.provider}/`
  item.iconPath = new ThemeIcon('info')
  item.contextValue = 'note'
  if (view.models.state === 'never') {
    item.command = {
      command: 'llmProviders.testConnection',
      title: l10n.t('Test connection'),
      arguments: [view.provider],
    }
    item.description = l10n.t('test the connection')
  }
  return item
}

/** Not trusted and without HTML: what providers say stays text. */
export function drawFacts(title: string, facts: readonly Fact[]): MarkdownString {
  const markdown = new MarkdownString().appendMarkdown('**').appendText(title).appendMarkdown('**\n')
  for (const { label, text } of facts) {
    markdown.appendMarkdown('\n- ').appendText(`${label}: ${text}`)
  }
  return markdown
}
