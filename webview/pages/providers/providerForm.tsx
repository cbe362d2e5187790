import * as l10n from '@vscode/l10n'
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import { ProviderId } from '../../../protocol/names.ts'
import type { KindInfo, ProviderView } from '../../../protocol/providers.ts'
import type { Problem } from '../../../protocol/reasons.ts'
import { ConfigFields, ConfigForm, FormProblem, focusFirstProblem, isDraftFine } from '../../form/configForm.tsx'
import { configOf } from '../../form/draft.ts'
import { FieldProblem } from '../../form/field.tsx'
import { ChangedElsewhere } from '../../parts/changedElsewhere.tsx'
import { usePage } from '../../state/pageContext.ts'
import { Button, TextField } from '../../toolkit.tsx'
import { TestProgress, type TestState, useConnectionTest } from './connectionTest.tsx'
import { KeyHint, KeyLine, storesKeyInEditor } from './keySection.tsx'
import {
  beginDraft,
  type FormStart,
  type ProviderDraft,
  settingDifferences,
  useProviderDraft,
  useSave,
} from './providerDraft.ts'

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
  const { draft, isTouched, setDraft } = useProviderDraft(initial)
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
    setDraft(undefined)
    onLeave()
  }
  const submit = async () => {
    setTried(true)
    const wrongName = view ? null : nameProblem(draft.name, taken)
    if (wrongName !== null) return void document.getElementById(`${formId}-name`)?.focus()
    if (!isDraftFine(fields, draft.draft)) return focusFirstProblem(formId, fields, draft.draft, [])
    const saved = await save.save(draft)
    if (!saved) return
    setDraft(undefined)
    announce(l10n.t('{0} is saved.', saved.provider))
    // A provider that cannot do without a key is asked for it while its person is still thinking of it.
    if (!view && kind.key.need === 'required' && storesKeyInEditor(saved, kind)) {
      await host.command('setKey', { provider: saved.provider })
    }
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
  const form = { formId, fields, problems, isTried, disabled: save.state.kind === 'saving' }
  const change = (next: Partial<ProviderDraft>) => setDraft({ ...draft, ...next })
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
            save.reset()
            setDraft(undefined)
          }}
          onKeep={() => {
            save.reset()
            setDraft({ ...draft, before: view.config, updatedAt: view.updatedAt })
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

interface NameFieldProps {
  id: string
  name: string
  taken: readonly string[]
  isTried: boolean
  onChange(name: string): void
}

/** What is wrong with the name of a new provider, in words; null: nothing. */
function nameProblem(name: string, taken: readonly string[]): string | null {
  if (name === '') return l10n.t('A name is needed.')
  if (taken.includes(name)) return l10n.t('There is a provider "{0}" already.', name)
  return ProviderId.safeParse(name).success ? null : l10n.t('Lower-case letters, digits, ".", "_" and "-" only.')
}

function NameField({ id, name, taken, isTried, onChange }: NameFieldProps) {
  const problem = name === '' && !isTried ? null : nameProblem(name, taken)
  return (
    <div class="field">
      <TextField
        id={id}
        label={l10n.t('Name (needed)')}
        value={name}
        onInput={onChange}
        isRequired={true}
        mostCharacters={63}
        describedBy={[`${id}-problem`, `${id}-hint`]}
        isInvalid={problem !== null}
      />
      <p class="field-hint" id={`${id}-hint`}>
        {l10n.t('A short name for it, by which routes and receipts call it. It stays as it is.')}
      </p>
      <FieldProblem id={`${id}-problem`} problem={problem} />
    </div>
  )
}
