import * as l10n from '@vscode/l10n'
import type { ComponentChildren } from 'preact'
import { useMemo, useRef, useState } from 'preact/hooks'
import type { AnswerUnderWay, CitedItem, ThreadMessage } from '../../protocol/threads.ts'
import { describeAnswer } from '../../shared/describe/thread.ts'
import { Markdown, type MarkdownActions } from '../markdown/markdown.tsx'
import { Icon } from '../parts/icon.tsx'
import { formatInstant, language, plural } from '../parts/language.ts'
import { MenuButton } from '../parts/menu.tsx'
import { LoadingNote, ReasonNotice } from '../parts/notice.tsx'
import type { Exchange, Shown } from './conversation.ts'
import { spellWriter, type Writer } from './modelPicker.tsx'
import { useThreads } from './threadsContext.ts'

interface MessageActions {
  writers: readonly Writer[] | null
  onAddress(address: string): void
  /** Something could not be opened, with why. Null: it could. */
  onFailure(why: string | null): void
  onAgain(messageId: string, writer: Writer): Promise<void>
}

/** The messages of a conversation: each question, and behind it its answer or one of its answers. */
export function MessageList({ shown, ...actions }: MessageActions & { shown: Shown }) {
  const { exchanges, live, pending, isAnswering, isElsewhere } = shown
  const latest = useRef(actions)
  latest.current = actions
  return (
    <>
      {exchanges.map((exchange, place) => (
        <MemoExchange
          key={exchange.question.id}
          exchange={exchange}
          live={live?.question === exchange.question.id ? live : null}
          isAwaited={isAnswering && live === null && pending === null && place === exchanges.length - 1}
          isElsewhere={isElsewhere && place === exchanges.length - 1}
          canAsk={!isAnswering && !isElsewhere}
          writers={actions.writers}
          latest={latest}
        />
      ))}
      {pending === null ? null : (
        <div class="exchange">
          <p class="question">{pending}</p>
          <LoadingNote>{l10n.t('Asking …')}</LoadingNote>
        </div>
      )}
    </>
  )
}

interface ExchangeProps {
  exchange: Exchange
  live: AnswerUnderWay | null
  /** Its answer is awaited, and nothing has come of it. */
  isAwaited: boolean
  /** Another process answers, and it is the last one. */
  isElsewhere: boolean
  canAsk: boolean
  writers: readonly Writer[] | null
  /** What messages may ask for, as it is now: another one is no reason to draw them again. */
  latest: { current: MessageActions }
}

/** While one answer is written, the others are not looked at again. */
function MemoExchange(props: ExchangeProps) {
  const { exchange, live, isAwaited, isElsewhere, canAsk, writers } = props
  return useMemo(() => <ExchangeShown {...props} />, [exchange, live, isAwaited, isElsewhere, canAsk, writers])
}

function ExchangeShown(props: ExchangeProps) {
  const { live, isAwaited, isElsewhere, canAsk, writers, latest } = props
  const { question, answers } = props.exchange
  const [chosen, setChosen] = useState<number | null>(null)
  // The newest one, also when it comes while an earlier one is looked at.
  const known = useRef(answers.length)
  const isNew = known.current !== answers.length
  known.current = answers.length
  const at = isNew || chosen === null ? answers.length - 1 : Math.min(chosen, answers.length - 1)
  if (isNew && chosen !== null) setChosen(null)
  const answer = answers[at]
  const isWritten = live !== null || (isAwaited && answers.length === 0)
  const again =
    isWritten || !canAsk ? null : (
      <MenuButton
        label={l10n.t('Ask again, also another model')}
        entries={(writers ?? []).map((writer) => ({
          id: spellWriter(writer),
          label: spellWriter(writer),
          onPick: () => void latest.current.onAgain(question.id, writer),
        }))}
      >
        {l10n.t('Ask again …')}
      </MenuButton>
    )
  return (
    <article class="exchange" aria-label={l10n.t('Question: {0}', question.text.slice(0, 100))}>
      <p class="question">{question.text}</p>
      {question.material === null ? null : (
        <p class="facts">
          {plural(question.material.length, 'with {0} character of material', 'with {0} characters of material')}
        </p>
      )}
      {answers.length > 1 && !live ? <Pager at={at} count={answers.length} onChoose={setChosen} /> : null}
      {live ? <LiveAnswer live={live} latest={latest} /> : null}
      {isWritten ? <LoadingNote>{l10n.t('Answering …')}</LoadingNote> : null}
      {answer && !live ? (
        <Answer key={answer.id} answer={answer} latest={latest}>
          {again}
        </Answer>
      ) : null}
      {isElsewhere && !isWritten ? (
        <LoadingNote>{l10n.t('An answer is being written in another window or in a terminal …')}</LoadingNote>
      ) : null}
      {answer || isWritten || isElsewhere ? null : (
        <>
          <p class="facts">{l10n.t('There is no answer.')}</p>
          {again}
        </>
      )}
    </article>
  )
}

