import * as l10n from '@vscode/l10n'
import { assertNever } from '../../protocol/names.ts'
import { Notice } from '../parts/notice.tsx'
import { usePanel } from '../state/panelContext.ts'
import { Button } from '../toolkit.tsx'

/** Told as long as the background server is not there; nothing that a form holds is lost meanwhile. */
export function ServerNotice() {
  const { server, restartServer, showLog } = usePanel()
  const restart = <Button onClick={restartServer}>{l10n.t('Restart server')}</Button>
  switch (server.kind) {
    case 'running':
      return null
    case 'starting':
      return <Notice look="info">{l10n.t('The background server is starting.')}</Notice>
    case 'stopped':
      return (
        <Notice look="warning" actions={restart}>
          {l10n.t('The background server is not running. What you typed stays here.')}
        </Notice>
      )
    case 'failed':
      return (
        <Notice
          look="error"
          actions={
            <>
              {restart}
              <Button onClick={showLog}>{l10n.t('Show the log')}</Button>
            </>
          }
        >
          {l10n.t('The background server is not running: {0}. What you typed stays here.', server.detail)}
        </Notice>
      )
    default:
      return assertNever(server)
  }
}
