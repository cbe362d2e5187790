import * as l10n from '@vscode/l10n'
import { useEffect, useMemo, useReducer, useState } from 'preact/hooks'
import type { Thread, ThreadMessage } from '../../protocol/threads.ts'
import { ConfirmDialog } from '../parts/confirmDialog.tsx'
import { describeReason, plural } from '../parts/language.ts'
import { Notice, ReasonNotice, Unread } from '../parts/notice.tsx'
import { Button } from '../toolkit.tsx'
import { Composer } from './composer.tsx'
import { Conversation, type Shown } from './conversation.ts'
import { useAboutWords } from './describeAbout.ts'
import { MessageList } from './messageList.tsx'
import { ModelPicker, useWriters } from './modelPicker.tsx'
import { Scrolled } from './scrolled.tsx'
import { ThreadHead } from './threadHead.tsx'
import { titleOf } from './threadList.tsx'
import { useThreads, useVersion } from './threadsContext.ts'

/** Of an answer, in characters: what is read aloud by itself can be stopped, but not skimmed. */
const mostAnnounced = 1_000

/** How often it is looked whether another process still answers. */
const elsewhereMs = 3_000

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

/** A conversation, followed for as long as it is shown. `onAnswer`: an answer has come to its end. */
function useConversation(threadId: string, onAnswer: (answer: ThreadMessage) => void): Conversation {
  const { host, listen } = useThreads()
  const version = useVersion('threads', 'providers', 'models', 'preferences')
  const [, redraw] = useReducer((count: number) => count + 1, 0)
  const conversation = useMemo(
    () => new Conversation({ host, threadId, onChange: () => redraw(null), onAnswer }),
    [host, threadId],
  )
  useEffect(() => void conversation.read(), [conversation, version])
  const isElsewhere = conversation.state.kind === 'there' && conversation.state.isElsewhere
  // Its end is a change that is told; that its writer has died is not.
  useEffect(() => {
    if (!isElsewhere) return
    const timer = setInterval(() => void conversation.read(), elsewhereMs)
    return () => clearInterval(timer)
  }, [conversation, isElsewhere])
  useEffect(() => {
    const leave = listen((event) => {
      if (event.name === 'thread/delta') conversation.onDelta(event.params)
    })
    return () => {
      leave()
      conversation.close()
    }
  }, [conversation, listen])
  return conversation
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
  const { thread, isAnswering } = shown
  const threadId = thread.id
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
      <AboutLine thread={thread} onOpen={async () => setFailure(await host.command('openAbout', { threadId }))} />
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
      <Problems shown={shown} />
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
        <AskedRemove thread={thread} onDone={onGone} onFailure={setFailure} onClose={() => setRemoving(false)} />
      ) : null}
    </section>
  )
}

function AboutLine({ thread: { about }, onOpen }: { thread: Thread; onOpen(): Promise<void> }) {
  const words = useAboutWords(about)
  if (words === null) return null
  return (
    <p class="thread-about">
      {words}{' '}
      <button type="button" class="link" onClick={() => void onOpen()}>
        {l10n.t('Open')}
      </button>
    </p>
  )
}

/** Why nobody can answer, and why the last question was not asked. */
function Problems({ shown: { thread, problem } }: { shown: Shown }) {
  return (
    <>
      {thread.reason ? (
        <>
          <ReasonNotice reason={thread.reason} />
          <p>{l10n.t('Until then, another model chosen below can answer. None takes its place by itself.')}</p>
        </>
      ) : null}
      {problem && problem.code !== thread.reason?.code ? <ReasonNotice reason={problem} /> : null}
    </>
  )
}

interface AskedRemoveProps {
  thread: Thread
  onDone(): void
  onFailure(why: string): void
  onClose(): void
}

function AskedRemove({ thread, onDone, onFailure, onClose }: AskedRemoveProps) {
  const { host } = useThreads()
  const { id: threadId, messages } = thread
  const remove = async () => {
    onClose()
    const removed = await host.request('thread/remove', { threadId })
    if (removed.ok) onDone()
    else onFailure(describeReason(removed.reason))
  }
  return (
    <ConfirmDialog
      question={l10n.t('Remove the conversation "{0}"?', titleOf(thread))}
      confirm={l10n.t('Remove')}
      onConfirm={() => void remove()}
      onCancel={onClose}
    >
      {plural(messages, 'It has {0} message, which is lost.', 'It has {0} messages, which are lost.')}
    </ConfirmDialog>
  )
}

/** A model wrote the link: where it leads is read before it is gone to. */
function AskedOpen({ address, onClose }: { address: string; onClose(): void }) {
  const { host } = useThreads()
  return (
    <ConfirmDialog
      question={l10n.t('Open this address?')}
      confirm={l10n.t('Open')}
      onConfirm={() => {
        onClose()
        void host.command('openAddress', { address })
      }}
      onCancel={onClose}
    >
      <code class="whole-address">{address}</code>
    </ConfirmDialog>
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
