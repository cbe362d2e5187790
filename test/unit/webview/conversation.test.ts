import { expect, test } from 'vitest'
import type { ThreadMessage } from '../../../protocol/threads.ts'
import { fail } from '../../../shared/fail.ts'
import { Conversation } from '../../../webview/threads/conversation.ts'

const threadId = '20261121t093000000z-made01'
const at = '2026-11-21T09:30:00.000Z'
const idOf = (number: number, what: 'question' | 'answer') =>
  `20261121t093000000z-${String(number).padStart(4, '0')}${what === 'question' ? 'a' : 'b'}`

const nothing = {
  ...{
    threadId,
    material: null,
    provider: null,
    kind: null,
    model: null,
    parameters: null,
    usage: null,
    costUsd: null,
  },
  ...{ latencyMs: null, state: 'complete' as const, reason: null, context: null, at },
}
const question = (number: number): ThreadMessage => ({
  ...{ ...nothing, id: idOf(number, 'question'), role: 'user', text: `Question ${number}`, answers: null },
})
const answer = (number: number, changes: Partial<ThreadMessage> = {}): ThreadMessage => ({
  ...{ ...nothing, id: idOf(number, 'answer'), role: 'assistant', text: `Answer ${number}` },
  ...{ answers: idOf(number, 'question'), ...changes },
})

const thread = {
  ...{ id: threadId, title: 'Made', provider: 'local', model: 'writer', about: null, reason: null, messages: 0 },
  ...{ answersNext: { provider: 'local', model: 'writer' }, createdAt: at, updatedAt: at },
}

/** A server with messages, of which pages are read from the end; and what the conversation told. */
function world(messages: ThreadMessage[]) {
  const told: string[] = []
  let answering: { messageId: string; question: string; text: string } | null = null
  let reads = 0
  const host = {
    async request(_: string, { cursor, limit }: { cursor?: string; limit: number }) {
      reads += 1
      const newest = messages.toReversed()
      const from = cursor ? newest.findIndex(({ id }) => id === cursor) + 1 : 0
      const rows = newest.slice(from, from + limit)
      const next = newest.length > from + limit ? (rows.at(-1)?.id ?? null) : null
      return { ok: true, value: { thread, answering, isAnsweredElsewhere: false, rows, next } }
    },
    async command() {
      return fail({ code: 'thread_busy', threadId })
    },
  }
  const conversation = new Conversation({
    host: host as never,
    threadId,
    onChange: () => {},
    onAnswer: ({ text }) => void told.push(text),
  })
  const shown = () => {
    const { state } = conversation
    if (state.kind !== 'there') throw new Error(state.kind)
    return state
  }
  return {
    ...{ conversation, shown, told },
    reads: () => reads,
    write: (text: string | null) => {
      answering = text === null ? null : { messageId: idOf(1, 'answer'), question: idOf(1, 'question'), text }
    },
  }
}

const piece = (text: string, length: number) => ({
  ...{ threadId, messageId: idOf(1, 'answer'), question: idOf(1, 'question'), text, length },
})

test('pieces are put together, whatever comes twice, and a missed one is read', async () => {
  const { conversation, shown, write, reads } = world([question(1)])
  await conversation.read()
  conversation.onDelta(piece('one ', 0))
  conversation.onDelta(piece('two ', 4))
  conversation.onDelta(piece('two ', 4))
  conversation.onDelta(piece('ne two three ', 1))
  expect(shown().live?.text).toBe('one two three ')
  const before = reads()
  write('one two three four five ')
  conversation.onDelta(piece('five ', 19))
  await expect.poll(() => shown().live?.text).toBe('one two three four five ')
  expect(reads()).toBe(before + 1)
  conversation.onDelta({ ...piece('else', 0), threadId: '20261121t093000000z-other1' })
  conversation.onDelta(piece('six', 24))
  expect(shown().live?.text).toBe('one two three four five six')
})

test('a piece that came while the rest was read is not lost, and the stored answer takes its place and is told once', async () => {
  const messages = [question(1)]
  const { conversation, shown, write, told } = world(messages)
  await conversation.read()
  conversation.onDelta(piece('one two ', 0))
  write('one ')
  await conversation.read()
  expect(shown().live?.text).toBe('one two ')
  messages.push(answer(1, { text: 'one two three' }))
  write(null)
  await conversation.read()
  await conversation.read()
  expect(shown().live).toBeNull()
  conversation.onDelta(piece('late', 8))
  expect(shown().live).toBeNull()
  expect(shown().exchanges[0]?.answers.map(({ text }) => text)).toEqual(['one two three'])
  expect(told).toEqual(['one two three'])
})

test('earlier messages come when they are wanted, and an answer that was asked for again waits for its question', async () => {
  const messages = Array.from({ length: 50 }, (_, at) => [question(at), answer(at)]).flat()
  messages.push(answer(0, { id: `${idOf(99, 'answer')}`, text: 'Again' }))
  const { conversation, shown } = world(messages)
  await conversation.read()
  expect(shown().exchanges.length).toBeLessThan(50)
  expect(shown().hasEarlier).toBe(true)
  const [same] = shown().exchanges.slice(-1)
  for (let turn = 0; turn < 10 && shown().hasEarlier; turn++) await conversation.readEarlier()
  expect(shown().hasEarlier).toBe(false)
  expect(shown().exchanges.map(({ question: { text } }) => text)).toEqual(
    Array.from({ length: 50 }, (_, at) => `Question ${at}`),
  )
  expect(shown().exchanges[0]?.answers.map(({ text }) => text)).toEqual(['Answer 0', 'Again'])
  // What has not changed is not drawn again.
  expect(shown().exchanges.at(-1)).toBe(same)
})

test('a question that could not be asked is not shown as one, and says why', async () => {
  const { conversation, shown } = world([])
  await conversation.read()
  const asking = conversation.ask('Anybody?')
  expect(shown()).toMatchObject({ pending: 'Anybody?', isAnswering: true })
  expect(await asking).toBe(false)
  expect(shown()).toMatchObject({ pending: null, isAnswering: false, problem: { code: 'thread_busy' } })
})
