import { l10n, window } from 'vscode'
import type { RegisteredModel } from '../../protocol/models.ts'
import type { Api } from '../connection/api.ts'
import type { Snapshot } from '../connection/snapshot.ts'
import { reasonSentence } from '../describe/language.ts'
import { askConfig } from '../forms/configForm.ts'
import { confirmLoss } from '../forms/confirmLoss.ts'
import type { Tell } from '../forms/notifier.ts'
import { findRegistered, typeOf } from './modelCommands.ts'
import { fromForm, modelFields, toForm } from './modelFields.ts'
import type { NamedModel } from './namedModel.ts'

/** A model's status and parameters, as a list to change; a model that is not registered yet is when it is saved. */
export async function editModel(api: Api, snapshot: Snapshot, named: NamedModel, tell: Tell): Promise<void> {
  const view = snapshot.providers.find(({ provider }) => provider === named.provider)
  const kind = snapshot.kinds.find((candidate) => candidate.kind === view?.kind)
  if (!view || !kind) {
    if (view?.reason) await tell.failure(view.reason)
    return
  }
  const registered = findRegistered(snapshot, named)
  const type = typeOf(snapshot, named)
  const title = l10n.t('{0} of "{1}"', named.model, named.provider)
  let values = toForm(registered?.status ?? 'active', registered?.parameters ?? {})
  let problem: string | undefined
  for (;;) {
    const asked = await askConfig(title, { fields: modelFields(kind, type) }, values, {
      label: l10n.t('Save'),
      detail: l10n.t('For the calls of runs that start from now on'),
      ...(problem ? { problem } : {}),
    })
    if (!asked) return
    values = asked
    const saved = await save(api, named, { ...fromForm(asked), type, registered })
    if (saved === null) return
    if (saved.ok) {
      await window.showInformationMessage(
        l10n.t('Saved what {0} of "{1}" is called with.', named.model, named.provider),
      )
      return
    }
    if (saved.reason.code !== 'config_invalid') return tell.failure(saved.reason)
    problem = reasonSentence(saved.reason)
  }
}

/** Switching off is asked once more when something uses the model. Null: the person does not want it then. */
async function save(
  api: Api,
  named: NamedModel,
  change: Pick<RegisteredModel, 'status' | 'type'> & {
    parameters: ReturnType<typeof fromForm>['parameters']
    registered: RegisteredModel | undefined
  },
) {
  const { registered, status, parameters, type } = change
  const request = {
    ...named,
    status,
    parameters,
    // Somebody else's change is told, and not overwritten.
    ...(registered ? { ifUpdatedAt: registered.updatedAt } : { type, create: true }),
  }
  const first = await api.request('model/save', request)
  if (first.ok || first.reason.code !== 'has_dependents') return first
  const isConfirmed = await confirmLoss({
    question: l10n.t('Switch off the model {0} of "{1}"?', named.model, named.provider),
    dependents: first.reason.dependents,
    outcome: l10n.t('They stay as they are, and do not work until it is switched on again or you choose another one.'),
    button: l10n.t('Switch off'),
  })
  return isConfirmed ? api.request('model/save', { ...request, confirm: true }) : null
}
