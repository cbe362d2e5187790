import { useEffect, useMemo, useReducer } from 'preact/hooks'
import type { ThreadMessage } from '../../protocol/threads.ts'
import { Conversation } from './conversation.ts'
import { useThreads, useVersion } from './threadsContext.ts'

/** A conversation, followed for as long as it is shown. `onAnswer`: an answer has come to its end. */
export function useConversation(threadId: string, onAnswer: (answer: ThreadMessage) => void): Conversation {
  const { host, listen } = useThreads()
  const version = useVersion('threads', 'providers', 'models', 'preferences')
  const [, redraw] = useReducer((count: number) => count + 1, 0)
  const conversation = useMemo(
    () => new Conversation({ host, threadId, onChange: () => redraw(null), onAnswer }),
    [host, threadId],
  )
  useEffect(() => void conversation.read(), [conversation, version])
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
