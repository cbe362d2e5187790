import * as l10n from '@vscode/l10n'
import { useState } from 'preact/hooks'
import type { Thread } from '../../protocol/threads.ts'
import { SearchLine } from '../parts/filterFields.tsx'
import { formatAge, plural } from '../parts/language.ts'
import { useThreads } from './threadsContext.ts'

/** More than that is found by typing, not by looking. */
const mostShown = 200

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
  const found = threads.filter(({ title }) => words.every((word) => title.toLowerCase().includes(word)))
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
        {found.slice(0, mostShown).map(({ id, title, updatedAt, reason }) => (
          <li key={id}>
            <button
              type="button"
              class="thread-link"
              aria-current={id === shown ? 'true' : undefined}
              onClick={() => onShow(id)}
            >
              <span class="thread-title">{title}</span>
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
