import * as l10n from '@vscode/l10n'
import type { ComponentChildren } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { ThreadMessage } from '../../protocol/threads.ts'
import { ConfirmDialog } from '../parts/confirmDialog.tsx'
import { plural } from '../parts/language.ts'
import { Notice, ReasonNotice, Unread } from '../parts/notice.tsx'
import { Button } from '../toolkit.tsx'
import { AskedOpen } from './askedOpen.tsx'
import { Composer } from './composer.tsx'
import type { Conversation, Shown } from './conversation.ts'
import { useAboutWords } from './describeAbout.ts'
import { MessageList } from './messageList.tsx'
import { ModelPicker } from './modelPicker.tsx'
import { ThreadHead } from './threadHead.tsx'
import { useThreads } from './threadsContext.ts'
import { useConversation } from './useConversation.ts'
import { useWriters } from './useWriters.ts'

/** Of an answer, in characters: what is read aloud by itself can be stopped, but not skimmed. */
const mostAnnounced = 1_000

interface ConversationViewProps {
  threadId: string
  /** The box for the question gets the focus. */
  isFocused: boolean
  /** It was removed, here or elsewhere. */
  onGone(): void
}

export function ConversationView({ threadId, isFocused, onGone }: ConversationViewProps) {
  const { announce } = useThreads()
  const conversation = useConversation(threadId, (answer) => announce(describeFinished(answer)))
  const { state } = conversation
  const isGone = state.kind === 'failed' && state.reason.code === 'not_found'
  if (state.kind === 'there') {
    return <ConversationShown conversation={conversation} shown={state} isFocused={isFocused} onGone={onGone} />
  }
  return (
    <section class="conversation">
      {isGone ? (
        <Notice look="info" actions={<Button onClick={onGone}>{l10n.t('Show another one')}</Button>}>
          {l10n.t('This conversation is not there any more.')}
        </Notice>
      ) : (
        <Unread answer={state} />
      )}
    </section>
  )
}

interface ConversationShownProps extends Omit<ConversationViewProps, 'threadId'> {
  conversation: Conversation
  shown: Shown
}

function ConversationShown({ conversation, shown, isFocused, onGone }: ConversationShownProps) {
  const { host, announce } = useThreads()
  const writers = useWriters()
  const [failure, setFailure] = useState<string | null>(null)
  const [address, setAddress] = useState<string | null>(null)
  const [isRemoving, setRemoving] = useState(false)
  const { thread, isAnswering, problem } = shown
  const threadId = thread.id
  const about = useAboutWords(thread.about)
  const setModel = async (provider: string, model: string) => {
    if (!(await conversation.setModel(provider, model))) return false
    announce(l10n.t('The next question goes to {0}.', `${provider}/${model}`))
    return true
  }
  return (
    <section class="conversation" aria-labelledby="thread-title">
      <ThreadHead
        thread={thread}
        onRename={(title) => conversation.rename(title)}
        onExport={async () => setFailure(await host.command('exportThread', { threadId }))}
        onRemove={() => setRemoving(true)}
      />
      {about ? (
        <p class="thread-about">
          {about}{' '}
          {thread.about?.kind === 'kb' ? null : (
            <button
              type="button"
              class="link"
              onClick={async () => setFailure(await host.command('openAbout', { threadId }))}
            >
              {l10n.t('Open')}
            </button>
          )}
        </p>
      ) : null}
      {failure === null ? null : <Notice look="error">{failure}</Notice>}
      <Scrolled shown={shown} onEarlier={() => conversation.readEarlier()}>
        <MessageList
          shown={shown}
          writers={writers}
          onAddress={setAddress}
          onFailure={setFailure}
          onAgain={async (messageId, writer) => {
            const { answersNext } = thread
            const isSame = answersNext?.provider === writer.provider && answersNext.model === writer.model
            if (isSame || (await setModel(writer.provider, writer.model))) await conversation.askAgain(messageId)
          }}
        />
      </Scrolled>
      {thread.reason ? <ReasonNotice reason={thread.reason} /> : null}
      {problem && problem !== thread.reason ? <ReasonNotice reason={problem} /> : null}
      <Composer
        threadId={threadId}
        isFocused={isFocused}
        isAnswering={isAnswering}
        canAsk={thread.answersNext !== null}
        onAsk={(text) => conversation.ask(text)}
        onStop={() => void conversation.stop()}
      >
        <ModelPicker
          thread={thread}
          writers={writers}
          onChoose={(writer) => void setModel(writer.provider, writer.model)}
        />
      </Composer>
      {address === null ? null : <AskedOpen address={address} onClose={() => setAddress(null)} />}
      {isRemoving ? (
        <ConfirmDialog
          question={l10n.t('Remove the conversation "{0}"?', thread.title)}
          confirm={l10n.t('Remove')}
          onConfirm={async () => {
            setRemoving(false)
            const removed = await host.request('thread/remove', { threadId })
            if (removed.ok) onGone()
          }}
          onCancel={() => setRemoving(false)}
        >
          {plural(thread.messages, 'It has {0} message, which is lost.', 'It has {0} messages, which are lost.')}
        </ConfirmDialog>
      ) : null}
    </section>
  )
}

