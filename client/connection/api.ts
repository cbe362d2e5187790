import type { CancellationToken } from 'vscode'
import type * as z from 'zod'
import type { clientNotifications, Params, RequestName, Result, ServerInfo } from '../../protocol/contract.ts'

export type ClientNotificationName = keyof typeof clientNotifications

/** What the rest of the extension sees of the server: the contract, typed, and nothing else. */
export interface Api {
  request<Name extends RequestName>(name: Name, params: Params<Name>, token?: CancellationToken): Promise<Result<Name>>
  notify<Name extends ClientNotificationName>(
    name: Name,
    params: z.input<(typeof clientNotifications)[Name]>,
  ): Promise<void>
}

/** One life of the server process, from its answer to `initialize` to its end. */
export interface ServerProcess {
  api: Api
  info: ServerInfo
  pid: number | null
  /** Ends it within two seconds, by force if it does not follow. */
  stop(): Promise<void>
}

/** Starts one process. `onClosed` is called once if it ends without having been asked to. */
export type StartServer = (onClosed: () => void) => Promise<ServerProcess>

/** A request that the server has answered, whoever sent it: a command, a menu, a key, or a page. */
export type Answered = {
  [Name in RequestName]: { name: Name; params: Params<Name>; result: Result<Name> }
}[RequestName]

/** The same requests; `onAnswered` hears of each one before its sender does. One that fails as a call was not answered. */
export function withAnswers(api: Api, onAnswered: (answered: Answered) => void): Api {
  return {
    ...api,
    async request(name, params, token) {
      const result = await api.request(name, params, token)
      // One name, one row of the contract; the compiler cannot see it through the union.
      onAnswered({ name, params, result } as unknown as Answered)
      return result
    },
  }
}
