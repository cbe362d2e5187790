import type { Dispatcher, Pool, ProxyAgent } from 'undici'
import { ProxyError } from './connectionObstacles.ts'

type ClientFactory = NonNullable<ProxyAgent.Options['clientFactory']>
type PoolClass = typeof Pool

/**
 * Connects to a proxy as undici does, and says in a code why it gives no way: undici has the status in the text of its error only, and
 * takes a proxy that is not there for a server that is not.
 */
export function tunnelFactory(PoolOf: PoolClass): ClientFactory {
  return (origin, options) => {
    const pool = new PoolOf(origin, options as Pool.Options)
    const connect = pool.connect.bind(pool) as (request: Dispatcher.ConnectOptions) => Promise<Dispatcher.ConnectData>
    async function connectOrExplain(request: Dispatcher.ConnectOptions): Promise<Dispatcher.ConnectData> {
      const answer = await connect(request).catch((error: unknown) => {
        throw isAborted(error) ? error : new ProxyError('ERR_PROXY_UNREACHABLE', codeOf(error), { cause: error })
      })
      if (answer.statusCode === 200) return answer
      answer.socket.on('error', () => {}).destroy()
      const code = answer.statusCode === 407 ? 'ERR_PROXY_LOGIN' : 'ERR_PROXY_REFUSED'
      throw new ProxyError(code, `HTTP ${answer.statusCode}`)
    }
    return Object.assign(pool, { connect: connectOrExplain })
  }
}

function isAborted(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || codeOf(error) === 'UND_ERR_ABORTED')
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'connection failed'
}
