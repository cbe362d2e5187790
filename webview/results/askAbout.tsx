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

/** `why`: no conversation was begun, in a sentence; null: none was asked for, or it is open. */
export function useAskAbout(): { why: string | null; ask(about: AskAboutProps['about']): void } {
  const { host } = useResults()
  const [why, setWhy] = useState<string | null>(null)
  return { why, ask: (about) => void host.command('askAbout', about).then(setWhy) }
}

/** Begins a conversation about results, on the page for conversations. */
export function AskAbout({ about, children, label }: AskAboutProps) {
  const { why, ask } = useAskAbout()
  return (
    <>
      <button type="button" class="link" aria-label={label} onClick={() => ask(about)}>
        {children}
      </button>
      {why === null ? null : <Notice look="error">{why}</Notice>}
    </>
  )
}

/** About the results that a filter finds. `words`: where they are not simply those that are seen. */
export function AskAboutThese({
  runId,
  filter,
  words,
}: { runId: string; words?: string } & Pick<ResultQuery, 'filter'>) {
  return <AskAbout about={{ runId, ...(filter && { filter }) }}>{words ?? l10n.t('Ask about these')}</AskAbout>
}