function Pager({ at, count, onChoose }: { at: number; count: number; onChoose(at: number): void }) {
  return (
    <p class="pager">
      <button
        type="button"
        class="plain-button"
        aria-label={l10n.t('Answer before')}
        aria-disabled={at === 0}
        onClick={() => at > 0 && onChoose(at - 1)}
      >
        ‹
      </button>
      <span role="status">{l10n.t('Answer {0} of {1}', at + 1, count)}</span>
      <button
        type="button"
        class="plain-button"
        aria-label={l10n.t('Next answer')}
        aria-disabled={at === count - 1}
        onClick={() => at < count - 1 && onChoose(at + 1)}
      >
        ›
      </button>
    </p>
  )
}

function LiveAnswer({ live, latest }: { live: AnswerUnderWay; latest: ExchangeProps['latest'] }) {
  const { host } = useThreads()
  const actions: MarkdownActions = {
    onAddress: (address) => latest.current.onAddress(address),
    onCopy: (text) => void host.command('copy', { text }),
    citation: () => null,
  }
  return <Markdown text={live.text} isGrowing actions={actions} />
}

interface AnswerProps {
  answer: ThreadMessage
  latest: ExchangeProps['latest']
  /** What else is done with it. */
  children: ComponentChildren
}

function Answer({ answer, latest, children }: AnswerProps) {
  const { host } = useThreads()
  const { id, threadId, text, context, reason, state, at } = answer
  const cited = context?.cited ?? []
  const open = async ({ id: item, inputHash }: CitedItem) => {
    latest.current.onFailure(await host.command('openCitation', { threadId, messageId: id, id: item, inputHash }))
  }
  const actions: MarkdownActions = {
    onAddress: (address) => latest.current.onAddress(address),
    onCopy: (copied) => void host.command('copy', { text: copied }),
    citation(name) {
      const item = cited.find((each) => each.id === name)
      return item ? () => void open(item) : null
    },
  }
  return (
    <div class="answer">
      <Markdown text={text} isGrowing={false} actions={actions} />
      {reason ? <ReasonNotice reason={reason} /> : null}
      {cited.length > 0 ? (
        <p class="cited">
          {l10n.t('Cited:')}{' '}
          {cited.map((item) => (
            <button
              key={`${item.id} ${item.inputHash}`}
              type="button"
              class="link"
              title={item.source}
              aria-label={l10n.t('Open the item {0}', item.id)}
              onClick={() => void open(item)}
            >
              {item.id}
            </button>
          ))}
        </p>
      ) : null}
      <p class="facts answer-facts">
        {state === 'complete' ? null : <Icon name={state === 'failed' ? 'error' : 'off'} />}
        <span title={formatInstant(at)}>{describeAnswer(language, answer).join(' · ')}</span>
      </p>
      <div class="answer-actions">
        {text === '' ? null : (
          <button type="button" class="plain-button" onClick={() => void host.command('copy', { text })}>
            {l10n.t('Copy the answer')}
          </button>
        )}
        {children}
      </div>
    </div>
  )
}
