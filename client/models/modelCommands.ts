import { l10n, window } from 'vscode'
import type { ModelType } from '../../protocol/models.ts'
import type { Api } from '../connection/api.ts'
import type { Snapshot } from '../connection/snapshot.ts'
import { confirmLoss } from '../forms/confirmLoss.ts'
import type { Notifier } from '../forms/notifier.ts'
import type { NamedModel } from './namedModel.ts'

/** Removes a model from its provider's machine after saying what uses it. */
export async function deleteModel(api: Api, named: NamedModel, notifier: Notifier): Promise<void> {
  const dependents = await api.request('model/dependents', named)
  if (!dependents.ok) return notifier.showFailure(dependents.reason)
  const isConfirmed = await confirmLoss({
    question: l10n.t('Delete the model {0} from "{1}"?', named.model, named.provider),
    dependents: dependents.value.dependents,
    outcome: l10n.t('It is removed from its machine. You can pull it again later.'),
    button: l10n.t('Delete'),
  })
  if (!isConfirmed) return
  const deleted = await api.request('model/delete', { ...named, confirm: true })
  if (!deleted.ok) await notifier.showFailure(deleted.reason)
}

/** Forgets what is stored of a model: parameters, findings, default. The model itself stays where it is. */
export async function removeModel(api: Api, named: NamedModel, notifier: Notifier): Promise<void> {
  const dependents = await api.request('model/dependents', named)
  if (!dependents.ok) return notifier.showFailure(dependents.reason)
  const isConfirmed = await confirmLoss({
    question: l10n.t('Remove the settings of {0} of "{1}"?', named.model, named.provider),
    dependents: dependents.value.dependents,
    outcome: l10n.t('Its parameters and measurements are removed. The model itself and the routes that use it stay.'),
    button: l10n.t('Remove settings'),
  })
  if (!isConfirmed) return
  const removed = await api.request('model/remove', { ...named, confirm: true })
  if (!removed.ok) await notifier.showFailure(removed.reason)
}

/** The one model of its type that is offered first; a model that is not registered yet is, first. */
export async function setDefaultModel(
  api: Api,
  snapshot: Snapshot,
  named: NamedModel,
  notifier: Notifier,
): Promise<void> {
  if (!findRegistered(snapshot, named)) {
    const saved = await api.request('model/save', { ...named, type: typeOf(snapshot, named), create: true })
    // Somebody else may have registered it since: then that is what counts.
    if (!saved.ok && saved.reason.code !== 'already_exists') return notifier.showFailure(saved.reason)
  }
  const set = await api.request('model/setDefault', named)
  if (!set.ok) return notifier.showFailure(set.reason)
  const { provider, model, type } = set.value
  void window.showInformationMessage(
    type !== 'generation'
      ? defaultWords(type, model, provider)
      : l10n.t('{0} of "{1}" is the default for generation now. Routes stay as they are.', model, provider),
  )
}

function defaultWords(type: Exclude<ModelType, 'generation'>, model: string, provider: string): string {
  if (type === 'ner') return l10n.t('{0} of "{1}" is the default for names now.', model, provider)
  return type === 'embedding'
    ? l10n.t('{0} of "{1}" is the default for embedding now.', model, provider)
    : l10n.t('{0} of "{1}" is the default for decisions now.', model, provider)
}

function findRegistered(snapshot: Snapshot, named: NamedModel) {
  return snapshot.models.find(({ provider, model }) => provider === named.provider && model === named.model)
}

/** As it is registered, else as it is listed; one whose provider says nothing generates. */
export function typeOf(snapshot: Snapshot, named: NamedModel): ModelType {
  const listed = snapshot.providers
    .find(({ provider }) => provider === named.provider)
    ?.models.models.find(({ model }) => model === named.model)
  return findRegistered(snapshot, named)?.type ?? listed?.type ?? 'generation'
}
