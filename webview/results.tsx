import './styles/results.css'
import type { PageEvent } from '../protocol/page.ts'
import { resultsTalk } from '../protocol/resultsPage.ts'
import { startPanel } from './host/startPanel.ts'
import { ResultsFrame } from './results/resultsFrame.tsx'

/** Everything of the results panel's page is built and wired here, once. */
startPanel(resultsTalk, ({ host, storage, announce }) => {
  const listeners = new Set<(event: PageEvent) => void>()
  let lives = 0
  return {
    onEvent(event) {
      for (const listener of listeners) listener(event)
    },
    onServerBack() {
      lives += 1
    },
    draw({ place, server, announcement, now }) {
      const context = { host, storage, announce, server, now, lives, listen }
      return <ResultsFrame context={context} place={place} announcement={announcement} />
    },
  }

  function listen(listener: (event: PageEvent) => void): () => void {
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }
})
