import { createContext } from 'preact'
import { useContext, useEffect, useState } from 'preact/hooks'
import type { Outcome } from '../../protocol/outcome.ts'
import type { PageEvent, ServerCondition } from '../../protocol/page.ts'
import type { SetupTalk } from '../../protocol/setupPage.ts'
import type { Host } from '../host/host.ts'
import type { PageStorage } from '../host/pageStorage.ts'
import type { Answer } from '../state/answer.ts'

export interface SetupContextFacts {
  host: Host<SetupTalk>
  storage: PageStorage
  announce(sentence: string): void
  server: ServerCondition
  now: number
  /** Counts the lives of the server: what an earlier one said may be old. */
  lives: number
  listen(listener: (event: PageEvent) => void): () => void
}

export const SetupContext = createContext<SetupContextFacts>(undefined as never)

export function useSetup(): SetupContextFacts {
  return useContext(SetupContext)
}

export interface Asked<Value> {
  /** The last one, which may be to an earlier question. */
  answer: Answer<Value>
  /** It is the answer to the question of now. */
  isCurrent: boolean
}

/**
 * Asks whenever the question is another one, once it has stood still for `restMs`; what an earlier question would still have been answered
 * is dropped. Null: there is nothing to ask.
 */
export function useAsked<Value>(
  question: string | null,
  ask: (signal: AbortSignal) => Promise<Outcome<Value> | null>,
  restMs = 0,
): Asked<Value> {
  const { lives } = useSetup()
  const [last, setLast] = useState<{ question: string; answer: Answer<Value> } | null>(null)
  useEffect(() => {
    if (question === null) return
    const ending = new AbortController()
    const timer = setTimeout(() => {
      void ask(ending.signal).then((outcome) => {
        // Null: the server is not there, which is said at the top of the page.
        if (ending.signal.aborted || outcome === null) return
        const answer: Answer<Value> = outcome.ok
          ? { kind: 'there', value: outcome.value }
          : { kind: 'failed', reason: outcome.reason }
        setLast({ question, answer })
      })
    }, restMs)
    return () => {
      clearTimeout(timer)
      ending.abort()
    }
  }, [question, lives])
  return { answer: last?.answer ?? { kind: 'reading' }, isCurrent: last !== null && last.question === question }
}

/** Another one whenever providers, models or routes have changed, or what is known of them. */
export function useProviderVersion(): number {
  const { listen } = useSetup()
  const [version, setVersion] = useState(0)
  useEffect(
    () =>
      listen((event) => {
        const isOne =
          event.name === 'status/changed' ||
          (event.name === 'data/changed' &&
            event.params.what.some((what) => what === 'providers' || what === 'models' || what === 'routes'))
        if (isOne) setVersion((count) => count + 1)
      }),
    [listen],
  )
  return version
}
