import { useEffect, useState } from 'preact/hooks'
import type { Result } from '../../protocol/contract.ts'
import type { Thread } from '../../protocol/threads.ts'
import type { Answer } from '../state/answer.ts'
import { useThreads, useVersion } from './threadsContext.ts'

/** All conversations, the one that changed last first; read again whenever one changes, while the last list is still shown. */
export function useThreadList(): Answer<readonly Thread[]> {
  const { host } = useThreads()
  const version = useVersion('threads', 'providers', 'models', 'preferences')
  const [list, setList] = useState<Answer<readonly Thread[]>>({ kind: 'reading' })
  useEffect(() => {
    let isCurrent = true
    void readAll().then((read) => {
      // What was there stays: that the server went away is said at the top of the page.
      if (isCurrent) setList((before) => (read.kind === 'failed' && before.kind === 'there' ? before : read))
    })
    return () => {
      isCurrent = false
    }

    async function readAll(): Promise<Answer<readonly Thread[]>> {
      const threads: Thread[] = []
      for (let cursor: string | null = null; ; ) {
        const page: Result<'thread/list'> = await host.request('thread/list', { cursor })
        if (!page.ok) return { kind: 'failed', reason: page.reason }
        threads.push(...page.value.rows)
        cursor = page.value.next
        if (cursor === null || !isCurrent) return { kind: 'there', value: threads }
      }
    }
  }, [host, version])
  return list
}
