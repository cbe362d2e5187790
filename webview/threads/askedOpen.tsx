import * as l10n from '@vscode/l10n'
import { ConfirmDialog } from '../parts/confirmDialog.tsx'
import { useThreads } from './threadsContext.ts'

/** A model wrote the link: where it leads is read before it is gone to. */
export function AskedOpen({ address, onClose }: { address: string; onClose(): void }) {
  const { host } = useThreads()
  return (
    <ConfirmDialog
      question={l10n.t('Open this address?')}
      confirm={l10n.t('Open')}
      onConfirm={() => {
        onClose()
        void host.command('openAddress', { address })
      }}
      onCancel={onClose}
    >
      <code class="whole-address">{address}</code>
    </ConfirmDialog>
  )
}
