import * as l10n from '@vscode/l10n'
import { useId, useState } from 'preact/hooks'
import type { KnowledgeSource, ListedKnowledgeBase } from '../../../protocol/knowledgeBases.ts'
import type { Dependent } from '../../../protocol/reasons.ts'
import { DependentList } from '../../parts/confirmDialog.tsx'
import { ConfirmedAction } from '../../parts/confirmedAction.tsx'
import { FactList } from '../../parts/factList.tsx'
import { formatAge, formatBytes, formatNumber } from '../../parts/language.ts'
import { Notice } from '../../parts/notice.tsx'
import { usePage } from '../../state/pageContext.ts'
import { Button, Dropdown, type Option } from '../../toolkit.tsx'
import { BuildAction, describeLostVectors, type WantedBuild } from './buildAction.tsx'
import { keyOf, modelOf } from './modelOptions.ts'
import { SearchBox } from './searchBox.tsx'

export interface BaseRowProps {
  base: ListedKnowledgeBase
  embedding: readonly Option[]
  /** Null: it is only shown. */
  wanted: WantedBuild | null
  /** Building is wanted, or begun: null. */
  onWanted(wanted: WantedBuild | null): void
  onGone(): void
}

/** The heading of a base, by which a command leads to it. */
export function baseTitleId(name: string): string {
  return `knowledge-${name}`
}

export function BaseRow({ base, embedding, wanted, onWanted, onGone }: BaseRowProps) {
  const { now } = usePage()
  const { name, embed, generation, chunks, files, bytes, builtAt } = base
  const isBuilt = builtAt !== null && chunks > 0
  return (
    <li class="row knowledge-base" aria-labelledby={baseTitleId(name)}>
      <div class="row-head">
        <h2 id={baseTitleId(name)} tabIndex={-1}>
          {name}
        </h2>
        <span class="kind">
          {builtAt === null ? l10n.t('not built yet') : l10n.t('built {0}', formatAge(builtAt, now))}
        </span>
      </div>
      <ul class="knowledge-sources" aria-label={l10n.t('Sources of {0}', name)}>
        {base.sources.map((source) => (
          <li key={JSON.stringify(source)}>
            <SourceName source={source} />
          </li>
        ))}
      </ul>
      <FactList
        look="totals"
        facts={[
          [l10n.t('Embedding model'), l10n.t('{0} / {1}', embed.provider, embed.model)],
          generation && [l10n.t('Model for conversations'), l10n.t('{0} / {1}', generation.provider, generation.model)],
          [l10n.t('Chunks'), formatNumber(chunks)],
          [l10n.t('Files'), formatNumber(files)],
          [l10n.t('Size'), formatBytes(bytes)],
        ]}
      />
      <div class="actions">
        <BuildAction base={base} wanted={wanted} onBegun={() => onWanted(null)} />
        {isBuilt ? <AskAboutBase name={name} /> : null}
        <ChangeModel base={base} embedding={embedding} />
        <RemoveBase name={name} onGone={onGone} />
      </div>
      {isBuilt ? <SearchBox name={name} onWanted={onWanted} /> : null}
    </li>
  )
}

/** Begins a conversation about it, on the page for conversations. */
function AskAboutBase({ name }: { name: string }) {
  const { host } = usePage()
  const [why, setWhy] = useState<string | null>(null)
  return (
    <>
      <Button
        onClick={async () => setWhy(await host.command('askAboutBase', { name }))}
        label={l10n.t('Ask about {0}', name)}
      >
        {l10n.t('Ask about …')}
      </Button>
      {why === null ? null : <Notice look="error">{why}</Notice>}
    </>
  )
}

function SourceName({ source }: { source: KnowledgeSource }) {
  return source.kind === 'path' ? (
    <code>{source.path}</code>
  ) : (
    <span>{l10n.t('Results of the run {0}', source.runId)}</span>
  )
}

/** Another model for the vectors, which go with the one that made them. */
function ChangeModel({ base, embedding }: Pick<BaseRowProps, 'base' | 'embedding'>) {
  const id = useId()
  const { host, announce } = usePage()
  const { name, embed, chunks } = base
  const [chosen, setChosen] = useState<string | null>(null)
  const others = embedding.filter(({ value }) => value !== keyOf(embed))
  if (others.length === 0) return null
  if (chosen === null) {
    return (
      <Button onClick={() => setChosen(others[0]?.value ?? null)} label={l10n.t('Change model of {0}', name)}>
        {l10n.t('Change model …')}
      </Button>
    )
  }
  const { provider, model } = modelOf(chosen)
  return (
    <fieldset class="knowledge-model" aria-label={l10n.t('Another embedding model for {0}', name)}>
      <Dropdown
        id={`${id}-model`}
        label={l10n.t('Another model')}
        value={chosen}
        options={others}
        onInput={setChosen}
      />
      <ConfirmedAction
        button={l10n.t('Use it')}
        question={l10n.t('Build "{0}" anew with {1}?', name, model)}
        confirm={l10n.t('Delete the vectors')}
        ask={async () => ({ ok: true, value: null })}
        act={() => host.request('kb/setEmbedding', { name, embed: { provider, model }, confirm: true })}
        onDone={() => {
          announce(l10n.t('{0} is embedded by {1} from the next build on.', name, model))
          setChosen(null)
        }}
      >
        {() => <p>{describeLostVectors(chunks)}</p>}
      </ConfirmedAction>
      <Button onClick={() => setChosen(null)}>{l10n.t('Cancel')}</Button>
    </fieldset>
  )
}

function RemoveBase({ name, onGone }: { name: string; onGone(): void }) {
  const { host, announce } = usePage()
  return (
    <ConfirmedAction
      button={l10n.t('Remove …')}
      label={l10n.t('Remove {0}', name)}
      question={l10n.t('Remove the knowledge base "{0}"?', name)}
      confirm={l10n.t('Remove')}
      progress={l10n.t('Removing …')}
      ask={() => findThreads(host, name)}
      act={() => host.request('kb/remove', { name })}
      onDone={() => {
        announce(l10n.t('The knowledge base {0} is removed.', name))
        onGone()
      }}
    >
      {(dependents) => (
        <>
          <DependentList dependents={dependents} />
          <p>{l10n.t('Its vectors are removed. Files, folders and results stay.')}</p>
        </>
      )}
    </ConfirmedAction>
  )
}

/** The conversations about it, which can look nothing up any more. */
async function findThreads(host: ReturnType<typeof usePage>['host'], name: string) {
  const found: Dependent[] = []
  for (let cursor: string | null = null, isFirst = true; isFirst || cursor !== null; isFirst = false) {
    const page: Awaited<ReturnType<typeof host.request<'thread/list'>>> = await host.request(
      'thread/list',
      cursor === null ? {} : { cursor },
    )
    if (!page.ok) return page
    const about = page.value.rows.filter((thread) => thread.about?.kind === 'kb' && thread.about.name === name)
    found.push(...about.map(({ title }) => ({ what: 'thread' as const, id: title })))
    cursor = page.value.next
  }
  return { ok: true as const, value: found }
}
