import { useEffect, useRef } from 'preact/hooks'
import { ResultsLayout } from '../../protocol/resultsPage.ts'
import { usePersistedState } from '../state/persistedState.ts'
import { useResults } from './resultsContext.ts'

export interface Layout {
  widths: ResultsLayout['widths']
  hidden: ResultsLayout['hidden']
  resize(column: string, pixels: number): void
  show(column: string, isShown: boolean): void
  /** As it was at first. */
  reset(): void
}

const asAtFirst: ResultsLayout = { widths: {}, hidden: [] }

/** While an edge is pulled, the editor is told only where it rests. */
const restMs = 300

/** Which columns are shown, and how wide: the page has it at once, the editor keeps it for the workspace. */
export function useLayout(): Layout {
  const { host, storage } = useResults()
  const [layout, setLayout] = usePersistedState<ResultsLayout | null>('layout', ResultsLayout.nullable(), null)
  const waiting = useRef<ReturnType<typeof setTimeout> | null>(null)
  const shown = layout ?? asAtFirst
  useEffect(() => {
    if (storage.read('layout', ResultsLayout)) return
    void host.command('readLayout', {}).then((kept) => {
      if (kept && !storage.read('layout', ResultsLayout)) setLayout(kept)
    })
  }, [])
  const change = (next: ResultsLayout) => {
    setLayout(next)
    if (waiting.current !== null) clearTimeout(waiting.current)
    waiting.current = setTimeout(() => void host.command('keepLayout', next), restMs)
  }
  return {
    ...shown,
    resize: (column, pixels) => change({ ...shown, widths: { ...shown.widths, [column]: pixels } }),
    show(column, isShown) {
      const others = shown.hidden.filter((each) => each !== column)
      change({ ...shown, hidden: isShown ? others : [...others, column] })
    },
    reset: () => change(asAtFirst),
  }
}
