import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { ServerCondition } from '../../protocol/page.ts'
import type { Reason } from '../../protocol/reasons.ts'
import type { Kept } from './kept.ts'

/** What parts that every panel has need of it. */
export interface PanelFacts {
  kept: Kept
  server: ServerCondition
  /** Milliseconds since 1970, as of the last minute: ages are told by it. */
  now: number
  /** Tells whoever cannot see it what just happened, in a sentence. */
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
