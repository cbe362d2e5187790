import * as l10n from '@vscode/l10n'
import { useEffect, useId, useRef } from 'preact/hooks'
import type { KindInfo, ProviderView } from '../../../protocol/providers.ts'
import { ConfigForm, FormProblem } from '../../form/configForm.tsx'
import { Notice, ReasonNotice } from '../../parts/notice.tsx'
import { usePage } from '../../state/pageContext.ts'
import { Button } from '../../toolkit.tsx'
import type { Connected } from './connectUse.ts'
import { DraftKeyLine } from './draftKey.tsx'
import { DraftResult } from './draftResult.tsx'
import type { ChosenKind } from './kindList.tsx'
import { ModelChoice, useWords } from './modelChoice.tsx'
import { NameField } from './nameField.tsx'
import type { FormStart } from './providerDraft.ts'
import { useNewProvider } from './useNewProvider.ts'

export interface NewProviderProps {
  kind: KindInfo
  start: FormStart
  /** Of a key that the editor holds for it; null: none. */
  ending: string | null
  /** Names that it can not have. */
  taken: readonly string[]
  /** A test has found out that it is of another kind. */
  onSwitch(chosen: ChosenKind): void
  onSaved(saved: ProviderView): void
  onConnected(connected: Connected): void
  onLeave(): void
}

type Form = ReturnType<typeof useNewProvider>

/** The second half of the form to connect: what is known of it is filled in, tested by itself, and offered for both tasks. */
export function NewProvider(props: NewProviderProps) {
  const { kind, start, onLeave } = props
  const { host } = usePage()
  const formId = useId()
  const form = useNewProvider(props, formId)
  const { key, test, save, use, choice, outcome } = form
  const title = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    title.current?.focus()
    void form.begin()
  }, [])
  const leave = () => {
    void host.command('forgetKey', {})
    form.forget()
    onLeave()
  }
  return (
    <section aria-labelledby={`${formId}-title`}>
      <h2 id={`${formId}-title`} ref={title} tabIndex={-1}>
        {l10n.t('Connect {0}', start.label ?? kind.label)}
      </h2>
      <p class="facts">{kind.description}</p>
      <NewProviderFields {...props} formId={formId} form={form} />
      {form.isKeyShown ? <DraftKeyLine kind={kind} ending={key.ending} onPaste={() => void form.pasteKey()} /> : null}
      {form.moved ? (
        <Notice look="info">{l10n.t('The API answered at {0}, so that is the base URL now.', form.moved)}</Notice>
      ) : null}
      <DraftResult test={test} onPasteKey={() => void form.pasteKey()} onTest={() => void form.run()} />
      {outcome?.ok ? (
        <ModelChoice
          models={outcome.value.models}
          isPartial={outcome.value.isListPartial === true}
          choice={choice}
          onChange={form.choose}
        />
      ) : null}
      {save.state.kind === 'refused' ? (
        <FormProblem reason={save.state.reason} problems={save.problems} fields={kind.fields} isConflictShown={false} />
      ) : null}
      {use.refusal ? <ReasonNotice reason={use.refusal} /> : null}
      <NewProviderActions form={form} onLeave={leave} />
    </section>
  )
}

const isButton = (target: EventTarget | null) => target instanceof HTMLElement && target.tagName === 'VSCODE-BUTTON'

const isBusy = ({ save, use }: Form) => save.state.kind === 'saving' || use.isBusy

function NewProviderFields({ kind, taken, form, formId }: NewProviderProps & { form: Form; formId: string }) {
  const { draft, isTried, problems } = form
  return (
    <form
      class="connect-fields"
      onSubmit={(event) => event.preventDefault()}
      onFocusOut={({ relatedTarget }) => {
        // What a button begins must not move it from under the pointer.
        if (!isButton(relatedTarget)) void form.testChanged()
      }}
      onKeyDown={(event) => event.key === 'Enter' && void form.testChanged()}
    >
      <NameField
        id={`${formId}-name`}
        name={draft.name}
        taken={taken}
        isTried={isTried}
        onChange={(name) => form.change({ name })}
      />
      <ConfigForm
        {...{ formId, problems, isTried }}
        fields={kind.fields}
        disabled={isBusy(form)}
        draft={draft.draft}
        isNew={true}
        onChange={(next) => form.change({ draft: next })}
      />
    </form>
  )
}

function NewProviderActions({ form, onLeave }: { form: Form; onLeave(): void }) {
  const { choice, outcome } = form
  const disabled = isBusy(form)
  return (
    <div class="actions">
      {outcome?.ok && choice.model !== null && choice.use !== 'none' ? (
        <Button look="primary" onClick={() => void form.connect()} disabled={disabled}>
          {choice.use === 'both' ? l10n.t('Use for both tasks') : l10n.t('Use for {0}', useWords(choice.use))}
        </Button>
      ) : null}
      <Button onClick={() => void form.add()} disabled={disabled}>
        {l10n.t('Add and test')}
      </Button>
      <Button onClick={onLeave}>{l10n.t('Back')}</Button>
    </div>
  )
}
