import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { ServerCondition } from '../../protocol/page.ts'
import type { Reason } from '../../protocol/reasons.ts'
import type { PageStorage } from '../host/pageStorage.ts'

/** What the parts that all panels share need of their panel. */
export interface PanelFacts {
  storage: PageStorage
  server: ServerCondition
  /** Milliseconds since 1970, as of the last minute: ages are relative to it. */
  now: number
  /** Says what just happened, in a sentence, to those who cannot see it. */
  announce(sentence: string): void
  restartServer(): void
  showLog(): void
  /** Does what the button under a failure says; null: the panel has nothing that does. */
  actionOf(reason: Reason): (() => void) | null
}

export const PanelContext = createContext<PanelFacts>(undefined as never)

export function usePanel(): PanelFacts {
  return useContext(PanelContext)
}
