import { l10n, ThemeColor, ThemeIcon, TreeItem, TreeItemCollapsibleState } from 'vscode'
import type { Task } from '../../protocol/names.ts'
import type { TraceStep } from '../../protocol/routing.ts'
import type { Snapshot } from '../connection/snapshot.ts'
import { drawFacts } from '../describe/facts.ts'
import { reasonAction, stepTitle, taskTitle } from '../describe/language.ts'
import { replacementOf } from '../describe/replacement.ts'
import { modelDrop } from './modelDrag.ts'
import {
  describeRoute,
  partNodes,
  partWords,
  type RouteNode,
  type RoutePart,
  routeFacts,
  routeIcon,
  routeNodes,
  spokenRoute,
  stepDetail,
  stepNodes,
} from './routeNodes.ts'
import { createTree, type Tree, type ViewParts } from './tree.ts'

export type RoutesView = Tree<RouteNode>

/** The tree "Task Routes": which model does which task, whether it can, and at which step it stops if not. */
export function createRoutesView(parts: ViewParts & { trace(task: Task): Promise<readonly TraceStep[]> }): RoutesView {
  const childrenOfRoute = async (snapshot: Snapshot, task: Task) => [
    // Asked for when it is looked at: readiness is sent often, the way that led to it is not.
    ...(snapshot.readiness[task].reason ? stepNodes(snapshot, task, await parts.trace(task)) : []),
    ...partNodes(snapshot, task),
  ]
  return createTree<RouteNode>(parts, {
    id: 'llmProviders.routes',
    shows: ['routes', 'readiness', 'providers', 'models'],
    childrenOf: (snapshot, node) => {
      if (node === undefined) return routeNodes(snapshot)
      return node.type === 'route' ? childrenOfRoute(snapshot, node.task) : []
    },
    draw: drawNode,
    dragAndDropController: modelDrop<RouteNode>(),
  })
}

function drawNode(snapshot: Snapshot | null, node: RouteNode, now: number): TreeItem {
  // The tree may ask for a node of the snapshot before; the next reading removes it.
  if (!snapshot) return new TreeItem(taskTitle(node.task))
  switch (node.type) {
    case 'route':
      return drawRoute(snapshot, node, now)
    case 'step':
      return drawStep(snapshot, node.task, node.step)
    case 'part':
      return drawPart(snapshot, node.task, node.part)
  }
}

function drawRoute(snapshot: Snapshot, { task, provider }: RouteNode, now: number): TreeItem {
  const state = snapshot.readiness[task]
  const { icon, color } = routeIcon(snapshot, task)
  const isBroken = state.reason !== null
  const item = new TreeItem(
    taskTitle(task),
    isBroken ? TreeItemCollapsibleState.Expanded : TreeItemCollapsibleState.Collapsed,
  )
  // A route that stops being ready opens by itself: a row of another id is a new row.
  item.id = isBroken ? `${task}/stopped` : task
  item.description = describeRoute(snapshot, task, now)
  item.iconPath = color ? new ThemeIcon(icon, new ThemeColor(color)) : new ThemeIcon(icon)
  item.tooltip = drawFacts(taskTitle(task), routeFacts(snapshot, task, now))
  item.contextValue = [
    'route',
    isBroken ? 'blocked' : 'ready',
    ...(provider === undefined ? [] : ['provided']),
    ...(replacementOf(snapshot, task) ? ['replaceable'] : []),
  ].join(' ')
  item.accessibilityInformation = { label: spokenRoute(snapshot, task, now) }
  return item
}

/** Where the resolution stops, and the sentence behind it. The page that a click opens has every step. */
function drawStep(snapshot: Snapshot, task: Task, step: TraceStep): TreeItem {
  const { reason } = snapshot.readiness[task]
  const detail = stepDetail(step)
  const label = l10n.t('Stops at: {0}', stepTitle(step.step))
  const item = new TreeItem(label)
  item.id = `${task}/${step.provider ?? ''}/${step.step}`
  item.description = detail
  item.iconPath = new ThemeIcon('error', new ThemeColor('list.errorForeground'))
  item.tooltip = drawFacts(label, [
    ...(step.provider ? [{ label: l10n.t('Provider'), text: step.provider }] : []),
    { label: l10n.t('Found'), text: detail },
    ...(reason ? [{ label: l10n.t('What helps'), text: reasonAction(reason) }] : []),
  ])
  item.contextValue = 'step'
  item.command = { command: 'llmProviders.explainRoute', title: l10n.t('Explain route'), arguments: [task] }
  item.accessibilityInformation = { label: `${label}. ${detail}` }
  return item
}

const partIcons: Record<RoutePart, string> = {
  provider: 'plug',
  model: 'symbol-misc',
  ask: 'question',
  thinking: 'lightbulb',
  batch: 'layers',
  concurrency: 'split-horizontal',
  fallback: 'arrow-swap',
}

function drawPart(snapshot: Snapshot, task: Task, part: RoutePart): TreeItem {
  const { label, text } = partWords(snapshot, task, part) ?? { label: '', text: '' }
  const item = new TreeItem(label)
  item.id = `${task}/${part}`
  item.description = text
  item.iconPath = new ThemeIcon(partIcons[part])
  item.tooltip = drawFacts(taskTitle(task), [{ label, text }])
  item.contextValue = 'part'
  item.accessibilityInformation = { label: `${label}: ${text}` }
  return item
}
