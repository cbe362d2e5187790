import * as l10n from '@vscode/l10n'
import { diffLines } from 'diff'
import { useId, useMemo, useState } from 'preact/hooks'
import { assertNever } from '../../../protocol/names.ts'
import type { Placeholder, Prompt, PromptPart } from '../../../protocol/prompts.ts'
import type { Problem, Reason } from '../../../protocol/reasons.ts'
import { FieldProblem } from '../../form/field.tsx'
import { ChangedElsewhere } from '../../parts/changedElsewhere.tsx'
import { ConfirmDialog } from '../../parts/confirmDialog.tsx'
import { describeProblem, plural, translated } from '../../parts/language.ts'
import { ReasonNotice } from '../../parts/notice.tsx'
import { usePage } from '../../state/pageContext.ts'
import { Button, TextArea } from '../../toolkit.tsx'
import type { usePromptDraft } from './drafts.ts'

export interface PromptEditorProps {
  prompt: Prompt
  draft: ReturnType<typeof usePromptDraft>
  /** What the server has against the drafts, of either part. */
  problems: readonly Problem[]
}

function partTitle(part: PromptPart): string {
  switch (part) {
    case 'system':
      return l10n.t('System prompt')
    case 'user':
      return l10n.t('User prompt, with the items of a call')
    default:
      return assertNever(part)
  }
}

/** One part: its text, what is wrong with it, how it differs from the product's own, and the way back. */
export function PromptEditor({ prompt, draft: [draft, setDraft], problems }: PromptEditorProps) {
  const { host, announce } = usePage()
  const id = useId()
  const [reason, setReason] = useState<Reason | null>(null)
  const [isResetting, setResetting] = useState(false)
  const { task, part } = prompt
  const text = draft?.text ?? prompt.text
  const wrong = [...(draft ? problems : prompt.problems)].filter(({ path }) => path === part)
  const change = (next: { text?: string; basedOn?: string | null }) => {
    setReason(null)
    setDraft({ text, basedOn: prompt.updatedAt, ...draft, ...next })
  }
  const discard = () => {
    setReason(null)
    setDraft(undefined)
  }
  const save = async () => {
    const saved = await host.request('prompt/save', { task, part, text, ifUpdatedAt: draft?.basedOn ?? null })
    if (!saved.ok) return setReason(saved.reason)
    discard()
    announce(l10n.t('Prompt saved. New runs use it; existing results stay as they are.'))
  }
  const reset = async () => {
    setResetting(false)
    const done = await host.request('prompt/reset', { task, part })
    if (!done.ok) return setReason(done.reason)
    discard()
    announce(l10n.t('The default prompt is restored.'))
  }
  const isOwn = text.trim() === prompt.defaultText
  return (
    <section class="prompt" aria-labelledby={`${id}-title`}>
      <h3 id={`${id}-title`}>
        {partTitle(part)}
        <span class="facts"> · {prompt.isDefault ? l10n.t('default') : l10n.t('changed by you')}</span>
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
        <FieldProblem
          id={`${id}-problem`}
          problem={wrong.length > 0 ? wrong.map(describePromptProblem).join('; ') : null}
        />
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
          question={l10n.t('Restore the default text?')}
          confirm={l10n.t('Reset')}
          onConfirm={() => void reset()}
          onCancel={() => setResetting(false)}
        >
          <p>{l10n.t('Your text is removed here; the audit log still has it.')}</p>
        </ConfirmDialog>
      ) : null}
    </section>
  )
}

function describePromptProblem(problem: Problem): string {
  const sentence = describeProblem(problem)
  return problem.line === undefined ? sentence : l10n.t('line {0}: {1}', problem.line, sentence)
}

function PlaceholderList({ placeholders }: { placeholders: readonly Placeholder[] }) {
  return (
    <details class="advanced">
      <summary>{l10n.t('Placeholders')}</summary>
      <dl>
        {placeholders.map(({ name, isRequired, about }) => (
          <div key={name}>
            <dt>
              <code>{`{${name}}`}</code> {isRequired ? l10n.t('(needed)') : l10n.t('(optional)')}
            </dt>
            <dd>{translated(about)}</dd>
          </div>
        ))}
      </dl>
    </details>
  )
}

interface Line {
  kind: 'added' | 'removed' | 'same'
  text: string
}

/** How the text differs from the product's own, line by line, with a line of what is the same around each change. */
function Differences({ from, to }: { from: string; to: string }) {
  const lines = useMemo(() => differences(from, to.trim()), [from, to])
  const count = lines.filter(({ kind }) => kind !== 'same').length
  return (
    <details class="advanced">
      <summary>
        {plural(count, 'Differences from the default text: {0} line', 'Differences from the default text: {0} lines')}
      </summary>
      <ol class="differences">
        {lines.map(({ kind, text }, index) => (
          <li key={index} class={`difference-${kind}`}>
            <span class="sign" aria-hidden="true">
              {kind === 'added' ? '+' : kind === 'removed' ? '−' : ' '}
            </span>
            <span class="unseen">{describeLineKind(kind)}</span>
            <span class="line">{text}</span>
          </li>
        ))}
      </ol>
    </details>
  )
}

function describeLineKind(kind: Line['kind']): string {
  if (kind === 'same') return ''
  return kind === 'added' ? l10n.t('added: ') : l10n.t('removed: ')
}

function differences(from: string, to: string): Line[] {
  const lines = diffLines(`${from}\n`, `${to}\n`).flatMap(({ value, added, removed }) =>
    value
      .replace(/\n$/, '')
      .split('\n')
      .map((text): Line => ({ kind: added ? 'added' : removed ? 'removed' : 'same', text })),
  )
  const isChange = (index: number) => (lines[index]?.kind ?? 'same') !== 'same'
  return lines.filter((_, index) => isChange(index) || isChange(index - 1) || isChange(index + 1))
}
