import { createContext } from 'preact'
import { useContext, useEffect, useState } from 'preact/hooks'
import type { DataKind } from '../../protocol/contract.ts'
import type { PageEvent, ServerCondition } from '../../protocol/page.ts'
import type { ThreadsTalk } from '../../protocol/threadsPage.ts'
import type { Host } from '../host/host.ts'
import type { PageStorage } from '../host/pageStorage.ts'

export interface ThreadsFacts {
  host: Host<ThreadsTalk>
  storage: PageStorage
  announce(sentence: string): void
  server: ServerCondition
  now: number
  /** Counts the lives of the server: what an earlier one said may be old. */
  lives: number
  listen(listener: (event: PageEvent) => void): () => void
}

export const ThreadsContext = createContext<ThreadsFacts>(undefined as never)

export function useThreads(): ThreadsFacts {
  return useContext(ThreadsContext)
}

/** Another one whenever something of these kinds has changed, or the server is another one. */
export function useVersion(...kinds: readonly DataKind[]): string {
  const { listen, lives } = useThreads()
  const [version, setVersion] = useState(0)
  useEffect(
    () =>
      listen((event) => {
        if (event.name !== 'data/changed') return
        if (event.params.what.some((what) => kinds.includes(what))) setVersion((count) => count + 1)
      }),
    [listen, kinds.join()],
  )
  return `${lives} ${version}`
}
