import {
  type Disposable,
  EventEmitter,
  type MarkdownString,
  type TreeDataProvider,
  type TreeDragAndDropController,
  type TreeItem,
  type TreeView,
  window,
} from 'vscode'
import { createDisposableStore } from '../connection/disposables.ts'
import type { Snapshot, SnapshotPart, SnapshotStore } from '../connection/snapshot.ts'

/** What every view is made with. `minutes` ticks so that ages stay true. */
export interface ViewParts {
  snapshots: SnapshotStore
  now: () => number
  minutes: (tick: () => void) => Disposable
  onVisible: () => void
}

export interface Tree<Node> extends Disposable {
  tree: TreeView<Node>
  nodes: TreeDataProvider<Node>
  /** Draws the node anew, or without one all of them. */
  redraw(node?: Node): void
}

/**
 * A view over the snapshot. It is drawn anew when one of its parts changed and not otherwise: a row that somebody is
 * about to click should stay where it is.
 */
export function createTree<Node>(
  parts: ViewParts,
  view: {
    id: string
    shows: readonly SnapshotPart[]
    childrenOf(snapshot: Snapshot, node: Node | undefined): Node[] | Promise<Node[]>
    draw(snapshot: Snapshot | null, node: Node, now: number): TreeItem
    /** What is only shown of an item when a person points at it, and costs something to find out. */
    resolve?(snapshot: Snapshot, node: Node, now: number): Promise<MarkdownString | null>
    parentOf?(node: Node): Node | undefined
    dragAndDropController?: TreeDragAndDropController<Node>
    /** Takes over what changed; false: all is to be drawn anew. */
    onChange?(next: Snapshot | null, before: Snapshot | null): boolean
  },
): Tree<Node> {
  const { snapshots, now } = parts
  const store = createDisposableStore()
  const changed = store.add(new EventEmitter<Node | undefined>())
  const nodes: TreeDataProvider<Node> = {
    onDidChangeTreeData: changed.event,
    getChildren: (node) => (snapshots.current ? view.childrenOf(snapshots.current, node) : []),
    getTreeItem: (node) => view.draw(snapshots.current, node, now()),
    ...(view.resolve && { resolveTreeItem: (item: TreeItem, node: Node) => resolve(item, node) }),
    ...(view.parentOf && { getParent: (node: Node) => view.parentOf?.(node) }),
  }
  async function resolve(item: TreeItem, node: Node): Promise<TreeItem> {
    const { current } = snapshots
    const tooltip = current && (await view.resolve?.(current, node, now()))
    if (tooltip) item.tooltip = tooltip
    return item
  }
  const { dragAndDropController } = view
  const tree = store.add(
    window.createTreeView(view.id, {
      treeDataProvider: nodes,
      ...(dragAndDropController && { dragAndDropController }),
    }),
  )
  let before = snapshots.current
  store.add(
    snapshots.changes.listen((next) => {
      const previous = before
      before = next
      if (view.shows.every((part) => next?.[part] === previous?.[part])) return
      if (!view.onChange?.(next, previous)) changed.fire(undefined)
    }),
  )
  store.add(parts.minutes(() => tree.visible && changed.fire(undefined)))
  store.add(tree.onDidChangeVisibility(({ visible }) => visible && parts.onVisible()))
  if (tree.visible) parts.onVisible()
  return { tree, nodes, redraw: (node) => changed.fire(node), dispose: () => store.dispose() }
}
