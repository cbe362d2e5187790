import * as l10n from '@vscode/l10n'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import * as z from 'zod'
import type { ListedKnowledgeBase } from '../../../protocol/knowledgeBases.ts'
import { anewTarget, buildTarget, newTarget } from '../../../protocol/page.ts'
import { knownModels } from '../../parts/knownModels.ts'
import { Unread } from '../../parts/notice.tsx'
import { useAllModels } from '../../state/allModels.ts'
import { allAnswered } from '../../state/answer.ts'
import { type PageProps, useReading } from '../../state/pageContext.ts'
import { usePersistedState } from '../../state/persistedState.ts'
import { Button } from '../../toolkit.tsx'
import { BaseRow, type BaseRowProps, baseTitleId } from './baseRow.tsx'
import type { WantedBuild } from './buildAction.tsx'
import { CreateBase } from './createBase.tsx'
import { modelsOfType } from './modelOptions.ts'

const newBaseId = 'new-knowledge-base'

/** Sets of texts that are searched by meaning: what they hold, building them, and looking into them. */
export function KnowledgePage({ target }: PageProps) {
  const read = allAnswered({
    bases: useReading('kb/list', {}),
    providers: useReading('provider/list', {}),
    registered: useAllModels(),
  })
  const [isNew, setNew] = usePersistedState('knowledge.new', z.boolean(), false)
  const setFocusId = useLaterFocus()
  const handled = useRef<PageProps['target']>(null)
  const [wanted, setWanted] = useState<Wanted | null>(null)
  const isThere = read.kind === 'there'
  useLayoutEffect(() => {
    if (!target || !isThere || handled.current === target) return
    handled.current = target
    if (target.name === newTarget) return setNew(true)
    const { name, build } = readTarget(target.name)
    if (build) setWanted({ name, build })
    setNew(undefined)
    setFocusId(baseTitleId(name))
  }, [target, isThere])
  if (read.kind !== 'there') return <Unread answer={read} />
  const { bases, providers, registered } = read.value
  const known = knownModels(providers, registered)
  const embedding = modelsOfType(known, providers, 'embedding')
  const leave = (id: string) => {
    setNew(undefined)
    setFocusId(id)
  }
  if (isNew) {
    return (
      <CreateBase
        embedding={embedding}
        generation={modelsOfType(known, providers, 'generation')}
        names={bases.map(({ name }) => name)}
        onCreated={(name) => leave(baseTitleId(name))}
        onLeave={() => leave(newBaseId)}
      />
    )
  }
  return (
    <>
      <p class="facts">
        {l10n.t(
          'A knowledge base is a set of files, folders or results that is searched by meaning. Conversations can be about one.',
        )}
      </p>
      <div class="toolbar">
        <Button id={newBaseId} look="primary" onClick={() => setNew(true)}>
          {l10n.t('New knowledge base …')}
        </Button>
      </div>
      {bases.length === 0 ? <p>{l10n.t('There is no knowledge base yet.')}</p> : null}
      <Bases {...{ bases, embedding, wanted }} onWanted={setWanted} onGone={() => setFocusId(newBaseId)} />
    </>
  )
}

/** What another place wants to be built. */
interface Wanted {
  name: string
  build: WantedBuild
}

interface BasesProps extends Pick<BaseRowProps, 'embedding' | 'onGone'> {
  bases: readonly ListedKnowledgeBase[]
  wanted: Wanted | null
  onWanted(wanted: Wanted | null): void
}

function Bases({ bases, embedding, wanted, onWanted, onGone }: BasesProps) {
  return (
    <ul class="rows" aria-label={l10n.t('Knowledge bases')}>
      {bases.map((base) => (
        <BaseRow
          key={base.name}
          base={base}
          embedding={embedding}
          wanted={wanted?.name === base.name ? wanted.build : null}
          onWanted={(build) => onWanted(build && { name: base.name, build })}
          onGone={onGone}
        />
      ))}
    </ul>
  )
}

function readTarget(target: string): { name: string; build: WantedBuild | null } {
  if (target.endsWith(buildTarget)) return { name: target.slice(0, -buildTarget.length), build: 'build' }
  if (target.endsWith(anewTarget)) return { name: target.slice(0, -anewTarget.length), build: 'anew' }
  return { name: target, build: null }
}

/** Leads the focus to something as soon as it is there: what was created a moment ago is in the list when that was read again. */
function useLaterFocus(): (id: string) => void {
  const [focusId, setFocusId] = useState<string | null>(null)
  useEffect(() => {
    const wanted = focusId === null ? null : document.getElementById(focusId)
    if (!wanted) return
    wanted.focus()
    setFocusId(null)
  })
  return setFocusId
}
