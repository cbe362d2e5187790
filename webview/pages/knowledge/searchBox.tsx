import * as l10n from '@vscode/l10n'
import { useId, useRef, useState } from 'preact/hooks'
import * as z from 'zod'
import type { KnowledgeHits } from '../../../protocol/knowledgeBases.ts'
import type { Reason } from '../../../protocol/reasons.ts'
import { describeReason, plural, reasonAction } from '../../parts/language.ts'
import { LoadingNote, Notice, ReasonNotice } from '../../parts/notice.tsx'
import { usePage } from '../../state/pageContext.ts'
import { usePersistedState } from '../../state/persistedState.ts'
import { Button, TextField } from '../../toolkit.tsx'
import type { WantedBuild } from './buildAction.tsx'

type Hit = KnowledgeHits['hits'][number]

type State =
  | { kind: 'idle' }
  | { kind: 'searching' }
  | { kind: 'found'; hits: readonly Hit[] }
  | { kind: 'failed'; reason: Reason }

const mostHits = 10

/** Asks a base what is nearest to a text. The text goes to its embedding model. */
export function SearchBox({ name, onWanted }: { name: string; onWanted(wanted: WantedBuild): void }) {
  const id = useId()
  const { host, announce } = usePage()
  const [text, setText] = usePersistedState(`knowledge.search ${name}`, z.string().max(4000), '')
  const [state, setState] = useState<State>({ kind: 'idle' })
  const turn = useRef(0)
  const search = async () => {
    if (text.trim() === '') return document.getElementById(`${id}-text`)?.focus()
    turn.current += 1
    const mine = turn.current
    setState({ kind: 'searching' })
    const found = await host.request('kb/search', { name, text, limit: mostHits })
    if (mine !== turn.current) return
    if (!found.ok) return setState({ kind: 'failed', reason: found.reason })
    setState({ kind: 'found', hits: found.value.hits })
    announce(plural(found.value.hits.length, '{0} chunk found', '{0} chunks found'))
  }
  return (
    <search aria-label={l10n.t('Search in {0}', name)}>
      <form
        class="toolbar"
        onSubmit={(event) => {
          event.preventDefault()
          void search()
        }}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || (event.target as HTMLElement).tagName !== 'VSCODE-TEXT-FIELD') return
          event.preventDefault()
          void search()
        }}
      >
        <TextField
          id={`${id}-text`}
          label={l10n.t('Search by meaning')}
          value={text}
          onInput={setText}
          inputMode="search"
          mostCharacters={4000}
        />
        <Button onClick={() => void search()} label={l10n.t('Search in {0}', name)}>
          {l10n.t('Search')}
        </Button>
      </form>
      {state.kind === 'searching' ? <LoadingNote>{l10n.t('Searching …')}</LoadingNote> : null}
      {state.kind === 'failed' ? <NotFound reason={state.reason} onWanted={onWanted} /> : null}
      {state.kind === 'found' ? <Hits name={name} hits={state.hits} /> : null}
    </search>
  )
}

/** What only building helps against is done here; the rest leads where it always does. */
function NotFound({ reason, onWanted }: { reason: Reason; onWanted(wanted: WantedBuild): void }) {
  if (reason.code !== 'kb_unbuilt' && reason.code !== 'vectors_changed') return <ReasonNotice reason={reason} />
  const wanted = reason.code === 'kb_unbuilt' ? 'build' : 'anew'
  return (
    <Notice look="error" actions={<Button onClick={() => onWanted(wanted)}>{reasonAction(reason)}</Button>}>
      {describeReason(reason)}
    </Notice>
  )
}

function Hits({ name, hits }: { name: string; hits: readonly Hit[] }) {
  const { host } = usePage()
  const [problem, setProblem] = useState<string | null>(null)
  const open = async ({ id, item, file, line }: Hit & { file: string }) =>
    setProblem(await host.command('openChunk', { name, item: item ?? id, file, line }))
  if (hits.length === 0) return <p>{l10n.t('Nothing is near to it.')}</p>
  return (
    <>
      {problem === null ? null : <Notice look="error">{problem}</Notice>}
      <ol class="knowledge-hits" aria-label={l10n.t('Hits in {0}', name)}>
        {hits.map((hit) => (
          <li key={hit.id}>
            <div class="row-head">
              <span class="count">{l10n.t('Similarity {0}', hit.score.toFixed(3))}</span>
              {hit.file === null ? (
                <span>{hit.id}</span>
              ) : (
                <button
                  type="button"
                  class="knowledge-place"
                  onClick={() => void open({ ...hit, file: hit.file ?? '' })}
                >
                  {placeOf(hit)}
                </button>
              )}
              {hit.heading === null ? null : <span class="facts">{hit.heading}</span>}
            </div>
            <p class="knowledge-text">{hit.text}</p>
          </li>
        ))}
      </ol>
    </>
  )
}

/** The last two parts of the path tell files apart well enough in a list. */
function placeOf({ file, line }: Hit): string {
  const short = (file ?? '').split(/[\\/]/).slice(-2).join('/')
  return line === null ? short : `${short}:${line}`
}
