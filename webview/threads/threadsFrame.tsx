import * as l10n from '@vscode/l10n'
import { useEffect, useLayoutEffect, useState } from 'preact/hooks'
import * as z from 'zod'
import type { Reason } from '../../protocol/reasons.ts'
import { type Thread, ThreadId } from '../../protocol/threads.ts'
import type { ThreadsPlace } from '../../protocol/threadsPage.ts'
import { PanelShell } from '../frame/panelShell.tsx'
import { ReasonNotice, Unread } from '../parts/notice.tsx'
import { usePersistedState, useStateIn } from '../state/persistedState.ts'
import { Button } from '../toolkit.tsx'
import { ConversationView } from './conversationView.tsx'
import { ThreadList, useThreadList } from './threadList.tsx'
import { ThreadsContext, type ThreadsFacts, useThreads } from './threadsContext.ts'

interface ThreadsFrameProps {
  context: ThreadsFacts
  place: ThreadsPlace | null
  announcement: string
}

/** All conversations, and the one that is shown. */
export function ThreadsFrame({ context, place, announcement }: ThreadsFrameProps) {
  const { storage, server, now, announce, host } = context
  const [shown, setShown] = useStateIn<string | null>(storage, 'thread', ThreadId.nullable(), null)
  useLayoutEffect(() => {
    if (place?.threadId) setShown(place.threadId)
  }, [place])
  const facts = {
    storage,
    server,
    now,
    announce,
    restartServer: () => void host.command('restartServer', {}),
    showLog: () => void host.command('showLog', {}),
    actionOf: (reason: Reason) =>
      isAboutQuestion(reason) ? focusQuestion : () => void host.command('actOn', { reason }),
  }
  return (
    <ThreadsContext.Provider value={context}>
      <PanelShell facts={facts} skip={l10n.t('Skip to the conversations')} announcement={announcement}>
        <Threads shown={shown} onShow={setShown} isOpened={place !== null && place.threadId === shown} />
      </PanelShell>
    </ThreadsContext.Provider>
  )
}

/** It is asked once more, shorter or later. */
function isAboutQuestion({ code, action }: Reason): boolean {
  return code === 'thread_busy' || action.id === 'shortenContent'
}

/** What was typed is still there. */
function focusQuestion(): void {
  document.getElementById('question')?.focus()
}

interface ThreadsProps {
  shown: string | null
  onShow(threadId: string | null): void
  /** A command has led here: the box for the question has the focus. */
  isOpened: boolean
}

function Threads({ shown, onShow, isOpened }: ThreadsProps) {
  const { host } = useThreads()
  const list = useThreadList()
  const [isListOpen, setListOpen] = usePersistedState('list', z.boolean(), true)
  const [problem, setProblem] = useState<Reason | null>(null)
  const [isFocused, setFocused] = useState(isOpened)
  useEffect(() => {
    if (isOpened) setFocused(true)
  }, [isOpened, shown])
  const first = list.kind === 'there' ? (list.value[0]?.id ?? null) : null
  useEffect(() => {
    // It stays the one that is shown when another one changes, and so comes first.
    if (shown === null && first !== null) onShow(first)
  }, [shown, first])
  const show = (threadId: string) => {
    setFocused(true)
    onShow(threadId)
  }
  const begin = async () => {
    const [latest] = list.kind === 'there' ? list.value : []
    // One that was begun and never asked in is as good as a new one.
    if (latest && latest.messages === 0 && latest.about === null) return show(latest.id)
    const begun = await host.request('thread/create', {})
    setProblem(begun.ok ? null : begun.reason)
    if (begun.ok) show(begun.value.id)
  }
  const threads = list.kind === 'there' ? list.value : []
  const current = shown ?? first
  return (
    <>
      <ThreadsHead isListOpen={isListOpen} onList={() => setListOpen(!isListOpen)} onBegin={() => void begin()} />
      {problem ? <ReasonNotice reason={problem} /> : null}
      {list.kind === 'there' ? null : <Unread answer={list} />}
      <div class={isListOpen ? 'threads threads-listed' : 'threads'}>
        <div id="thread-list" hidden={!isListOpen}>
          <ThreadList threads={threads} shown={current} onShow={show} />
        </div>
        {current === null ? (
          <p class="threads-none">
            {list.kind === 'there'
              ? l10n.t(
                  'There is no conversation yet. Begin one here, or with "Ask about these" in the results of a run.',
                )
              : ''}
          </p>
        ) : (
          <ConversationView
            key={current}
            threadId={current}
            isFocused={isFocused}
            onGone={() => onShow(nextOf(threads, current))}
          />
        )}
      </div>
    </>
  )
}

function ThreadsHead({ isListOpen, onList, onBegin }: { isListOpen: boolean; onList(): void; onBegin(): void }) {
  return (
    <header class="threads-head">
      <h1>{l10n.t('Conversations')}</h1>
      <Button look="primary" onClick={onBegin}>
        {l10n.t('New conversation')}
      </Button>
      <button
        type="button"
        class="plain-button"
        aria-expanded={isListOpen}
        aria-controls="thread-list"
        onClick={onList}
      >
        {isListOpen ? l10n.t('Hide the list') : l10n.t('Show the list')}
      </button>
    </header>
  )
}

/** What is shown instead of a conversation that was removed. */
function nextOf(threads: readonly Thread[], removed: string): string | null {
  return threads.find(({ id }) => id !== removed)?.id ?? null
}
