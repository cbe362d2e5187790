import * as l10n from '@vscode/l10n'
import { useEffect, useState } from 'preact/hooks'
import type { Result } from '../../protocol/contract.ts'
import type { Thread } from '../../protocol/threads.ts'
import { SearchLine } from '../parts/filterFields.tsx'
import { formatAge, plural } from '../parts/language.ts'
import type { Answer } from '../state/answer.ts'
import { useThreads, useVersion } from './threadsContext.ts'

/** More than that is found by typing, not by looking. */
const mostShown = 200

/** A conversation that was begun has a title of ours until something is asked in it. */
export function titleOf({ title, messages }: Pick<Thread, 'title' | 'messages'>): string {
  return messages === 0 && title === 'New conversation' ? l10n.t('New conversation') : title
}

interface ThreadListProps {
  threads: readonly Thread[]
  shown: string | null
  onShow(threadId: string): void
}

/** The conversations whose titles have all the words that are typed, the one that changed last first. */
export function ThreadList({ threads, shown, onShow }: ThreadListProps) {
  const { now } = useThreads()
  const [search, setSearch] = useState('')
  const words = search.toLowerCase().split(/\s+/)
  const found = threads.filter((thread) => words.every((word) => titleOf(thread).toLowerCase().includes(word)))
  return (
    <nav aria-label={l10n.t('Conversations')} class="thread-list">
      <SearchLine
        value={search}
        mostCharacters={200}
        placeholder={l10n.t('Search titles')}
        onInput={setSearch}
        onLeave={() => document.querySelector<HTMLElement>('.thread-link')?.focus()}
      />
      <p class="unseen" role="status">
        {search.trim() === '' ? '' : plural(found.length, '{0} conversation found', '{0} conversations found')}
      </p>
      <ul>
        {found.slice(0, mostShown).map(({ id, updatedAt, reason, ...thread }) => (
          <li key={id}>
            <button
              type="button"
              class="thread-link"
              aria-current={id === shown ? 'true' : undefined}
              onClick={() => onShow(id)}
            >
              <span class="thread-title">{titleOf(thread)}</span>
              <span class="thread-age">
                {formatAge(updatedAt, now)}
                {reason ? ` · ${l10n.t('needs another model')}` : ''}
              </span>
            </button>
          </li>
        ))}
      </ul>
      {found.length > mostShown ? (
        <p class="facts">{l10n.t('{0} more: search for words of their titles.', found.length - mostShown)}</p>
      ) : null}
      {threads.length > 0 && found.length === 0 ? <p class="facts">{l10n.t('No title has these words.')}</p> : null}
    </nav>
  )
}

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
