import './styles/threads.css'
import type { PageEvent } from '../protocol/page.ts'
import { threadsTalk } from '../protocol/threadsPage.ts'
import { startPanel } from './host/startPanel.ts'
import { ThreadsFrame } from './threads/threadsFrame.tsx'

/** Everything of the page for conversations is built and wired here, once. */
startPanel(threadsTalk, ({ host, storage, announce }) => {
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
      return <ThreadsFrame context={context} place={place} announcement={announcement} />
    },
  }

  function listen(listener: (event: PageEvent) => void): () => void {
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }
})
