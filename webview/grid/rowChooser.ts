import { useRef } from 'preact/hooks'

/**
 * one: a row is chosen, or no more; `with`: where a person had clicked before, null: nowhere. range: from where it began to where it ends
 * now; `isNew`: it began just now, else it takes the place of what it was before.
 */
export type GridChoice =
  | { kind: 'one'; index: number; with: number | null }
  | { kind: 'range'; from: number; to: number; isNew: boolean }
  | { kind: 'all' }
  | { kind: 'none' }

export interface GridChoosing {
  /** Nothing is chosen. */
  isEmpty: boolean
  isChosen(index: number): boolean
  onChoose(choice: GridChoice): void
}

interface RowChooser {
  /** The row that a key leads to while it chooses, and the active one where it leads nowhere; null: it is no key of choosing. */
  press(event: KeyboardEvent, step: (key: string) => number | null): number | null
  /** False: a click that chooses nothing, but looks at its row. */
  click(event: MouseEvent, index: number): boolean
  /** The active row has moved by itself: a range begins there. */
  forgetAnchor(): void
}

/** What mouse and keys choose, as in lists of the editor: Ctrl or Cmd one more, Shift from where it began, Ctrl+A all. */
export function useRowChooser(choosing: GridChoosing | undefined, active: number): RowChooser {
  const anchor = useRef<{ index: number; isClicked: boolean; isDrawnOut: boolean } | null>(null)
  if (!choosing) return { press: () => null, click: () => false, forgetAnchor: () => undefined }
  const { onChoose } = choosing
  const drawOutTo = (to: number) => {
    const from = anchor.current?.index ?? active
    const isNew = anchor.current?.isDrawnOut !== true
    anchor.current = { index: from, isClicked: false, isDrawnOut: true }
    onChoose({ kind: 'range', from, to, isNew })
  }
  const chooseOne = (index: number) => {
    const before = anchor.current?.isClicked ? anchor.current.index : null
    anchor.current = { index, isClicked: false, isDrawnOut: false }
    onChoose({ kind: 'one', index, with: before === index ? null : before })
  }
  return {
    press(event, step) {
      const { key, shiftKey, altKey } = event
      const isControl = event.ctrlKey || event.metaKey
      if (altKey) return null
      if (isControl && !shiftKey && key.toLowerCase() === 'a') onChoose({ kind: 'all' })
      else if (key === ' ' && (isControl || shiftKey)) chooseOne(active)
      else if (shiftKey && !isControl) {
        const next = step(key)
        if (next === null) return null
        drawOutTo(next)
        return next
      } else return null
      return active
    },
    click(event, index) {
      if (event.shiftKey) drawOutTo(index)
      else if (event.ctrlKey || event.metaKey) chooseOne(index)
      else {
        anchor.current = { index, isClicked: true, isDrawnOut: false }
        if (!choosing.isEmpty) onChoose({ kind: 'none' })
        return false
      }
      return true
    },
    forgetAnchor() {
      anchor.current = null
    },
  }
}

export function isChoosingClick({ shiftKey, ctrlKey, metaKey }: MouseEvent): boolean {
  return shiftKey || ctrlKey || metaKey
}
