import './styles/setup.css'
import type { PageEvent } from '../protocol/page.ts'
import { setupTalk } from '../protocol/setupPage.ts'
import { startPanel } from './host/startPanel.ts'
import { SetupFrame } from './setup/setupFrame.tsx'

/** Everything of the page "What are these?" is built and wired here, once. */
startPanel(setupTalk, ({ host, storage, announce }) => {
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
      return <SetupFrame context={context} place={place} announcement={announcement} />
    },
  }

  function listen(listener: (event: PageEvent) => void): () => void {
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }
})
