import * as l10n from '@vscode/l10n'
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import type { KindInfo, ProviderView } from '../../../protocol/providers.ts'
import type { Problem } from '../../../protocol/reasons.ts'
import { ConfigFields, ConfigForm, focusFirstProblem, isDraftFine, problemsElsewhere } from '../../form/configForm.tsx'
import { configOf } from '../../form/draft.ts'
import { ChangedElsewhere } from '../../parts/changedElsewhere.tsx'
import { problemSentence } from '../../parts/language.ts'
import { Notice } from '../../parts/notice.tsx'
import { ReasonNotice } from '../../parts/reasonNotice.tsx'
import { usePage } from '../../state/pageContext.ts'
import { Button } from '../../toolkit.tsx'
import { TestProgress, type TestState, useConnectionTest } from './connectionTest.tsx'
import { beginDraft, type FormStart, type ProviderDraft, useKeptDraft } from './keptForm.ts'
import { KeyLine, keepsKeyInEditor } from './keySection.tsx'
import { NameField, nameProblem } from './nameField.tsx'
import { type Save, useSave } from './saveProvider.ts'
import { settingDifferences } from './settingDifferences.ts'

export interface ProviderFormProps {
  kind: KindInfo
  /** As it is saved; null: it is a new one. */
  view: ProviderView | null
  start: FormStart
  /** Names that a new one can not have. */
  taken: readonly string[]
  onDone(saved: ProviderView): void
  onLeave(): void
}

/** The settings of one provider, drawn from its kind's schema, tested and saved from here. */
export function ProviderForm({ kind, view, start, taken, onDone, onLeave }: ProviderFormProps) {
  const { host, announce } = usePage()
  const formId = useId()
  const { fields } = kind
  const of = view ? `edit ${view.provider}` : `add ${kind.kind} ${start.name}`
  const initial = beginDraft(of, fields, start, view?.updatedAt ?? null)
  const { draft, isTouched, keep } = useKeptDraft(initial)
  const [isTried, setTried] = useState(false)
  const save = useSave(kind)
  const config = configOf(fields, draft.draft, draft.before)
  const keyOf = view ? { keyOf: view.provider } : {}
  const test = useConnectionTest({ kind: kind.kind, config, name: draft.name, ...keyOf })
  const problems = save.problems.length > 0 ? save.problems : fieldProblemsOf(test.state)
  const title = useRef<HTMLHeadingElement>(null)
  useEffect(() => title.current?.focus(), [])
  const isInConflict = view !== null && isTouched && draft.updatedAt !== view.updatedAt
  const leave = () => {
    keep(undefined)
    onLeave()
  }
  const submit = async () => {
    setTried(true)
    const wrongName = view ? null : nameProblem(draft.name, taken)
    if (wrongName !== null) return void document.getElementById(`${formId}-name`)?.focus()
    if (!isDraftFine(fields, draft.draft)) return focusFirstProblem(formId, fields, draft.draft, [])
    const saved = await save.save(draft)
    if (!saved) return
    keep(undefined)
    announce(l10n.t('{0} is saved.', saved.provider))
    // A provider that cannot do without a key is asked for it while its person is still thinking of it.
    if (!view && kind.key.need === 'required' && keepsKeyInEditor(saved, kind)) {
      await host.command('setKey', { provider: saved.provider })
    }
    onDone(saved)
  }
  const tryOut = () => {
    setTried(true)
    save.forget()
    if (isDraftFine(fields, draft.draft)) test.begin()
    else focusFirstProblem(formId, fields, draft.draft, [])
  }
  useEffect(() => {
    if (problems.length > 0) focusFirstProblem(formId, fields, draft.draft, problems)
  }, [problems])
  const form = { formId, fields, problems, isTried, disabled: save.state.kind === 'saving' }
  const change = (next: Partial<ProviderDraft>) => keep({ ...draft, ...next })
  return (
    <section aria-labelledby={`${formId}-title`}>
      <h2 id={`${formId}-title`} ref={title} tabIndex={-1}>
        {view ? l10n.t('Settings of {0}', view.provider) : l10n.t('New provider: {0}', kind.label)}
      </h2>
      <p class="facts">{kind.description}</p>
      {isInConflict && view ? (
        <ChangedElsewhere
          differences={settingDifferences(draft, view, fields)}
          onTake={() => {
            save.forget()
            keep(undefined)
          }}
          onKeep={() => {
            save.forget()
            keep({ ...draft, before: view.config, updatedAt: view.updatedAt })
          }}
        />
      ) : null}
      {view ? null : (
        <NameField
          id={`${formId}-name`}
          name={draft.name}
          taken={taken}
          isTried={isTried}
          onChange={(name) => change({ name })}
        />
      )}
      <ConfigForm {...form} draft={draft.draft} onChange={(next) => change({ draft: next })} />
      {kind.key.need === 'none' ? null : (
        <>
          <h3>{l10n.t('Key')}</h3>
          <KeyHint kind={kind} isNew={view === null} />
          {view ? <KeyLine view={view} kind={kind} /> : null}
          <ConfigFields {...form} draft={draft.draft} onChange={(next) => change({ draft: next })} group="key" />
        </>
      )}
      <Refusal save={save} kind={kind} isConflictTold={isInConflict} />
      <div class="actions">
        <Button look="primary" onClick={() => void submit()} disabled={save.state.kind === 'saving'}>
          {view ? l10n.t('Save and test') : l10n.t('Add and test')}
        </Button>
        <Button onClick={tryOut} disabled={test.state.kind === 'running'}>
          {l10n.t('Test without saving')}
        </Button>
        <Button onClick={leave}>{view ? l10n.t('Cancel') : l10n.t('Back')}</Button>
      </div>
      <TestProgress test={test} />
    </section>
  )
}

const noProblems: readonly Problem[] = []

/** A test of values that are not valid says so of their fields, as saving them does. */
function fieldProblemsOf(state: TestState): readonly Problem[] {
  if (state.kind !== 'done' || state.outcome.ok || state.outcome.reason.code !== 'config_invalid') return noProblems
  return 'problems' in state.outcome.reason ? state.outcome.reason.problems : noProblems
}

/** What the server has against it and no field tells. */
function Refusal({ save, kind, isConflictTold }: { save: Save; kind: KindInfo; isConflictTold: boolean }) {
  if (save.state.kind !== 'refused') return null
  const { reason } = save.state
  if (reason.code === 'conflict' && isConflictTold) return null
  if (reason.code !== 'config_invalid') return <ReasonNotice reason={reason} />
  const elsewhere = problemsElsewhere(kind.fields, reason.problems)
  if (elsewhere.length === 0) return null
  return (
    <Notice look="error">
      {elsewhere.map((problem) => `${problem.path}: ${problemSentence(problem)}`).join('; ')}
    </Notice>
  )
}

function KeyHint({ kind, isNew }: { kind: KindInfo; isNew: boolean }) {
  const { need, obtainAt, customaryVariable } = kind.key
  return (
    <p class="field-hint">
      {need === 'required' ? l10n.t('A key is needed.') : l10n.t('A key is needed only if the server wants one.')}{' '}
      {isNew ? l10n.t('The editor asks for it and keeps it in its secret store; it never comes into this page.') : null}{' '}
      {customaryVariable ? l10n.t('Its customary variable is {0}.', customaryVariable) : null}{' '}
      {obtainAt ? (
        <>
          {l10n.t('Keys are made at')} <a href={obtainAt}>{obtainAt}</a>
        </>
      ) : null}
    </p>
  )
}
