import * as l10n from '@vscode/l10n'
import { useId, useState } from 'preact/hooks'
import { assertNever } from '../../../protocol/names.ts'
import type { Prompt, PromptPart } from '../../../protocol/prompts.ts'
import type { Problem, Reason } from '../../../protocol/reasons.ts'
import { FieldProblem } from '../../form/field.tsx'
import { ChangedElsewhere } from '../../parts/changedElsewhere.tsx'
import { ConfirmDialog } from '../../parts/confirmDialog.tsx'
import { problemSentence } from '../../parts/language.ts'
import { ReasonNotice } from '../../parts/reasonNotice.tsx'
import { usePage } from '../../state/pageContext.ts'
import { Button, TextArea } from '../../toolkit.tsx'
import { Differences } from './differences.tsx'
import type { usePromptDraft } from './drafts.ts'
import { PlaceholderList } from './placeholderList.tsx'

export interface PromptEditorProps {
  prompt: Prompt
  draft: ReturnType<typeof usePromptDraft>
  /** What the server has against the drafts, of either part. */
  problems: readonly Problem[]
}

function partTitle(part: PromptPart): string {
  switch (part) {
    case 'system':
      return l10n.t('What the model is told once')
    case 'user':
      return l10n.t('What it is told with the items of a call')
    default:
      return assertNever(part)
  }
}

/** One part: its text, what is wrong with it, how it differs from the product's own, and the way back. */
export function PromptEditor({ prompt, draft: [draft, keepDraft], problems }: PromptEditorProps) {
  const { host, announce } = usePage()
  const id = useId()
  const [reason, setReason] = useState<Reason | null>(null)
  const [isResetting, setResetting] = useState(false)
  const { task, part } = prompt
  const text = draft?.text ?? prompt.text
  const wrong = [...(draft ? problems : prompt.problems)].filter(({ path }) => path === part)
  const change = (next: { text?: string; basedOn?: string | null }) => {
    setReason(null)
    keepDraft({ text, basedOn: prompt.updatedAt, ...draft, ...next })
  }
  const discard = () => {
    setReason(null)
    keepDraft(undefined)
  }
  const save = async () => {
    const saved = await host.request('prompt/save', { task, part, text, ifUpdatedAt: draft?.basedOn ?? null })
    if (!saved.ok) return setReason(saved.reason)
    discard()
    announce(l10n.t('The prompt is saved. Runs that start from now on use it; nothing is judged again by that.'))
  }
  const reset = async () => {
    setResetting(false)
    const done = await host.request('prompt/reset', { task, part })
    if (!done.ok) return setReason(done.reason)
    discard()
    announce(l10n.t('The prompt is the product’s own again.'))
  }
  const isOwn = text.trim() === prompt.defaultText
  return (
    <section class="prompt" aria-labelledby={`${id}-title`}>
      <h3 id={`${id}-title`}>
        {partTitle(part)}
        <span class="facts"> · {prompt.isDefault ? l10n.t('the product’s own') : l10n.t('changed by you')}</span>
      </h3>
      <div class="field">
        <TextArea
          id={`${id}-text`}
          label={l10n.t('Text')}
          value={text}
          rows={part === 'system' ? 14 : 8}
          onInput={(typed) => change({ text: typed })}
          isInvalid={wrong.length > 0}
          describedBy={[`${id}-problem`]}
        />
        <FieldProblem id={`${id}-problem`} problem={wrong.length > 0 ? wrong.map(problemWords).join('; ') : null} />
      </div>
      {reason?.code === 'conflict' ? (
        <ChangedElsewhere onTake={discard} onKeep={() => change({ basedOn: prompt.updatedAt })} />
      ) : null}
      {reason && reason.code !== 'conflict' && reason.code !== 'prompt_invalid' ? (
        <ReasonNotice reason={reason} />
      ) : null}
      <div class="actions">
        <Button look="primary" onClick={() => void save()} disabled={draft === null || wrong.length > 0}>
          {l10n.t('Save')}
        </Button>
        <Button onClick={discard} disabled={draft === null}>
          {l10n.t('Discard')}
        </Button>
        <Button onClick={() => setResetting(true)} disabled={prompt.isDefault}>
          {l10n.t('Reset')}
        </Button>
      </div>
      <PlaceholderList placeholders={prompt.placeholders} />
      {isOwn ? null : <Differences from={prompt.defaultText} to={text} />}
      {isResetting ? (
        <ConfirmDialog
          question={l10n.t('Go back to the product’s own text?')}
          confirm={l10n.t('Reset')}
          onConfirm={() => void reset()}
          onCancel={() => setResetting(false)}
        >
          <p>{l10n.t('Your text is lost here; the audit log keeps it.')}</p>
        </ConfirmDialog>
      ) : null}
    </section>
  )
}

function problemWords(problem: Problem): string {
  const sentence = problemSentence(problem)
  return problem.line === undefined ? sentence : l10n.t('line {0}: {1}', problem.line, sentence)
}
