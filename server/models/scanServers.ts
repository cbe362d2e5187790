import type { FoundServer } from '../../protocol/models.ts'
import type { Services } from '../services.ts'

/** What a scan of this machine finds; which provider goes there already is added here. */
export type FoundLocally = Omit<FoundServer, 'provider'>

/** Asks the usual ports of this machine, which a person wished. Nothing is saved. */
export async function scanServers(services: Services, signal: AbortSignal): Promise<FoundServer[]> {
  const found = await services.scanLocalServers(signal)
  const views = services.directory.views()
  return found.map((server) => {
    const own = views.find(({ endpoint }) => endpoint !== null && isSameServer(endpoint, server.endpoint))
    return { ...server, provider: own?.provider ?? null }
  })
}

const loopbackNames = new Set(['localhost', '127.0.0.1', '[::1]'])

/** One server has several addresses: this machine goes by several names, and paths tell which API is meant. */
function isSameServer(one: string, other: string): boolean {
  const [left, right] = [new URL(one), new URL(other)]
  if (left.port !== right.port) return false
  return left.hostname === right.hostname || (loopbackNames.has(left.hostname) && loopbackNames.has(right.hostname))
}
