import * as l10n from '@vscode/l10n'
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import type { KindInfo, ProviderView } from '../../../protocol/providers.ts'
import { ConfigFields, ConfigForm, FormProblem, focusFirstProblem, isDraftFine } from '../../form/configForm.tsx'
import { configOf } from '../../form/draft.ts'
import { ChangedElsewhere } from '../../parts/changedElsewhere.tsx'
import { taskTitle } from '../../parts/language.ts'
import { usePage } from '../../state/pageContext.ts'
import { Button } from '../../toolkit.tsx'
import { TestProgress, useConnectionTest } from './connectionTest.tsx'
import { KeyHint, KeyLine } from './keySection.tsx'
import { beginDraft, settingDifferences, useProviderDraft, useSave } from './providerDraft.ts'
import { problemsOf } from './testedDraft.ts'

export interface ProviderFormProps {
  kind: KindInfo
  /** As it is saved. */
  view: ProviderView
  onDone(saved: ProviderView): void
  onLeave(): void
}

/** The settings of one saved provider, drawn from its kind's schema, tested and saved from here. */
export function ProviderForm({ kind, view, onDone, onLeave }: ProviderFormProps) {
  const { announce } = usePage()
  const formId = useId()
  const { fields } = kind
  const { provider: name, config: savedConfig, updatedAt } = view
  const { draft, isTouched, setDraft } = useProviderDraft(
    beginDraft(`edit ${name}`, fields, { name, config: savedConfig }, updatedAt),
  )
  const [isTried, setTried] = useState(false)
  const save = useSave(kind)
  const config = configOf(fields, draft.draft, draft.before)
  const test = useConnectionTest({ kind: kind.kind, config, name, keyOf: name })
  const problems =
    save.problems.length > 0 ? save.problems : problemsOf(test.state.kind === 'done' ? test.state.outcome : null)
  const title = useRef<HTMLHeadingElement>(null)
  useEffect(() => title.current?.focus(), [])
  const isInConflict = isTouched && draft.updatedAt !== updatedAt
  const submit = async () => {
    setTried(true)
    if (!isDraftFine(fields, draft.draft)) return focusFirstProblem(formId, fields, draft.draft, [])
    const saved = await save.save(draft)
    if (!saved) return
    setDraft(undefined)
    const changed = (saved.settled ?? []).map(({ task, model }) => l10n.t('{0} now uses {1}.', taskTitle(task), model))
    announce([l10n.t('{0} is saved.', saved.provider), ...changed].join(' '))
    onDone(saved)
  }
  const tryOut = () => {
    setTried(true)
    save.reset()
    if (isDraftFine(fields, draft.draft)) test.begin()
    else focusFirstProblem(formId, fields, draft.draft, [])
  }
  useEffect(() => {
    if (problems.length > 0) focusFirstProblem(formId, fields, draft.draft, problems)
  }, [problems])
  const form = {
    ...{ formId, fields, problems, isTried, disabled: save.state.kind === 'saving', draft: draft.draft },
    onChange: (next: typeof draft.draft) => setDraft({ ...draft, draft: next }),
  }
  return (
    <section aria-labelledby={`${formId}-title`}>
      <h2 id={`${formId}-title`} ref={title} tabIndex={-1}>
        {l10n.t('Settings of {0}', name)}
      </h2>
      <p class="facts">{kind.description}</p>
      {isInConflict ? (
        <ChangedElsewhere
          differences={settingDifferences(draft, view, fields)}
          onTake={() => {
            save.reset()
            setDraft(undefined)
          }}
          onKeep={() => {
            save.reset()
            setDraft({ ...draft, before: savedConfig, updatedAt })
          }}
        />
      ) : null}
      <ConfigForm {...form} />
      {kind.key.need === 'none' ? null : (
        <>
          <h3>{l10n.t('Key')}</h3>
          <KeyHint kind={kind} />
          <KeyLine view={view} kind={kind} />
          <ConfigFields {...form} isShown={({ group }) => group === 'key'} />
        </>
      )}
      {save.state.kind === 'refused' ? (
        <FormProblem
          reason={save.state.reason}
          problems={save.problems}
          fields={fields}
          isConflictShown={isInConflict}
        />
      ) : null}
      <div class="actions">
        <Button look="primary" onClick={() => void submit()} disabled={save.state.kind === 'saving'}>
          {l10n.t('Save and test')}
        </Button>
        <Button onClick={tryOut} disabled={test.state.kind === 'running'}>
          {l10n.t('Test without saving')}
        </Button>
        <Button
          onClick={() => {
            setDraft(undefined)
            onLeave()
          }}
        >
          {l10n.t('Cancel')}
        </Button>
      </div>
      <TestProgress test={test} />
    </section>
  )
}
