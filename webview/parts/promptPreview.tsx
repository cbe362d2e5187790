import * as l10n from '@vscode/l10n'
import { useEffect, useId, useState } from 'preact/hooks'
import * as z from 'zod'
import type { Task } from '../../protocol/names.ts'
import type { Outcome } from '../../protocol/outcome.ts'
import type { PromptDraft, PromptPreview } from '../../protocol/prompts.ts'
import type { Problem } from '../../protocol/reasons.ts'
import { usePage } from '../state/pageContext.ts'
import { usePersistedState } from '../state/persistedState.ts'
import { TextArea } from '../toolkit.tsx'
import { formatNumber } from './language.ts'
import { LoadingNote, Notice, ReasonNotice } from './notice.tsx'

/** The server is asked only after a pause in typing. */
const restMs = 250

interface Preview {
  /** Null: not asked yet. */
  shown: Outcome<PromptPreview> | null
  sample: string
  setSample(text: string): void
}

/** What a call would send, asked again whenever a draft, the sample or what is stored (`mark`) changes. */
export function usePreview(task: Task, draft: PromptDraft, mark: string): Preview {
  const { host, server } = usePage()
  const [sample, setSample] = usePersistedState('prompts.sample', z.string(), '')
  const [shown, setShown] = useState<Outcome<PromptPreview> | null>(null)
  const key = JSON.stringify([task, draft, sample, mark, server.kind])
  useEffect(() => {
    const ending = new AbortController()
    const timer = setTimeout(async () => {
      const item = sample.trim() === '' ? {} : { item: { text: sample } }
      const answer = await host.request('prompt/preview', { task, draft, ...item }, ending.signal)
      if (!ending.signal.aborted) setShown(answer)
    }, restMs)
    return () => {
      clearTimeout(timer)
      ending.abort()
    }
  }, [host, key])
  return { shown, sample, setSample: (text) => setSample(text === '' ? undefined : text) }
}

/** What is wrong with the drafts; nothing while it is not known. */
export function problemsOf(shown: Preview['shown']): readonly Problem[] {
  return shown && !shown.ok && shown.reason.code === 'prompt_invalid' ? shown.reason.problems : []
}

export interface PromptPreviewSectionProps {
  preview: Preview
  /** Something in it is not saved yet. */
  isDraft: boolean
  /** What is typed is not valid yet: nothing is shown of it. */
  isHeld?: boolean
}

/** The call as it would be made for a sample, to the letter. Nothing is sent. */
export function PromptPreviewSection({ preview, isDraft, isHeld = false }: PromptPreviewSectionProps) {
  const id = useId()
  const { shown, sample, setSample } = preview
  return (
    <section class="preview" aria-labelledby={`${id}-title`}>
      <h3 id={`${id}-title`}>{l10n.t('As it will be sent')}</h3>
      <div class="field">
        <TextArea
          id={`${id}-sample`}
          label={l10n.t('Sample item')}
          value={sample}
          onInput={setSample}
          rows={3}
          describedBy={[`${id}-hint`]}
        />
        <p class="field-hint" id={`${id}-hint`}>
          {l10n.t('Leave empty to use a built-in sample. Nothing is sent.')}
        </p>
      </div>
      {isDraft ? <p class="facts">{l10n.t('Includes your unsaved changes above.')}</p> : null}
      {isHeld ? <HeldNotice /> : <PreviewText shown={shown} />}
    </section>
  )
}

function PreviewText({ shown }: { shown: Preview['shown'] }) {
  if (shown === null) return <LoadingNote />
  if (shown.ok) return <Sent preview={shown.value} />
  if (shown.reason.code !== 'prompt_invalid') return <ReasonNotice reason={shown.reason} />
  return <HeldNotice />
}

function HeldNotice() {
  return <Notice look="info">{l10n.t('Shown again once the text above is valid.')}</Notice>
}

function Sent({ preview }: { preview: PromptPreview }) {
  const { system, user, characters, inputTokens, promptHash, item } = preview
  return (
    <>
      <p>
        {l10n.t(
          '{0} characters with the schema of the answer, about {1} tokens. Prompt hash {2}.',
          formatNumber(characters),
          formatNumber(inputTokens),
          promptHash.slice(0, 12),
        )}{' '}
        {item.isCut ? l10n.t('The item was cut from {0} characters.', formatNumber(item.characters)) : ''}
      </p>
      <Message title={l10n.t('System')} text={system} />
      <Message title={l10n.t('User')} text={user} />
    </>
  )
}

function Message({ title, text }: { title: string; text: string }) {
  return (
    <figure class="message">
      <figcaption>{title}</figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: without a mouse, it is scrolled by keys */}
      <pre tabIndex={0}>{text}</pre>
    </figure>
  )
}
