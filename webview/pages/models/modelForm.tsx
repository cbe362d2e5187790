import * as l10n from '@vscode/l10n'
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import { ModelStatus, ModelType } from '../../../protocol/models.ts'
import type { KindInfo } from '../../../protocol/providers.ts'
import type { Dependent } from '../../../protocol/reasons.ts'
import { ConfigForm, FormProblem, focusFirstProblem, isDraftFine } from '../../form/configForm.tsx'
import type { FormField } from '../../form/field.tsx'
import { ChangedElsewhere } from '../../parts/changedElsewhere.tsx'
import { ConfirmDialog, DependentList } from '../../parts/confirmDialog.tsx'
import { statusWords, typeWords } from '../../parts/describeModel.ts'
import { type KnownModel, typeOf } from '../../parts/knownModels.ts'
import { usePage } from '../../state/pageContext.ts'
import { Button, Checkbox, Dropdown } from '../../toolkit.tsx'
import { MeasureSection } from './measureSection.tsx'
import {
  beginModelDraft,
  type ModelDraft,
  parametersOf,
  storedParameters,
  useModelDraft,
  useModelSave,
} from './modelDraft.ts'
import { parameterFields, priceFields } from './parameterFields.ts'

export interface ModelFormProps {
  known: KnownModel
  kind: KindInfo
  onLeave(): void
}