/** So close to the end, in pixels, somebody follows what is written. */
const followed = 60

/** Keeps the end in sight while something is written, unless somebody reads elsewhere; what comes above moves nothing. */
function Scrolled({
  shown,
  onEarlier,
  children,
}: {
  shown: Shown
  onEarlier(): Promise<void>
  children: ComponentChildren
}) {
  const box = useRef<HTMLDivElement>(null)
  const isFollowing = useRef(true)
  const first = shown.exchanges[0]?.question.id
  const before = useRef({ first, height: 0 })
  useLayoutEffect(() => {
    const { current } = box
    if (!current) return
    if (isFollowing.current) current.scrollTop = current.scrollHeight
    else if (before.current.first !== first) current.scrollTop += current.scrollHeight - before.current.height
    before.current = { first, height: current.scrollHeight }
  })
  useEffect(() => {
    const { current } = box
    const content = current?.firstElementChild
    if (!current || !content) return
    // What is drawn late, such as what was out of sight, makes it longer.
    const growth = new ResizeObserver(() => {
      if (isFollowing.current) current.scrollTop = current.scrollHeight
    })
    growth.observe(content)
    return () => growth.disconnect()
  }, [])
  useEffect(() => {
    // A question of one's own is followed wherever one was.
    if (shown.pending !== null) isFollowing.current = true
  }, [shown.pending])
  return (
    <div
      ref={box}
      class="messages"
      role="log"
      aria-live="off"
      aria-label={l10n.t('Messages')}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by key.
      tabIndex={0}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        isFollowing.current = scrollHeight - scrollTop - clientHeight < followed
      }}
    >
      <div>
        {shown.hasEarlier ? <Earlier onEarlier={onEarlier} /> : null}
        {children}
      </div>
    </div>
  )
}

/** Reads on when it comes into sight, and at a click for those who go by keys. */
function Earlier({ onEarlier }: { onEarlier(): Promise<void> }) {
  const line = useRef<HTMLParagraphElement>(null)
  const latest = useRef(onEarlier)
  latest.current = onEarlier
  useEffect(() => {
    const { current } = line
    if (!current) return
    const sight = new IntersectionObserver((entries) => {
      if (entries.some(({ isIntersecting }) => isIntersecting)) void latest.current()
    })
    sight.observe(current)
    return () => sight.disconnect()
  })
  return (
    <p ref={line} class="earlier">
      <Button onClick={() => void onEarlier()}>{l10n.t('Earlier messages')}</Button>
    </p>
  )
}

function describeFinished({ state, model, text, reason }: ThreadMessage): string {
  switch (state) {
    case 'complete':
      return l10n.t('{0} has answered: {1}', model ?? '', text.slice(0, mostAnnounced).toWellFormed())
    case 'stopped':
      return l10n.t('The answer of {0} is stopped.', model ?? '')
    case 'failed':
      return reason ? l10n.t('The answer of {0} failed.', model ?? '') : ''
  }
}
