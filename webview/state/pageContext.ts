import { createContext } from 'preact'
import { useContext, useEffect, useReducer } from 'preact/hooks'
import type { PageId, PageParams, ServerCondition } from '../../protocol/page.ts'
import type { Host } from '../host/host.ts'
import type { PageStorage } from '../host/pageStorage.ts'
import type { Builds, KnowledgeBuild } from './builds.ts'
import type { Pull, Pulls } from './pulls.ts'
import type { Reading, ReadingName, ServerData } from './serverData.ts'

/** What every part of the page may need. Made once, in main.tsx. */
export interface PageContext {
  host: Host
  data: ServerData
  storage: PageStorage
  pulls: Pulls
  builds: Builds
  /** Says what just happened, in a sentence, to those who cannot see it. */
  announce(sentence: string): void
  /** Leads to another page, and there to the thing that is named. */
  openPage(page: PageId, target?: string): void
  server: ServerCondition
  /** Milliseconds since 1970, as of the last minute: ages are relative to it. */
  now: number
}

/** What every page gets. */
export interface PageProps {
  /** What of the page is to be shown, such as a provider's name; null: nothing in particular. A new object each time. */
  target: { name: string } | null
}

export const HostContext = createContext<PageContext>(undefined as never)

export function usePage(): PageContext {
  return useContext(HostContext)
}

/** Something of the server, kept current. The same params, by value, are the same thing. */
export function useReading<Name extends ReadingName>(method: Name, params: PageParams<Name>): Reading<Name> {
  const { data } = usePage()
  const [, redraw] = useReducer((count: number) => count + 1, 0)
  const key = JSON.stringify(params)
  useEffect(() => {
    const leave = data.watch(method, params, () => redraw(null))
    // It may have arrived between drawing and watching.
    redraw(null)
    return leave
  }, [data, method, key])
  return data.current(method, params)
}

/** The build of a knowledge base that was started here, or that another window does; null: none. */
export function useBuild(name: string): KnowledgeBuild | null {
  const { builds } = usePage()
  const [, redraw] = useReducer((count: number) => count + 1, 0)
  useEffect(() => builds.watch(() => redraw(null)), [builds])
  return builds.of(name)
}

export function usePulls(): { pulls: Pulls; all: readonly Pull[] } {
  const { pulls } = usePage()
  const [, redraw] = useReducer((count: number) => count + 1, 0)
  useEffect(() => pulls.watch(() => redraw(null)), [pulls])
  return { pulls, all: pulls.all }
}
