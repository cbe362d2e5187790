import { createContext } from 'preact'
import { useContext, useEffect, useState } from 'preact/hooks'
import type { RequestName, Result } from '../../protocol/contract.ts'
import type { PageEvent, ServerCondition } from '../../protocol/page.ts'
import type { ResultsTalk } from '../../protocol/resultsPage.ts'
import type { Host } from '../host/host.ts'
import type { PageStorage } from '../host/pageStorage.ts'
import type { Answer } from '../state/answer.ts'

export interface ResultsFacts {
  host: Host<ResultsTalk>
  storage: PageStorage
  announce(sentence: string): void
  server: ServerCondition
  now: number
  /** Counts the lives of the server: what an earlier one said may be old. */
  lives: number
  listen(listener: (event: PageEvent) => void): () => void
}

export const ResultsContext = createContext<ResultsFacts>(undefined as never)

export function useResults(): ResultsFacts {
  return useContext(ResultsContext)
}

type Value<Name extends RequestName> = Extract<Result<Name>, { ok: true }>['value']

/**
 * What the server answers; asked again with other params, and with another `version`, while the last answer to the same params is
 * still shown. Null params: nothing is asked.
 */
export function useAnswer<Name extends keyof ResultsTalk['requests']>(
  method: Name,
  params: (Parameters<Host<ResultsTalk>['request']>[1] & object) | null,
  version: number,
): Answer<Value<Name>> {
  const { host, lives } = useResults()
  const key = `${method} ${JSON.stringify(params)}`
  const [answered, setAnswered] = useState<{ key: string; answer: Answer<Value<Name>> } | null>(null)
  useEffect(() => {
    if (params === null) return
    const ending = new AbortController()
    void host.request(method, params as never, ending.signal).then((outcome) => {
      if (ending.signal.aborted) return
      const answer: Answer<Value<Name>> = outcome.ok
        ? { kind: 'there', value: outcome.value as Value<Name> }
        : { kind: 'failed', reason: outcome.reason }
      setAnswered({ key, answer })
    })
    return () => ending.abort()
  }, [key, version, lives, host])
  return answered?.key === key ? answered.answer : { kind: 'reading' }
}
