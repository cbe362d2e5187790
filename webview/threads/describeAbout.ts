import * as l10n from '@vscode/l10n'
import { useEffect, useState } from 'preact/hooks'
import { assertNever } from '../../protocol/names.ts'
import type { ThreadAbout } from '../../protocol/threads.ts'
import { plural } from '../parts/language.ts'
import { formatShare } from '../results/describeResult.ts'
import { describeFilter } from '../results/filterChips.tsx'
import { draftOf } from '../results/filterDraft.ts'
import { useThreads } from './threadsContext.ts'

/** What a conversation is about, in words; null: not known yet. */
export function useAboutWords(about: ThreadAbout | null): string | null {
  const { host } = useThreads()
  const [source, setSource] = useState<string | null>(null)
  const runId = about?.kind === 'run' ? about.runId : null
  useEffect(() => {
    let isCurrent = true
    if (runId === null) return
    void host.request('run/get', { runId }).then((read) => {
      if (isCurrent) setSource(read.ok ? read.value.source : l10n.t('a run that is not there any more'))
    })
    return () => {
      isCurrent = false
    }
  }, [host, runId])
  if (about === null) return null
  switch (about.kind) {
    case 'run':
      return source === null ? null : describeRun(about, source)
    case 'source':
      return l10n.t('About the items of {0}', about.path)
    case 'kb':
      return l10n.t('About the knowledge base {0}', about.name)
    default:
      return assertNever(about)
  }
}

function describeRun({ ids, filter = {} }: Extract<ThreadAbout, { kind: 'run' }>, source: string): string {
  const { only, except, minConfidence } = filter
  const conditions = [
    ...describeFilter(draftOf(filter)),
    ...(minConfidence === undefined ? [] : [l10n.t('Confidence from {0}', formatShare(minConfidence))]),
    ...(except ? [plural(except.length, 'without {0} item', 'without {0} items')] : []),
  ]
  const chosen = ids ?? only?.map(({ id }) => id)
  const [first = ''] = chosen ?? []
  const what =
    chosen === undefined
      ? l10n.t('About the results of {0}', source)
      : chosen.length === 1
        ? l10n.t('About the item {0} of {1}', first, source)
        : plural(chosen.length, 'About {0} item of {1}', 'About {0} items of {1}', source)
  return conditions.length === 0 ? what : `${what} (${conditions.join(', ')})`
}
