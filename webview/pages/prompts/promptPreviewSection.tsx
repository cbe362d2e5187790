import * as l10n from '@vscode/l10n'
import { useId } from 'preact/hooks'
import type { PromptPreview } from '../../../protocol/prompts.ts'
import { tellNumber } from '../../parts/language.ts'
import { LoadingNote, Notice } from '../../parts/notice.tsx'
import { ReasonNotice } from '../../parts/reasonNotice.tsx'
import { TextArea } from '../../toolkit.tsx'
import type { Preview } from './usePreview.ts'

export interface PromptPreviewSectionProps {
  preview: Preview
  /** Something in it is not saved yet. */
  isDraft: boolean
}

/** The call as it would be made for a sample, to the letter. Nothing is sent. */
export function PromptPreviewSection({ preview, isDraft }: PromptPreviewSectionProps) {
  const id = useId()
  const { shown, sample, keepSample } = preview
  return (
    <section class="preview" aria-labelledby={`${id}-title`}>
      <h3 id={`${id}-title`}>{l10n.t('As it will be sent')}</h3>
      <div class="field">
        <TextArea
          id={`${id}-sample`}
          label={l10n.t('Sample item')}
          value={sample}
          onInput={keepSample}
          rows={3}
          describedBy={[`${id}-hint`]}
        />
        <p class="field-hint" id={`${id}-hint`}>
          {l10n.t('Empty: a sample of ours. Nothing is sent to anybody.')}
        </p>
      </div>
      {isDraft ? <p class="facts">{l10n.t('With what you typed above and have not saved yet.')}</p> : null}
      <PreviewText shown={shown} />
    </section>
  )
}

function PreviewText({ shown }: { shown: Preview['shown'] }) {
  if (shown === null) return <LoadingNote />
  if (shown.ok) return <Sent preview={shown.value} />
  if (shown.reason.code !== 'prompt_invalid') return <ReasonNotice reason={shown.reason} />
  return <Notice look="info">{l10n.t('It is shown again as soon as the text above can be sent.')}</Notice>
}

function Sent({ preview }: { preview: PromptPreview }) {
  const { system, user, characters, inputTokens, promptHash, item } = preview
  return (
    <>
      <p>
        {l10n.t(
          '{0} characters with the schema of the answer, about {1} tokens. Prompt hash {2}.',
          tellNumber(characters),
          tellNumber(inputTokens),
          promptHash.slice(0, 12),
        )}{' '}
        {item.isCut ? l10n.t('The item was cut from {0} characters.', tellNumber(item.characters)) : ''}
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
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: whoever has no mouse scrolls in it by keys */}
      <pre tabIndex={0}>{text}</pre>
    </figure>
  )
}
