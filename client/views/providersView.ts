import { l10n, ThemeColor, ThemeIcon, TreeItem, TreeItemCollapsibleState } from 'vscode'
import type { ProviderView } from '../../protocol/providers.ts'
import { providerState } from '../../shared/describe/provider.ts'
import type { Secrets } from '../connection/secrets.ts'
import type { Snapshot } from '../connection/snapshot.ts'
import { canPull, describeModel, knownModel, modelFacts, modelIcon } from '../describe/describeModel.ts'
import {
  describeProvider,
  drawState,
  isKeyWanted,
  keepsKeyHere,
  providerFacts,
  type TreeNode,
} from '../describe/describeProvider.ts'
import { drawFacts } from '../describe/facts.ts'
import { replacements } from '../describe/replacement.ts'
import { whereAsked } from '../describe/whereAsked.ts'
import { modelDrag } from './modelDrag.ts'
import { createTree, type Tree, type ViewParts } from './tree.ts'

export type ProvidersView = Tree<TreeNode>

/** The tree "Providers": provider -> models. The last four of a key are read when a person points at its provider, and stored nowhere. */
export function createProvidersView(parts: ViewParts & { secrets: Pick<Secrets, 'endingOf'> }): ProvidersView {
  return createTree<TreeNode>(parts, {
    id: 'llmProviders.providers',
    shows: ['kinds', 'providers', 'models', 'routes', 'readiness'],
    childrenOf,
    draw: drawNode,
    async resolve(snapshot, node, now) {
      const view = findProvider(snapshot, node.provider)
      if (node.type !== 'provider' || !view) return null
      const keyEnding = mayKeepKeyHere(view, snapshot) ? await parts.secrets.endingOf(view.provider) : null
      return drawFacts(view.provider, providerFacts(view, snapshot, now, { runsOn: whereAsked(), keyEnding }))
    },
    dragAndDropController: modelDrag,
  })
}

function childrenOf(snapshot: Snapshot, node: TreeNode | undefined): TreeNode[] {
  if (node === undefined) return snapshot.providers.map(({ provider }) => ({ type: 'provider', provider }))
  if (node.type !== 'provider') return []
  const { provider } = node
  const listed = findProvider(snapshot, provider)?.models.models ?? []
  const registered = snapshot.models.filter((row) => row.provider === provider)
  // A set: a list is long, and most of what is registered stands in it.
  const names = [...new Set([...listed, ...registered].map(({ model }) => model))]
  if (names.length === 0) return [{ type: 'note', provider }]
  return names.map((model) => ({ type: 'model', provider, model }))
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
  const { icon, color } = drawState(providerState(view))
  const item = new TreeItem(view.provider, TreeItemCollapsibleState.Collapsed)
  item.id = view.provider
  item.description = describeProvider(view, now)
  item.iconPath = color ? new ThemeIcon(icon, new ThemeColor(color)) : new ThemeIcon(icon)
  item.contextValue = [
    'provider',
    view.enabled ? 'enabled' : 'disabled',
    view.key === 'not_needed' ? 'keyless' : 'keyed',
    ...(isKeyWanted(view) ? ['needsKey'] : []),
    ...(view.key === 'present' && !('key_env' in view.config) ? ['hasKey'] : []),
    ...(canPull(snapshot, view) ? ['pullable'] : []),
  ].join(' ')
  item.accessibilityInformation = { label: `${view.provider}, ${item.description}` }
  return item
}

function mayKeepKeyHere(view: ProviderView, snapshot: Snapshot): boolean {
  const kind = snapshot.kinds.find((candidate) => candidate.kind === view.kind)
  return view.key !== 'missing' && keepsKeyHere(view, kind)
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
    ...(isReplaceable(snapshot, view.provider, name) ? ['replaceable'] : []),
    ...(known.registered ? ['registered'] : []),
  ].join(' ')
  item.tooltip = drawFacts(info.label ?? name, modelFacts(known, now))
  item.accessibilityInformation = { label: `${info.label ?? name}, ${item.description}` }
  return item
}

function isReplaceable(snapshot: Snapshot, provider: string, model: string): boolean {
  return replacements(snapshot).some((found) => found.provider === provider && found.model === model)
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
