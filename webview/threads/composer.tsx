import * as l10n from '@vscode/l10n'
import type { ComponentChildren } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import * as z from 'zod'
import { longestQuestion } from '../../protocol/threadsPage.ts'
import { formatNumber } from '../parts/language.ts'
import { Button, useKeyGuard } from '../toolkit.tsx'
import { useThreads } from './threadsContext.ts'

interface ComposerProps {
  threadId: string
  isFocused: boolean
  isAnswering: boolean
  /** There is a model that would answer. */
  canAsk: boolean
  /** False: nothing was asked, and the question is still to be seen. */
  onAsk(text: string): Promise<boolean>
  onStop(): void
  children: ComponentChildren
}

/** The box for the question. What is typed in it is kept for its conversation until it is sent. */
export function Composer({ threadId, isFocused, isAnswering, canAsk, onAsk, onStop, children }: ComposerProps) {
  const [draft, persist] = useDraft(threadId)
  const box = useRef<HTMLTextAreaElement>(null)
  const { accept, notice } = useKeyGuard(persist, { isSearch: true })
  useEffect(() => {
    if (isFocused) box.current?.focus()
  }, [isFocused, threadId])
  useLayoutEffect(() => {
    const { current } = box
    if (!current) return
    current.style.height = 'auto'
    current.style.height = `${current.scrollHeight + 2}px`
  }, [draft])
  const isReady = canAsk && !isAnswering && draft.trim() !== ''
  const ask = async () => {
    if (!isReady) return
    persist('')
    box.current?.focus()
    // What could not be asked is typed still, unless something else is by now; also where another conversation is looked at.
    if (!(await onAsk(draft.trim())) && (box.current?.value ?? '') === '') persist(draft)
  }
  return (
    <div class="composer">
      <label for="question" class="unseen">
        {l10n.t('Question')}
      </label>
      <textarea
        id="question"
        ref={box}
        rows={2}
        maxLength={longestQuestion}
        value={draft}
        placeholder={l10n.t('Ask …')}
        aria-describedby="question-keys"
        onInput={(event) => accept(event.currentTarget)}
        onKeyDown={(event) => {
          // While signs are composed, Enter chooses one.
          if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
          event.preventDefault()
          void ask()
        }}
      />
      {notice}
      {draft.length >= longestQuestion ? <EndOfRoom /> : null}
      <div class="composer-line">
        {children}
        <span id="question-keys" class="facts">
          {l10n.t('Enter sends, Shift+Enter begins a new line.')}
        </span>
        {isAnswering ? (
          <Button onClick={onStop}>{l10n.t('Stop')}</Button>
        ) : (
          <Button look="primary" disabled={!isReady} onClick={() => void ask()}>
            {l10n.t('Send')}
          </Button>
        )}
      </div>
    </div>
  )
}

function EndOfRoom() {
  return (
    <p class="field-problem" role="alert">
      {l10n.t(
        'Here is room for {0} characters. "llm-providers ask" in a terminal takes more, piped in.',
        formatNumber(longestQuestion),
      )}
    </p>
  )
}

const Drafts = z.record(z.string(), z.string())
const mostDrafts = 50

/** Of each conversation its own, over hiding and reloading; those that were typed last are kept. */
function useDraft(threadId: string): [string, (text: string) => void] {
  const { storage } = useThreads()
  const [draft, setDraft] = useState(() => storage.read('drafts', Drafts)?.[threadId] ?? '')
  return [
    draft,
    (text) => {
      const { [threadId]: _, ...others } = storage.read('drafts', Drafts) ?? {}
      const kept = Object.entries(others).slice(1 - mostDrafts)
      storage.write('drafts', Object.fromEntries(text === '' ? kept : [...kept, [threadId, text]]))
      setDraft(text)
    },
  ]
}
