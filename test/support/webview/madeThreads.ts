import { succeed } from '../../../protocol/outcome.ts'
import type { ThreadAbout, ThreadMessage } from '../../../protocol/threads.ts'
import { insertMessage, insertThread } from '../../../server/store/threadTable.ts'
import type { StoreFolders } from '../store/storeFolder.ts'
import { madeAt } from './madeRuns.ts'

export interface MadeThread {
  threadId: string
  title: string
  /** Questions, each with one answer. */
  questions: number
  about?: ThreadAbout
  /** Who answered; absent: `keyless`, of which the store of pages knows. */
  provider?: string
  /** What is said; absent: that it is the answer to which question. */
  answerOf?(at: number): Partial<ThreadMessage>
}

const nothing = {
  ...{ material: null, answers: null, provider: null, kind: null, model: null, parameters: null, usage: null },
  ...{ costUsd: null, latencyMs: null, state: 'complete' as const, reason: null, context: null },
}

/** Conversations, as the product leaves them in a store. */
export async function makeThreads(
  folders: StoreFolders,
  dataDir: string,
  threads: readonly MadeThread[],
): Promise<void> {
  const store = await folders.open(dataDir)
  await store.change((database) => {
    for (const { threadId, title, questions, about = null, provider = 'keyless', answerOf } of threads) {
      const stored = { id: threadId, title, provider, model: 'gpt-5', about, messages: 0 }
      insertThread(database, { ...stored, createdAt: madeAt, updatedAt: madeAt })
      for (let at = 0; at < questions; at++) {
        const number = String(at).padStart(6, '0')
        const [question, answer] = [`${threadId}-${number}-a`, `${threadId}-${number}-b`]
        const base = { ...nothing, threadId, at: madeAt, hasMaterial: false }
        insertMessage(database, { ...base, id: question, role: 'user', text: `Question ${at}` })
        insertMessage(database, {
          ...{ ...base, id: answer, role: 'assistant', text: `Answer ${at}`, answers: question },
          ...{ provider, kind: 'openai', model: 'gpt-5', parameters: {}, latencyMs: 1200, costUsd: 0.0042 },
          ...{ usage: { input: 1200, output: 340, cached: null } },
          ...answerOf?.(at),
        })
      }
    }
    return succeed(null)
  })
  await store.close()
}
