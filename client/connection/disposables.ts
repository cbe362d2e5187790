import type { Disposable } from 'vscode'

export interface DisposableStore extends Disposable {
  /** Keeps it until the end; one that arrives after the end is disposed at once, so nothing started late outlives the extension. */
  add<Item extends Disposable>(item: Item): Item
  readonly size: number
}

export function createDisposableStore(): DisposableStore {
  const items: Disposable[] = []
  let isDisposed = false
  return {
    add(item) {
      if (isDisposed) item.dispose()
      else items.push(item)
      return item
    },
    get size() {
      return items.length
    },
    /** Last in, first out: what was built on something goes before it. */
    dispose() {
      isDisposed = true
      for (const item of items.splice(0).reverse()) item.dispose()
    },
  }
}