/** What is said of a model: what it is for, whether it is offered, and what it is called with; registered when it is saved. */
export function ModelForm({ known, kind, onLeave }: ModelFormProps) {
  const { announce } = usePage()
  const formId = useId()
  const { provider, model, registered } = known
  const [wanted, setWanted] = useState<ModelType>(typeOf(known) ?? 'generation')
  const of = `${provider}/${model} ${registered ? 'edit' : 'register'}`
  const start = beginModelDraft(of, fieldsOf(kind, wanted), { type: wanted, registered })
  const { draft, isTouched, setDraft } = useModelDraft(start)
  const fields = fieldsOf(kind, draft.type)
  const [isTried, setTried] = useState(false)
  const save = useModelSave({ provider, model }, fields)
  const focused = useRef(save.problems)
  const isInConflict = registered !== null && isTouched && draft.updatedAt !== registered.updatedAt
  const change = (next: Partial<ModelDraft>) => setDraft({ ...draft, ...next })
  const chooseType = (type: ModelType) => {
    setWanted(type)
    setDraft(beginModelDraft(of, fieldsOf(kind, type), { type, registered }))
  }
  const submit = async (isConfirmed?: boolean) => {
    setTried(true)
    if (!isDraftFine(fields, draft.draft)) return focusFirstProblem(formId, fields, draft.draft, [])
    const saved = await save.save(draft, isConfirmed)
    if (!saved) return
    setDraft(undefined)
    announce(l10n.t('{0} is saved.', model))
  }
  useEffect(() => {
    if (focused.current !== save.problems && save.problems.length > 0) {
      focusFirstProblem(formId, fields, draft.draft, save.problems)
    }
    focused.current = save.problems
  }, [save.problems])
  const isSaving = save.state.kind === 'saving'
  return (
    <>
      {isInConflict ? (
        <ChangedElsewhere
          onTake={() => {
            save.reset()
            setDraft(undefined)
          }}
          onKeep={() => {
            save.reset()
            change({ before: storedParameters(registered), updatedAt: registered.updatedAt })
          }}
        />
      ) : null}
      {registered ? (
        <StatusField id={`${formId}-status`} status={draft.status} onChange={(status) => change({ status })} />
      ) : (
        <TypeField id={`${formId}-type`} known={known} kind={kind} type={draft.type} onChange={chooseType} />
      )}
      <SyncField id={`${formId}-sync`} isSynced={draft.sync} onChange={(sync) => change({ sync })} />
      {fields.length === 0 ? (
        <p class="facts">{l10n.t('{0} has no parameters to set.', kind.label)}</p>
      ) : (
        <>
          <h3>{l10n.t('Parameters')}</h3>
          <ConfigForm
            formId={formId}
            fields={fields}
            isTried={isTried}
            problems={save.problems}
            disabled={isSaving}
            draft={draft.draft}
            onChange={(next) => change({ draft: next })}
          />
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
        <Button look="primary" onClick={() => void submit()} disabled={isSaving}>
          {l10n.t('Save')}
        </Button>
        <Button
          onClick={() => {
            setDraft(undefined)
            onLeave()
          }}
        >
          {isTouched ? l10n.t('Cancel') : l10n.t('Back to the list')}
        </Button>
      </div>
      {save.state.kind === 'asking' ? (
        <SwitchOffDialog
          known={known}
          dependents={save.state.dependents}
          onConfirm={() => void submit(true)}
          onCancel={save.reset}
        />
      ) : null}
      <MeasureSection
        known={known}
        type={draft.type}
        unsaved={isTouched && isDraftFine(fields, draft.draft) ? parametersOf(fields, draft) : null}
      />
    </>
  )
}

function fieldsOf(kind: KindInfo, type: ModelType): FormField[] {
  return [
    ...parameterFields(kind, type),
    ...(kind.defaultEndpoint === null && kind.fields.length === 0 ? [] : priceFields(type)),
  ]
}

interface StatusFieldProps {
  id: string
  status: ModelStatus
  onChange(status: ModelStatus): void
}

function StatusField({ id, status, onChange }: StatusFieldProps) {
  return (
    <div class="field">
      <Dropdown
        id={id}
        label={l10n.t('Status')}
        value={status}
        options={ModelStatus.options.map((option) => ({ value: option, label: statusWords(option) }))}
        onInput={(chosen) => onChange(ModelStatus.parse(chosen))}
        describedBy={[`${id}-hint`]}
      />
      <p class="field-hint" id={`${id}-hint`}>
        {l10n.t('A disabled model keeps its settings, but no task uses it.')}
      </p>
    </div>
  )
}

interface SyncFieldProps {
  id: string
  isSynced: boolean
  onChange(isSynced: boolean): void
}

function SyncField({ id, isSynced, onChange }: SyncFieldProps) {
  return (
    <div class="field">
      <Checkbox id={id} checked={isSynced} onChange={onChange} describedBy={[`${id}-hint`]}>
        {l10n.t('At every gateway')}
      </Checkbox>
      <p class="field-hint" id={`${id}-hint`}>
        {l10n.t('While it is active, your gateways have it under a name that stays the same.')}
      </p>
    </div>
  )
}

interface SwitchOffDialogProps {
  known: KnownModel
  dependents: readonly Dependent[]
  onConfirm(): void
  onCancel(): void
}

function SwitchOffDialog({ known: { provider, model }, dependents, onConfirm, onCancel }: SwitchOffDialogProps) {
  return (
    <ConfirmDialog
      question={l10n.t('Disable the model {0} of "{1}"?', model, provider)}
      confirm={l10n.t('Disable')}
      onConfirm={onConfirm}
      onCancel={onCancel}
    >
      <DependentList dependents={dependents} />
      <p>{l10n.t('They stay as they are, and do not work until you enable it again or choose another model.')}</p>
    </ConfirmDialog>
  )
}

interface TypeFieldProps {
  id: string
  known: KnownModel
  kind: KindInfo
  type: ModelType
  onChange(type: ModelType): void
}

function isOffered(type: ModelType, kind: KindInfo): boolean {
  if (type === 'embedding') return kind.embeddings
  if (type === 'ner') return kind.modelParameters.ner.length > 0
  return type === 'decision' ? kind.decisions : true
}

/** What a model is for is decided once, when it is registered. Where its provider says it, there is nothing to ask. */
function TypeField({ id, known, kind, type, onChange }: TypeFieldProps) {
  const types = ModelType.options.filter((option) => isOffered(option, kind))
  if (typeOf(known) !== null || types.length === 1) {
    return <p class="facts">{l10n.t('Type: {0}', typeWords(type))}</p>
  }
  return (
    <div class="field">
      <Dropdown
        id={id}
        label={l10n.t('What does it do?')}
        value={type}
        options={types.map((option) => ({ value: option, label: typeWords(option) }))}
        onInput={(chosen) => onChange(ModelType.parse(chosen))}
        describedBy={[`${id}-hint`]}
      />
      <p class="field-hint" id={`${id}-hint`}>
        {l10n.t(
          'Generation answers in words and decision answers typed questions: both can do either task. Embedding turns texts into vectors, and names finds names in them. This cannot be changed later.',
        )}
      </p>
    </div>
  )
}
