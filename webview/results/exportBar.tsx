import * as l10n from '@vscode/l10n'
import { useId, useState } from 'preact/hooks'
import type { ResultQuery } from '../../protocol/resultQueries.ts'
import { ResultFormat } from '../../protocol/runs.ts'
import { LoadingNote, Notice } from '../parts/notice.tsx'
import { usePersistedState } from '../state/persistedState.ts'
import { Button, Dropdown } from '../toolkit.tsx'
import { useResults } from './resultsContext.ts'
import { tellFormat } from './resultWords.ts'

type Writing = { kind: 'idle' } | { kind: 'writing' } | { kind: 'failed'; why: string }

/** Writes what is shown, in its order, to a file that the editor asks for. */
export function ExportBar({ runId, query, isEmpty }: { runId: string; query: ResultQuery; isEmpty: boolean }) {
  const { host } = useResults()
  const id = useId()
  const [format, keepFormat] = usePersistedState<ResultFormat>('format', ResultFormat, 'csv')
  const [writing, setWriting] = useState<Writing>({ kind: 'idle' })
  const write = async () => {
    setWriting({ kind: 'writing' })
    const why = await host.command('exportResults', { runId, format, ...query })
    setWriting(why === null ? { kind: 'idle' } : { kind: 'failed', why })
  }
  return (
    <>
      <div class="export-bar">
        <Dropdown
          id={`${id}-format`}
          label={l10n.t('Format')}
          value={format}
          options={ResultFormat.options.map((value) => ({ value, label: tellFormat(value) }))}
          onInput={(value) => keepFormat(ResultFormat.parse(value))}
        />
        <Button disabled={isEmpty || writing.kind === 'writing'} onClick={() => void write()}>
          {l10n.t('Export …')}
        </Button>
      </div>
      {writing.kind === 'writing' ? <LoadingNote>{l10n.t('Writing …')}</LoadingNote> : null}
      {writing.kind === 'failed' ? <Notice look="error">{writing.why}</Notice> : null}
    </>
  )
}
