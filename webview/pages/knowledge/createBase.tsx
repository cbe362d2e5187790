import * as l10n from '@vscode/l10n'
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import * as z from 'zod'
import { KnowledgeBaseName } from '../../../protocol/knowledgeBases.ts'
import type { Reason } from '../../../protocol/reasons.ts'
import { FieldProblem } from '../../form/field.tsx'
import { Notice, ReasonNotice } from '../../parts/notice.tsx'
import { usePage } from '../../state/pageContext.ts'
import { usePersistedState } from '../../state/persistedState.ts'
import { Button, Dropdown, type Option, TextField } from '../../toolkit.tsx'
import { modelOf } from './modelOptions.ts'

const Draft = z.object({ name: z.string().max(63), embed: z.string().max(400), generation: z.string().max(400) })
type Draft = z.infer<typeof Draft>

export interface CreateBaseProps {
  embedding: readonly Option[]
  generation: readonly Option[]
  /** Of the bases that there are. */
  names: readonly string[]
  onCreated(name: string): void
  onLeave(): void
}

/** The form of a new knowledge base. Creating it sends nothing; what building would cost is told then. */
export function CreateBase({ embedding, generation, names, onCreated, onLeave }: CreateBaseProps) {
  const id = useId()
  const { openPage } = usePage()
  const { draft, setDraft, sources, ask, embed, isTried, reason, submit } = useNewBase(id, {
    embedding,
    names,
    onCreated,
  })
  const title = useRef<HTMLHeadingElement>(null)
  useEffect(() => title.current?.focus(), [])
  if (embed === undefined) return <NoEmbedding onModels={() => openPage('models')} onLeave={onLeave} />
  const nameProblem = isTried ? problemOfName(draft.name.trim(), names) : null
  const sourceProblem = isTried && sources.length === 0 ? l10n.t('Add a file, a folder or results.') : null
  return (
    <section aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`} ref={title} tabIndex={-1}>
        {l10n.t('New knowledge base')}
      </h2>
      <div class="field">
        <TextField
          id={`${id}-name`}
          label={l10n.t('Name (required)')}
          value={draft.name}
          onInput={(name) => setDraft({ ...draft, name })}
          describedBy={[`${id}-name-problem`]}
          isInvalid={nameProblem !== null}
          isRequired
          mostCharacters={63}
        />
        <FieldProblem id={`${id}-name-problem`} problem={nameProblem} />
      </div>
      <SourceList id={id} sources={sources} problem={sourceProblem} ask={ask} />
      <ModelFields id={id} draft={{ ...draft, embed }} {...{ embedding, generation }} onChange={setDraft} />
      {reason ? <ReasonNotice reason={reason} /> : null}
      <div class="actions">
        <Button look="primary" onClick={() => void submit()}>
          {l10n.t('Create')}
        </Button>
        <Button onClick={onLeave}>{l10n.t('Cancel')}</Button>
      </div>
    </section>
  )
}

/** What is typed and chosen, and creating it. */
function useNewBase(id: string, { embedding, names, onCreated }: Omit<CreateBaseProps, 'generation' | 'onLeave'>) {
  const { host, announce } = usePage()
  const [draft, setDraft] = usePersistedState<Draft>('knowledge.draft', Draft, { name: '', embed: '', generation: '' })
  const { sources, ask } = useSources()
  const [isTried, setTried] = useState(false)
  const [reason, setReason] = useState<Reason | null>(null)
  const embed = embedding.some(({ value }) => value === draft.embed) ? draft.embed : embedding[0]?.value
  const submit = async () => {
    setTried(true)
    const name = draft.name.trim()
    if (problemOfName(name, names) !== null) return document.getElementById(`${id}-name`)?.focus()
    if (sources.length === 0 || embed === undefined) return document.getElementById(`${id}-folders`)?.focus()
    const target = { embed: modelOf(embed), ...(draft.generation ? { generation: modelOf(draft.generation) } : {}) }
    const created = await host.command('createKnowledgeBase', { name, ...target })
    if (!created?.ok) return setReason(created?.reason ?? null)
    setDraft(undefined)
    announce(l10n.t('The knowledge base {0} is created.', name))
    onCreated(name)
  }
  return { draft, setDraft, sources, ask, embed, isTried, reason, submit }
}

interface ModelFieldsProps extends Pick<CreateBaseProps, 'embedding' | 'generation'> {
  id: string
  draft: Draft
  onChange(draft: Draft): void
}

function ModelFields({ id, draft, embedding, generation, onChange }: ModelFieldsProps) {
  return (
    <>
      <div class="field">
        <Dropdown
          id={`${id}-embed`}
          label={l10n.t('Embedding model')}
          value={draft.embed}
          options={embedding}
          onInput={(embed) => onChange({ ...draft, embed })}
          describedBy={[`${id}-embed-hint`]}
        />
        <p class="field-hint" id={`${id}-embed-hint`}>
          {l10n.t('It makes the vectors. Another one later means building the knowledge base anew.')}
        </p>
      </div>
      <div class="field">
        <Dropdown
          id={`${id}-generation`}
          label={l10n.t('Model for conversations')}
          value={draft.generation}
          options={[{ value: '', label: l10n.t('The default') }, ...generation]}
          onInput={(chosen) => onChange({ ...draft, generation: chosen })}
        />
      </div>
    </>
  )
}

function problemOfName(name: string, names: readonly string[]): string | null {
  if (name === '') return l10n.t('Enter a name.')
  if (!KnowledgeBaseName.safeParse(name).success)
    return l10n.t('Use lower-case letters, digits, ".", "_" or "-", and begin with a letter or digit.')
  return names.includes(name) ? l10n.t('There is a knowledge base of this name.') : null
}

type Ask = (what: { choose?: 'files' | 'folders' | 'results'; leaveOut?: string }) => Promise<void>

/** What the editor holds for the new base. */
function useSources(): { sources: readonly string[]; ask: Ask } {
  const { host } = usePage()
  const [sources, setSources] = useState<readonly string[]>([])
  const ask: Ask = async (what) => {
    const all = await host.command('knowledgeSources', what)
    if (all) setSources(all)
  }
  useEffect(() => void ask({}), [host])
  return { sources, ask }
}

function SourceList({
  id,
  sources,
  problem,
  ask,
}: {
  id: string
  sources: readonly string[]
  problem: string | null
  ask: Ask
}) {
  return (
    <fieldset class="field" aria-describedby={`${id}-sources-problem`}>
      <legend class="field-label">{l10n.t('Files, folders and results (required)')}</legend>
      {sources.length > 0 ? (
        <ul class="knowledge-sources">
          {sources.map((path) => (
            <li key={path}>
              <code>{path}</code>
              <Button onClick={() => void ask({ leaveOut: path })} label={l10n.t('Leave out {0}', path)}>
                {l10n.t('Leave out')}
              </Button>
            </li>
          ))}
        </ul>
      ) : null}
      <div class="actions">
        <Button id={`${id}-folders`} onClick={() => void ask({ choose: 'folders' })}>
          {l10n.t('Add folders …')}
        </Button>
        <Button onClick={() => void ask({ choose: 'files' })}>{l10n.t('Add files …')}</Button>
        <Button onClick={() => void ask({ choose: 'results' })}>{l10n.t('Add results …')}</Button>
      </div>
      <FieldProblem id={`${id}-sources-problem`} problem={problem} />
    </fieldset>
  )
}

function NoEmbedding({ onModels, onLeave }: { onModels(): void; onLeave(): void }) {
  const actions = (
    <>
      <Button look="primary" onClick={onModels}>
        {l10n.t('Show the models')}
      </Button>
      <Button onClick={onLeave}>{l10n.t('Back to the list')}</Button>
    </>
  )
  return (
    <Notice look="info" actions={actions}>
      {l10n.t('No enabled provider has a model that makes embeddings. Add one, and give it the type "embedding".')}
    </Notice>
  )
}
