import * as l10n from '@vscode/l10n'
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import * as z from 'zod'
import type { Category, CategoryEdit, CategoryEditResult, ReadyMadeProfile } from '../../../protocol/profile.ts'
import type { Reason } from '../../../protocol/reasons.ts'
import { CategoryListEditor, emptyList, type ListDraft, useWrittenList } from '../../parts/categoryListEditor.tsx'
import { plural } from '../../parts/language.ts'
import { LoadingNote, ReasonNotice } from '../../parts/notice.tsx'
import { usePage } from '../../state/pageContext.ts'
import { usePersistedState } from '../../state/persistedState.ts'
import { Button } from '../../toolkit.tsx'
import { EditPreview, seen, useEditDescription } from './editPreview.tsx'

const Draft = z.object({ text: z.string(), readyMade: z.string(), how: z.enum(['replace', 'add']) })
type Draft = ListDraft & { how: 'replace' | 'add' }
const empty: Draft = { ...emptyList, how: 'replace' }

export interface ListFormProps {
  categories: readonly Category[]
  onDone(sentence: string, edited: CategoryEditResult): void
  onLeave(): void
}

/** A whole list at once, typed, pasted or ready-made, in place of what is there or beside it; what that means is shown before. */
export function ListForm({ categories, onDone, onLeave }: ListFormProps) {
  const { host } = usePage()
  const id = useId()
  const readyMade = useReadyMade()
  const [draft, setDraft] = usePersistedState<Draft>('categories.list', Draft, empty)
  const [reason, setReason] = useState<Reason | null>(null)
  const list = useWrittenList(draft, readyMade.lists)
  const edit: CategoryEdit | null = list.kind === 'there' ? { kind: draft.how, categories: [...list.categories] } : null
  const described = useEditDescription(edit, categories)
  const title = useRef<HTMLHeadingElement>(null)
  useEffect(() => title.current?.focus(), [])
  const change = (part: Partial<Draft>) => {
    setReason(null)
    setDraft({ ...draft, ...part })
  }
  const leave = () => {
    setDraft(undefined)
    onLeave()
  }
  const apply = async () => {
    if (edit === null) return document.getElementById(`${id}-text`)?.focus()
    const edited = await host.request('category/edit', { edit, ifCurrent: seen(categories) })
    if (!edited.ok) return setReason(edited.reason)
    setDraft(undefined)
    onDone(describeDone(draft.how, edited.value), edited.value)
  }
  return (
    <section aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`} ref={title} tabIndex={-1}>
        {l10n.t('Use a list')}
      </h2>
      {readyMade.reason ? <ReasonNotice reason={readyMade.reason} /> : null}
      <CategoryListEditor id={id} draft={draft} list={list} readyMade={readyMade.lists} onChange={change} />
      <fieldset class="radios">
        <legend class="field-label">{l10n.t('What happens to the current list')}</legend>
        <HowChoice id={id} how="replace" chosen={draft.how} onChoose={change}>
          {l10n.t('Replace it')}
        </HowChoice>
        <HowChoice id={id} how="add" chosen={draft.how} onChoose={change}>
          {l10n.t('Add to it')}
        </HowChoice>
      </fieldset>
      {described.kind === 'reading' ? <LoadingNote /> : null}
      {described.kind === 'failed' ? <ReasonNotice reason={described.reason} /> : null}
      {described.kind === 'there' ? (
        <section class="edit-preview" aria-labelledby={`${id}-preview`}>
          <h3 id={`${id}-preview`}>{l10n.t('What will change')}</h3>
          <EditPreview description={described.value} />
        </section>
      ) : null}
      {reason ? <ReasonNotice reason={reason} /> : null}
      <div class="actions">
        <Button look="primary" onClick={() => void apply()} disabled={described.kind !== 'there'}>
          {draft.how === 'replace' ? l10n.t('Replace the list') : l10n.t('Add to the list')}
        </Button>
        <Button onClick={leave}>{l10n.t('Cancel')}</Button>
      </div>
    </section>
  )
}

interface HowChoiceProps {
  id: string
  how: Draft['how']
  chosen: Draft['how']
  onChoose(part: Partial<Draft>): void
  children: string
}

function HowChoice({ id, how, chosen, onChoose, children }: HowChoiceProps) {
  return (
    <label>
      <input type="radio" name={`${id}-how`} checked={chosen === how} onChange={() => onChoose({ how })} /> {children}
    </label>
  )
}

function describeDone(how: Draft['how'], { before, after }: CategoryEditResult): string {
  const there = (categories: readonly Category[]) => categories.filter(({ approved }) => approved).length
  return how === 'replace'
    ? plural(there(after), 'The list is replaced: {0} category.', 'The list is replaced: {0} categories.')
    : plural(there(after) - there(before), '{0} category added.', '{0} categories added.')
}

/** The lists that come with the product. */
function useReadyMade(): { lists: readonly ReadyMadeProfile[]; reason: Reason | null } {
  const { host } = usePage()
  const [read, setRead] = useState<{ lists: readonly ReadyMadeProfile[]; reason: Reason | null }>({
    lists: [],
    reason: null,
  })
  useEffect(() => {
    const ending = new AbortController()
    void host.request('profile/list', {}, ending.signal).then((listed) => {
      if (!ending.signal.aborted)
        setRead(listed.ok ? { lists: listed.value, reason: null } : { lists: [], reason: listed.reason })
    })
    return () => ending.abort()
  }, [host])
  return read
}
