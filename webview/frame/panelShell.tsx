import * as l10n from '@vscode/l10n'
import type { ComponentChildren, ComponentType } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { assertNever } from '../../protocol/names.ts'
import { LoadingNote, Notice } from '../parts/notice.tsx'
import { PanelContext, type PanelFacts, usePanel } from '../state/panelContext.ts'
import { Button } from '../toolkit.tsx'

export interface PanelShellProps {
  facts: PanelFacts
  /** The words of the link that skips the navigation. */
  skip: string
  /** What was announced last. */
  announcement: string
  navigation?: ComponentChildren
  children: ComponentChildren
}

/** What surrounds the content of every panel. */
export function PanelShell({ facts, skip, announcement, navigation, children }: PanelShellProps) {
  return (
    <PanelContext.Provider value={facts}>
      <a class="skip" href="#page">
        {skip}
      </a>
      {navigation}
      <main id="page" tabIndex={-1}>
        <ServerNotice />
        {children}
      </main>
      {/* What happened by itself is heard by those who cannot see it. */}
      <div role="status" aria-live="polite" class="unseen">
        {announcement}
      </div>
    </PanelContext.Provider>
  )
}

/** A part that is a file of its own, loaded when it is first shown. */
export function Late<Props extends object>({ load, ...props }: Props & { load(): Promise<ComponentType<Props>> }) {
  const [Part, setPart] = useState<ComponentType<Props> | null>(null)
  useEffect(() => {
    let isCurrent = true
    void load().then((loaded) => {
      if (isCurrent) setPart(() => loaded)
    })
    return () => {
      isCurrent = false
    }
  }, [load])
  return Part ? <Part {...(props as unknown as Props)} /> : <LoadingNote />
}

/** Shown as long as the background server is not there; nothing that a form holds is lost meanwhile. */
function ServerNotice() {
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
