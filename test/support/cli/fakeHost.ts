import { createClient } from '../../../cli/invocation/client.ts'
import type { Host } from '../../../cli/invocation/invocation.ts'
import type { NotificationName, ParsedParams, RequestName } from '../../../protocol/contract.ts'
import { type Outcome, succeed } from '../../../protocol/outcome.ts'

/** What a server answers, as it comes over the wire: not yet checked by anybody. */
export type Answers = { [Name in RequestName]?: (params: ParsedParams<Name>) => unknown }

export interface FakeHost extends Host {
  /** The requests that came, in order. */
  requests: { name: string; params: unknown }[]
  /** The notifications that came, in order. */
  told: { name: string; params: unknown }[]
  notify(name: NotificationName, params: unknown): void
  isStopped(): boolean
}

/** A server that answers what a test says, behind the real typed client. */
export function fakeHost(answers: Answers): FakeHost {
  const requests: FakeHost['requests'] = []
  const told: FakeHost['told'] = []
  const listeners = new Map<string, (params: unknown) => void>()
  let isStopped = false
  const connection = {
    sendRequest: async (name: string, params: unknown) => {
      requests.push({ name, params })
      const answer = answers[name as RequestName]
      if (!answer) throw new Error(`the test has no answer for ${name}`)
      return answer(params as never)
    },
    sendNotification: async (name: string, params: unknown) => {
      told.push({ name, params })
    },
    onNotification: (name: string, listener: (params: unknown) => void) => {
      listeners.set(name, listener)
      return { dispose: () => void listeners.delete(name) }
    },
  }
  return {
    client: createClient(connection),
    info: {
      dataDir: '/data',
      version: '0.0.0',
      store: { mode: 'read-write', why: null, generation: 1, damage: [], migrations: [] },
    },
    stop: async () => {
      isStopped = true
    },
    requests,
    told,
    notify: (name, params) => listeners.get(name)?.(params),
    isStopped: () => isStopped,
  }
}

export function hosting(host: Host): () => Promise<Outcome<Host>> {
  return () => Promise.resolve(succeed(host))
}
