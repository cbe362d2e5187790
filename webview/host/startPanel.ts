import * as l10n from '@vscode/l10n'
import { type ComponentChild, render } from 'preact'
import * as z from 'zod'
import type {
  CommandTable,
  PageEvent,
  PageMessage,
  PanelTalk,
  RequestTable,
  ServerCondition,
} from '../../protocol/page.ts'
import { type Host, HostConnection } from './host.ts'
import { PageStorage } from './pageStorage.ts'

const minuteMs = 60_000

export interface Shown<At> {
  /** Where a command wants the panel to be; a new object each time. Null: where it was. */
  place: At | null
  server: ServerCondition
  /** What was announced last. */
  announcement: string
  /** Milliseconds since 1970, as of the last minute. */
  now: number
}

export interface PanelParts<Talk extends { requests: RequestTable; commands: CommandTable }> {
  host: Host<Talk>
  storage: PageStorage
  announce(sentence: string): void
}

/** What is a panel's own. */
export interface PanelPage<At> {
  onEvent(event: PageEvent): void
  /** What was read before may be old. */
  onServerBack(): void
  draw(shown: Shown<At>): ComponentChild
}

/** Connects a page with its editor and draws it whenever something changes: once in the life of a document. */
export function startPanel<Requests extends RequestTable, Commands extends CommandTable, At>(
  talk: PanelTalk<Requests, Commands, At>,
  open: (parts: PanelParts<PanelTalk<Requests, Commands, At>>) => PanelPage<At>,
): void {
  // The page's policy forbids code made from text; without this, each attempt to check would be reported.
  z.config({ jitless: true })
  const editor = acquireVsCodeApi<unknown>()
  const root = document.getElementById('root')
  if (!root) throw new Error('the document is not the panel’s')
  let isStarted = false
  let shown: Omit<Shown<At>, 'now'> = { place: null, server: { kind: 'starting' }, announcement: '' }
  const host = new HostConnection({
    talk,
    post: (message: PageMessage) => editor.postMessage(message),
    log: (line) => console.warn(line),
    listener: {
      start({ language, words, place, server }) {
        document.documentElement.lang = language
        if (words) l10n.config({ contents: words })
        isStarted = true
        show({ place, server })
      },
      event: (event) => page.onEvent(event),
      open: (place) => show({ place }),
      server(server) {
        if (server.kind === 'running' && shown.server.kind !== 'running') page.onServerBack()
        show({ server })
      },
    },
  })
  const storage = new PageStorage(editor)
  // The same sentence twice is two things that happened: a change is what makes it heard.
  const announce = (sentence: string) =>
    show({ announcement: shown.announcement === sentence ? `${sentence}\u00a0` : sentence })
  const page = open({ host, storage, announce })

  function show(change: Partial<typeof shown>) {
    shown = { ...shown, ...change }
    if (isStarted && root) render(page.draw({ ...shown, now: Date.now() }), root)
  }

  window.addEventListener('message', ({ data: raw, origin }) => {
    // Only the editor's own frame speaks from the page's origin.
    if (origin === window.origin) host.receive(raw)
  })
  setInterval(() => show({}), minuteMs)
  editor.postMessage({ type: 'ready' } satisfies PageMessage)
}
