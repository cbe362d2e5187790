import { useEffect, useRef, useState } from 'preact/hooks'
import type { RunView } from '../../protocol/runs.ts'
import { type Answer, useAnswer, useResults } from './resultsContext.ts'

/** Whoever looks on while a run goes on sees new results about so often. */
const restMs = 1_000

export interface ShownRun {
  run: Answer<RunView>
  /** Another one when its results are others. */
  version: number
  /** Another one when a revision was kept, added or removed. */
  revisions: number
}

/** A run as it is now, also while it goes on. */
export function useRun(runId: string): ShownRun {
  const { listen } = useResults()
  const [version, setVersion] = useState(0)
  const [revisions, setRevisions] = useState(0)
  const [told, setTold] = useState<RunView | null>(null)
  const waiting = useRef<ReturnType<typeof setTimeout> | null>(null)
  const asked = useAnswer('run/get', { runId }, revisions)
  useEffect(() => {
    setTold(null)
    const leave = listen((event) => {
      if (event.name === 'data/changed' && event.params.what.includes('runs')) {
        setRevisions((count) => count + 1)
      }
      // What people say is laid over results.
      if (event.name === 'data/changed' && event.params.what.includes('labels')) setVersion((count) => count + 1)
      if (event.name !== 'run/progress' || event.params.runId !== runId) return
      setTold(event.params)
      waiting.current ??= setTimeout(() => {
        waiting.current = null
        setVersion((count) => count + 1)
      }, restMs)
    })
    return () => {
      leave()
      if (waiting.current !== null) clearTimeout(waiting.current)
      waiting.current = null
    }
  }, [runId, listen])
  // What was asked for last goes before what was told while it was on its way.
  useEffect(() => setTold(null), [asked])
  return { run: told ? { kind: 'there', value: told } : asked, version, revisions }
}
