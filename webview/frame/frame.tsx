import * as l10n from '@vscode/l10n'
import type { ComponentType } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { PageId, type Place, pageIds } from '../../protocol/page.ts'
import { pages } from '../pages.ts'
import { LoadingNote } from '../parts/notice.tsx'
import { settingsAction } from '../parts/reasonAction.ts'
import { HostContext, type PageContext, type PageProps } from '../state/pageContext.ts'
import { PanelContext, type PanelFacts } from '../state/panelContext.ts'
import { useStateIn } from '../state/persistedState.ts'
import { Announcement } from './announcement.tsx'
import { KeepScroll } from './keepScroll.tsx'
import { ServerNotice } from './serverNotice.tsx'

export interface FrameProps {
  context: Omit<PageContext, 'openPage'>
  /** Where a command wants the panel to be; a new object each time. */
  place: Place | null
  /** What was announced last. */
  announcement: string
}

/** Navigation, the page in front, and what is said about the server. */
export function Frame({ context, place, announcement }: FrameProps) {
  const [page, persistPage] = useStateIn<PageId>(context.storage, 'page', PageId, 'providers')
  const [target, setTarget] = useState<PageProps['target']>(null)
  const heading = useRef<HTMLHeadingElement>(null)
  const open = (next: PageId, name?: string) => {
    persistPage(next)
    setTarget(name === undefined ? null : { name })
  }
  useLayoutEffect(() => {
    if (place) open(place.page, place.target ?? undefined)
  }, [place])
  const go = (next: PageId) => {
    open(next)
    // Whoever cannot see that the page changed hears its heading.
    queueMicrotask(() => heading.current?.focus())
  }
  const full: PageContext = { ...context, openPage: open }
  return (
    <HostContext.Provider value={full}>
      <PanelContext.Provider value={panelFacts(full)}>
        <a class="skip" href="#page">
          {l10n.t('Skip to the page')}
        </a>
        <nav aria-label={l10n.t('Settings')} class="pages">
          {pageIds.map((id) => (
            <button
              key={id}
              type="button"
              class="page-link"
              aria-current={id === page ? 'page' : undefined}
              onClick={() => go(id)}
            >
              {pages[id].title()}
            </button>
          ))}
        </nav>
        <main id="page" tabIndex={-1}>
          <ServerNotice />
          <h1 ref={heading} tabIndex={-1}>
            {pages[page].title()}
          </h1>
          <KeepScroll key={page} name={`scroll ${page}`}>
            <LoadedPage key={page} id={page} target={target} />
          </KeepScroll>
        </main>
        <Announcement sentence={announcement} />
      </PanelContext.Provider>
    </HostContext.Provider>
  )
}

function panelFacts(page: PageContext): PanelFacts {
  const { storage, server, now, host, announce } = page
  return {
    storage,
    server,
    now,
    announce,
    restartServer: () => void host.command('restartServer', {}),
    showLog: () => void host.command('showLog', {}),
    actionOf: (reason) => settingsAction(reason, page),
  }
}

function LoadedPage({ id, target }: { id: PageId } & PageProps) {
  const [Page, setPage] = useState<ComponentType<PageProps> | null>(null)
  useEffect(() => {
    let isCurrent = true
    void pages[id].load().then((loaded) => {
      if (isCurrent) setPage(() => loaded)
    })
    return () => {
      isCurrent = false
    }
  }, [id])
  return Page ? <Page target={target} /> : <LoadingNote />
}
