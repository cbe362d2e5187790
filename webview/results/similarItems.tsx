import * as l10n from '@vscode/l10n'
import { useEffect, useState } from 'preact/hooks'
import type { SimilarItems as Found, ListedKnowledgeBase } from '../../protocol/knowledgeBases.ts'
import type { ResultRecord } from '../../protocol/results.ts'
import type { ShownItem } from '../../protocol/resultsPage.ts'
import { describeReason } from '../parts/language.ts'
import { LoadingNote, Notice, ReasonNotice } from '../parts/notice.tsx'
import { Button } from '../toolkit.tsx'
import { useAnswer, useResults } from './resultsContext.ts'

interface SimilarItemsProps {
  result: ResultRecord
  onShow(item: ShownItem): void
}

const mostItems = 5

/** The results of the run whose texts are nearest in meaning, where a knowledge base of the run has been built; else the way to one. */
export function SimilarItems({ result, onShow }: SimilarItemsProps) {
  const { runId } = result
  const version = useKnowledgeChanges()
  const bases = useAnswer('kb/list', {}, version)
  if (bases.kind !== 'there') return null
  const base = newestOf(bases.value, runId)
  return (
    <section class="similar" aria-label={l10n.t('Similar items')}>
      <h3>{l10n.t('Similar')}</h3>
      {base?.builtAt ? (
        <Nearest name={base.name} version={version} result={result} onShow={onShow} />
      ) : (
        <BuildFirst runId={runId} words={l10n.t('Similar items are found by embeddings of the texts of this run.')} />
      )}
    </section>
  )
}

/** Built ones first, of them the one that was built last. */
function newestOf(bases: readonly ListedKnowledgeBase[], runId: string): ListedKnowledgeBase | undefined {
  const own = bases.filter(({ sources }) => sources.some((each) => each.kind === 'run' && each.runId === runId))
  return own.toSorted((one, other) => ((one.builtAt ?? '') < (other.builtAt ?? '') ? 1 : -1))[0]
}

function Nearest({ name, version, result, onShow }: SimilarItemsProps & { name: string; version: number }) {
  const { runId, id, inputHash } = result
  const params = { name, like: { id, inputHash }, limit: mostItems }
  const answer = useAnswer('kb/similar', params, version)
  if (answer.kind === 'reading') return <LoadingNote />
  if (answer.kind === 'failed') {
    const { reason } = answer
    const isNew = reason.code === 'not_found' && reason.what === 'item'
    // Its files are gone: building makes them again.
    if (reason.code === 'kb_unbuilt') return <BuildFirst runId={runId} words={describeReason(reason)} />
    if (!isNew) return <ReasonNotice reason={reason} />
    return <BuildFirst runId={runId} words={l10n.t('This item has no embedding yet.')} />
  }
  const { items } = answer.value
  if (items.length === 0) return <p class="facts">{l10n.t('The run has no other item.')}</p>
  return (
    <ol class="similar-list">
      {items.map((item) => (
        <li key={`${item.id} ${item.inputHash}`}>
          <SimilarItem item={item} onShow={onShow} />
        </li>
      ))}
    </ol>
  )
}

function SimilarItem({ item, onShow }: { item: Found['items'][number] } & Pick<SimilarItemsProps, 'onShow'>) {
  const { id, inputHash, score, text } = item
  const words = <span class="similar-words">{text}</span>
  const likeness = <span class="count">{l10n.t('Similarity {0}', score.toFixed(3))}</span>
  if (inputHash === undefined)
    return (
      <>
        {id} {likeness} {words}
      </>
    )
  return (
    <button type="button" class="similar-item" onClick={() => onShow({ id, inputHash })}>
      <span class="link">{id}</span> {likeness} {words}
    </button>
  )
}

/** The editor says what it costs, and asks. */
function BuildFirst({ runId, words }: { runId: string; words: string }) {
  const { host } = useResults()
  const [state, setState] = useState<'idle' | 'building' | { why: string }>('idle')
  const build = async () => {
    setState('building')
    const why = await host.command('buildSimilar', { runId })
    setState(why === null ? 'idle' : { why })
  }
  return (
    <>
      <p class="facts">{words}</p>
      {typeof state === 'object' ? <Notice look="error">{state.why}</Notice> : null}
      {state === 'building' ? <LoadingNote>{l10n.t('Preparing …')}</LoadingNote> : null}
      <div class="actions">
        <Button onClick={() => void build()} disabled={state === 'building'}>
          {l10n.t('Find similar items …')}
        </Button>
      </div>
    </>
  )
}

/** Another number whenever knowledge bases have changed. */
function useKnowledgeChanges(): number {
  const { listen } = useResults()
  const [changes, setChanges] = useState(0)
  useEffect(
    () =>
      listen((event) => {
        if (event.name === 'data/changed' && event.params.what.includes('knowledge')) setChanges((count) => count + 1)
      }),
    [listen],
  )
  return changes
}
