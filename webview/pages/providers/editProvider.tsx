import * as l10n from '@vscode/l10n'
import type { ProviderView } from '../../../protocol/providers.ts'
import { Notice } from '../../parts/notice.tsx'
import { ReasonNotice } from '../../parts/reasonNotice.tsx'
import { Button } from '../../toolkit.tsx'
import { ProviderForm } from './providerForm.tsx'
import type { Providers } from './readProviders.ts'

export interface EditProviderProps extends Providers {
  provider: string
  onDone(saved: ProviderView): void
  onLeave(): void
}

export function EditProvider({ providers, kinds, provider, onDone, onLeave }: EditProviderProps) {
  const view = providers.find((candidate) => candidate.provider === provider)
  const kind = kinds.find((candidate) => candidate.kind === view?.kind)
  const back = <Button onClick={onLeave}>{l10n.t('Back to the list')}</Button>
  if (!view) {
    return (
      <Notice look="warning" actions={back}>
        {l10n.t('The provider "{0}" is not there any more: it was removed elsewhere.', provider)}
      </Notice>
    )
  }
  if (!kind) {
    return (
      <>
        {view.reason ? <ReasonNotice reason={view.reason} /> : null}
        {back}
      </>
    )
  }
  const start = { name: provider, config: view.config }
  return <ProviderForm kind={kind} view={view} start={start} taken={[]} onDone={onDone} onLeave={onLeave} />
}
