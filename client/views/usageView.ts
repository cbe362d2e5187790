import { l10n, ThemeIcon, TreeItem, TreeItemCollapsibleState } from 'vscode'
import type { UsageRow } from '../../protocol/usage.ts'
import type { Snapshot } from '../connection/snapshot.ts'
import { drawFacts, type Fact } from '../describe/facts.ts'
import { formatCost, formatNumber } from '../describe/language.ts'
import { tokenWords } from './runNodes.ts'
import { createTree, type Tree, type ViewParts } from './tree.ts'

export type UsageNode =
  | { type: 'usage'; span: 'today' | 'month' }
  | { type: 'usage'; span: 'provider'; provider: string }

/** The view "Usage": tokens and money of today and of this month, and of the month provider by provider. */
export function createUsageView(parts: ViewParts): Tree<UsageNode> {
  return createTree<UsageNode>(parts, {
    id: 'llmProviders.usage',
    shows: ['usage'],
    childrenOf: ({ usage }, node) => {
      if (node) return node.span === 'month' ? usage.providers.flatMap(providerNode) : []
      // Before the first call of the month the view explains itself.
      if (!usage.month) return []
      return [
        { type: 'usage', span: 'today' },
        { type: 'usage', span: 'month' },
      ]
    },
    draw: (snapshot, node) => drawUsage(rowOf(snapshot, node), node),
  })
}

function providerNode({ provider }: UsageRow): UsageNode[] {
  return provider === null ? [] : [{ type: 'usage', span: 'provider', provider }]
}

function rowOf(snapshot: Snapshot | null, node: UsageNode): UsageRow | null {
  const usage = snapshot?.usage
  if (!usage) return null
  if (node.span === 'provider') return usage.providers.find(({ provider }) => provider === node.provider) ?? null
  return usage[node.span]
}

function drawUsage(row: UsageRow | null, node: UsageNode): TreeItem {
  const label = labelOf(node)
  const item = new TreeItem(
    label,
    node.span === 'month' ? TreeItemCollapsibleState.Collapsed : TreeItemCollapsibleState.None,
  )
  item.id = node.span === 'provider' ? `provider/${node.provider}` : node.span
  item.description = row ? `${tokenWords(row)} · ${formatCost(row)}` : l10n.t('nothing was asked')
  item.iconPath = new ThemeIcon(node.span === 'provider' ? 'plug' : 'graph')
  item.tooltip = drawFacts(label, row ? usageFacts(row) : [])
  item.contextValue = 'usage'
  item.accessibilityInformation = { label: `${label}: ${item.description}` }
  item.command = { command: 'llmProviders.showUsage', title: l10n.t('Show usage') }
  return item
}

function labelOf(node: UsageNode): string {
  if (node.span === 'provider') return node.provider
  return node.span === 'today' ? l10n.t('Today') : l10n.t('This month')
}

function usageFacts(row: UsageRow): Fact[] {
  const count = (value: number) => formatNumber(value)
  return [
    { label: l10n.t('Cost'), text: formatCost(row) },
    { label: l10n.t('Calls'), text: count(row.calls) },
    { label: l10n.t('Items'), text: count(row.items) },
    { label: l10n.t('Tokens in'), text: l10n.t('{0}, of which {1} cached', count(row.input), count(row.cached)) },
    {
      label: l10n.t('Tokens out'),
      text: l10n.t('{0}, of which {1} thinking', count(row.output), count(row.reasoning)),
    },
    { label: l10n.t('Days'), text: l10n.t('UTC') },
  ]
}
