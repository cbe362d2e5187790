import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { PageId, ServerCondition } from '../../protocol/page.ts'
import type { Host } from '../host/host.ts'
import type { Kept } from './kept.ts'
import type { Pulls } from './pulls.ts'
import type { ServerData } from './serverData.ts'

/** What every part of the page may need. Made once, in main.tsx. */
export interface PageContext {
  host: Host
  data: ServerData
  kept: Kept
  pulls: Pulls
  /** Tells whoever cannot see it what just happened, in a sentence. */
  announce(sentence: string): void
  /** Leads to another page, and there to the thing that is named. */
  openPage(page: PageId, target?: string): void
  server: ServerCondition
  /** Milliseconds since 1970, as of the last minute: ages are told by it. */
  now: number
}

export const HostContext = createContext<PageContext>(undefined as never)

export function usePage(): PageContext {
  return useContext(HostContext)
}
