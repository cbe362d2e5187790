import * as l10n from '@vscode/l10n'
import type { ComponentChildren } from 'preact'
import { useContext, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import * as z from 'zod'
import { PageId, type Place, pageIds } from '../../protocol/page.ts'
import { pages } from '../pages.ts'
import { settingsAction } from '../parts/reasonAction.ts'
import { HostContext, type PageContext, type PageProps } from '../state/pageContext.ts'
import type { PanelFacts } from '../state/panelContext.ts'
import { useStateIn } from '../state/persistedState.ts'
import { Late, PanelShell } from './panelShell.tsx'

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
    // Those who cannot see that the page changed hear its heading.
    queueMicrotask(() => heading.current?.focus())
  }
  const full: PageContext = { ...context, openPage: open }
  const navigation = (
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
  )
  return (
    <HostContext.Provider value={full}>
      <PanelShell
        facts={panelFacts(full)}
        skip={l10n.t('Skip to the page')}
        announcement={announcement}
        navigation={navigation}
      >
        <h1 ref={heading} tabIndex={-1}>
          {pages[page].title()}
        </h1>
        <RestoredScroll key={page} name={`scroll ${page}`}>
          <Late key={page} load={pages[page].load} target={target} />
        </RestoredScroll>
      </PanelShell>
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

/** How far down the page is survives hiding and reloading; it is put back as soon as the page is long enough again. */
function RestoredScroll({ name, children }: { name: string; children: ComponentChildren }) {
  const { storage } = useContext(HostContext)
  const content = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const target = storage.read(name, z.number()) ?? 0
    const growth = new ResizeObserver(() => {
      window.scrollTo(0, target)
      if (window.scrollY >= target - 1) growth.disconnect()
    })
    if (target > 0 && content.current) growth.observe(content.current)
    else window.scrollTo(0, 0)
    // The person is faster: from then on it is theirs.
    const leave = () => growth.disconnect()
    const store = () => storage.write(name, window.scrollY)
    window.addEventListener('wheel', leave, { passive: true, once: true })
    window.addEventListener('keydown', leave, { once: true })
    window.addEventListener('scrollend', store)
    return () => {
      growth.disconnect()
      window.removeEventListener('wheel', leave)
      window.removeEventListener('keydown', leave)
      window.removeEventListener('scrollend', store)
    }
  }, [storage, name])
  return <div ref={content}>{children}</div>
}
