import * as l10n from '@vscode/l10n'
import { render } from 'preact'
import * as z from 'zod'
import './styles/main.css'
import type { PageMessage, Place, ServerCondition } from '../protocol/page.ts'
import { Frame } from './frame/frame.tsx'
import { connectHost } from './host/host.ts'
import { createKept } from './state/kept.ts'
import { createPulls } from './state/pulls.ts'
import { createServerData } from './state/serverData.ts'

// The page may make no code out of text, and need not be told each time that it may not.
z.config({ jitless: true })

const minuteMs = 60_000

/** Everything of the page is built and wired here, once. */
function start() {
  const editor = acquireVsCodeApi<unknown>()
  const root = document.getElementById('root')
  if (!root) throw new Error('the document is not the panel’s')
  const shown: { place: Place | null; server: ServerCondition; announcement: string; isStarted: boolean } = {
    place: null,
    server: { kind: 'starting' },
    announcement: '',
    isStarted: false,
  }
  const host = connectHost({
    post: (message: PageMessage) => editor.postMessage(message),
    note: (line) => console.warn(line),
    listener: {
      start({ language, words, place, server }) {
        document.documentElement.lang = language
        if (words) l10n.config({ contents: words })
        show({ place, server, isStarted: true })
      },
      event(event) {
        data.heard(event)
        pulls.heard(event)
      },
      open: (place) => show({ place }),
      server(server) {
        if (server.kind === 'running' && shown.server.kind !== 'running') data.readAll()
        show({ server })
      },
    },
  })
  const data = createServerData(host)
  const kept = createKept(editor)
  const pulls = createPulls({ host, kept })
  // The same sentence twice is two things that happened: a change is what makes it heard.
  const announce = (sentence: string) =>
    show({ announcement: shown.announcement === sentence ? `${sentence}\u00a0` : sentence })

  function show(change: Partial<typeof shown>) {
    Object.assign(shown, change)
    const { place, server, announcement, isStarted } = shown
    if (!isStarted || !root) return
    const context = { host, data, kept, pulls, announce, server, now: Date.now() }
    render(<Frame context={context} place={place} announcement={announcement} />, root)
  }

  window.addEventListener('message', ({ data: raw, origin }) => {
    // Only the editor's own frame speaks from the page's origin.
    if (origin === window.origin) host.receive(raw)
  })
  setInterval(() => show({}), minuteMs)
  editor.postMessage({ type: 'ready' } satisfies PageMessage)
}

start()
