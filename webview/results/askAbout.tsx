import * as l10n from '@vscode/l10n'
import { useState } from 'preact/hooks'
import type { ResultQuery } from '../../protocol/resultQueries.ts'
import type { ThreadAbout } from '../../protocol/threads.ts'
import { Notice } from '../parts/notice.tsx'
import { useResults } from './resultsContext.ts'

interface AskAboutProps {
  about: Omit<Extract<ThreadAbout, { kind: 'run' }>, 'kind'>
  /** The words on the button. */
  children: string
  /** Says more than they do, such as which category is meant. */
  label?: string
}

/** Begins a conversation about results, on the page for conversations. */
export function AskAbout({ about, children, label }: AskAboutProps) {
  const { host } = useResults()
  const [why, setWhy] = useState<string | null>(null)
  return (
    <>
      <button
        type="button"
        class="link"
        aria-label={label}
        onClick={async () => setWhy(await host.command('askAbout', about))}
      >
        {children}
      </button>
      {why === null ? null : <Notice look="error">{why}</Notice>}
    </>
  )
}

/** About the results that a filter finds. */
export function AskAboutThese({ runId, query: { filter } }: { runId: string; query: Pick<ResultQuery, 'filter'> }) {
  return <AskAbout about={{ runId, ...(filter && { filter }) }}>{l10n.t('Ask about these')}</AskAbout>
}
