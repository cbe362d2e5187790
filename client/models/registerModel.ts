import { l10n, window } from 'vscode'
import type { ModelType } from '../../protocol/models.ts'
import type { Api } from '../connection/api.ts'
import { confirmLoss } from '../forms/confirmLoss.ts'
import type { Tell } from '../forms/notifier.ts'
import { pick } from '../forms/pick.ts'
import type { NamedModel } from './namedModel.ts'

/** Registers a model by name, for what no list shows: a deployment, or a model that its provider keeps to itself. */
export async function addModel(api: Api, provider: string, tell: Tell): Promise<void> {
  const title = l10n.t('Add model')
  const typed = await window.showInputBox({
    title,
    prompt: l10n.t('The model’s name as "{0}" spells it', provider),
    ignoreFocusOut: true,
    validateInput: (name) => (name.trim() === '' || name.length > 256 ? l10n.t('A name is needed.') : null),
  })
  if (typed === undefined) return
  const type = await pick<ModelType>(title, l10n.t('What does it do?'), [
    { label: l10n.t('Generation'), detail: l10n.t('It answers in words: both tasks need one'), value: 'generation' },
    { label: l10n.t('Embedding'), detail: l10n.t('It turns texts into vectors'), value: 'embedding' },
  ])
  if (!type) return
  const saved = await api.request('model/save', { provider, model: typed.trim(), type, create: true })
  if (!saved.ok) return tell.failure(saved.reason)
  await window.showInformationMessage(l10n.t('{0} of "{1}" is registered.', saved.value.model, provider))
}

/** Forgets what was kept of a model: parameters, findings, default. The model itself stays where it is. */
export async function removeModel(api: Api, named: NamedModel, tell: Tell): Promise<void> {
  const dependents = await api.request('model/dependents', named)
  if (!dependents.ok) return tell.failure(dependents.reason)
  const isConfirmed = await confirmLoss({
    question: l10n.t('Forget the model {0} of "{1}"?', named.model, named.provider),
    dependents: dependents.value.dependents,
    outcome: l10n.t(
      'Its parameters and what was measured are removed. The model itself and the routes that name it stay.',
    ),
    button: l10n.t('Forget'),
  })
  if (!isConfirmed) return
  const removed = await api.request('model/remove', { ...named, confirm: true })
  if (!removed.ok) await tell.failure(removed.reason)
}
