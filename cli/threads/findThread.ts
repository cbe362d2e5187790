import type { Result } from '../../protocol/contract.ts'
import { maxPageRows } from '../../protocol/names.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Thread, ThreadMessage, ThreadWithMessages } from '../../protocol/threads.ts'
import type { Client } from '../invocation/client.ts'
import { UsageError } from '../invocation/usageError.ts'
import { cut, oneLine } from '../terminal/plainText.ts'

/** By its id, or the beginning of it that no other thread has; `latest`: the one that changed last. */
export async function findThread(client: Client, word: string): Promise<Outcome<Thread>> {
  const threads = await readThreads(client)
  if (!threads.ok) return threads
  const [latest] = threads.value
  if (word === 'latest' && latest) return succeed(latest)
  const matches = threads.value.filter(({ id }) => id.startsWith(word))
  const [first, second] = matches
  if (second && first?.id !== word) throw new UsageError(`Several conversations begin with "${cut(oneLine(word), 60)}"`)
  if (first) return succeed(first)
  if (word === 'latest' || word.length < 8) throw new UsageError(`There is no conversation "${cut(oneLine(word), 60)}"`)
  // The contract says what is not there.
  const missing = await client.request('thread/get', { threadId: word, limit: 1 })
  return missing.ok ? succeed(missing.value.thread) : missing
}

/** All of them, however many pages that takes. */
export async function readThreads(client: Client): Promise<Outcome<Thread[]>> {
  const threads: Thread[] = []
  let cursor: string | null = null
  do {
    const page: Result<'thread/list'> = await client.request('thread/list', { cursor, limit: maxPageRows })
    if (!page.ok) return page
    threads.push(...page.value.rows)
    cursor = page.value.next
  } while (cursor !== null)
  return succeed(threads)
}

/** A thread with all of its messages. */
export async function readThread(client: Client, word: string): Promise<Outcome<ThreadWithMessages>> {
  const found = await findThread(client, word)
  if (!found.ok) return found
  const rows: ThreadMessage[] = []
  let isAnsweredElsewhere = false
  let cursor: string | null = null
  do {
    const page: Result<'thread/get'> = await client.request('thread/get', {
      ...{ threadId: found.value.id, limit: maxPageRows },
      cursor,
    })
    if (!page.ok) return page
    rows.push(...page.value.rows)
    isAnsweredElsewhere = page.value.isAnsweredElsewhere
    cursor = page.value.next
  } while (cursor !== null)
  return succeed({ thread: found.value, answering: null, isAnsweredElsewhere, rows, next: null })
}
