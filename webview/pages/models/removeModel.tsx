import * as l10n from '@vscode/l10n'
import { DependentList } from '../../parts/confirmDialog.tsx'
import { ConfirmedAction } from '../../parts/confirmedAction.tsx'
import type { KnownModel } from '../../parts/knownModels.ts'
import { usePage } from '../../state/pageContext.ts'

interface RemovalProps {
  known: KnownModel
  onGone(): void
}

/** Forgets what is stored of a model. The model itself stays where it is, unless it was learned here. */
export function ForgetModel({ known: { provider, model, registered }, onGone }: RemovalProps) {
  const { host, announce } = usePage()
  return (
    <ConfirmedAction
      button={l10n.t('Remove settings …')}
      question={l10n.t('Remove the settings of {0} of "{1}"?', model, provider)}
      confirm={l10n.t('Remove settings')}
      progress={l10n.t('Removing …')}
      ask={() => host.request('model/dependents', { provider, model })}
      act={() => host.request('model/remove', { provider, model, confirm: true })}
      onDone={() => {
        announce(l10n.t('The settings of {0} are removed.', model))
        onGone()
      }}
    >
      {({ dependents }) => (
        <>
          <DependentList dependents={dependents} />
          <p>
            {registered?.learned
              ? l10n.t('It is removed with all that it has learned. The routes that use it stay.')
              : l10n.t(
                  'Its parameters and measurements are removed. The model itself and the routes that use it stay.',
                )}
          </p>
        </>
      )}
    </ConfirmedAction>
  )
}

/** Removes the model from its provider's machine. */
export function DeleteModel({ known: { provider, model }, onGone }: RemovalProps) {
  const { host, announce } = usePage()
  return (
    <ConfirmedAction
      button={l10n.t('Delete from its machine …')}
      question={l10n.t('Delete the model {0} from "{1}"?', model, provider)}
      confirm={l10n.t('Delete')}
      progress={l10n.t('Removing …')}
      ask={() => host.request('model/dependents', { provider, model })}
      act={() => host.request('model/delete', { provider, model, confirm: true })}
      onDone={() => {
        announce(l10n.t('{0} is deleted.', model))
        onGone()
      }}
    >
      {({ dependents }) => (
        <>
          <DependentList dependents={dependents} />
          <p>{l10n.t('It is removed from its machine. You can pull it again later.')}</p>
        </>
      )}
    </ConfirmedAction>
  )
}
