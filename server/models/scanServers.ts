import type { FoundServer } from '../../protocol/models.ts'
import type { ProviderConfig, ProviderView } from '../../protocol/providers.ts'
import type { ProviderAdapter } from '../providers/adapter.ts'
import { adapterOf } from '../providers/registry.ts'

/** What a scan of this machine finds; how it is added, and which provider goes there already, is said here. */
export type FoundLocally = Omit<FoundServer, 'provider' | 'config'>

interface ScanParts {
  directory: { views(): readonly Pick<ProviderView, 'provider' | 'endpoint'>[] }
  /** Asks the usual ports of this machine. */
  scanLocalServers(signal: AbortSignal): Promise<FoundLocally[]>
}

/** Asks the usual ports of this machine, on request. Nothing is saved. */
export async function scanServers(
  { directory, scanLocalServers }: ScanParts,
  signal: AbortSignal,
): Promise<FoundServer[]> {
  const found = await scanLocalServers(signal)
  const views = directory.views()
  return found.flatMap((server) => {
    const adapter = adapterOf(server.kind)
    const config = adapter && configFor(adapter, server)
    if (!config) return []
    const own = views.find(({ endpoint }) => endpoint !== null && isSameServer(endpoint, server.endpoint))
    return [{ ...server, config, provider: own?.provider ?? null }]
  })
}

/**
 * The shortest settings that lead to the endpoint: the preset's as they are, else with the address, which some kinds keep in two
 * fields. Undefined: none do.
 */
export function configFor(
  adapter: ProviderAdapter,
  { preset, endpoint }: Pick<FoundServer, 'preset' | 'endpoint'>,
): ProviderConfig | undefined {
  const start = adapter.presets?.find(({ id }) => id === preset)?.config ?? {}
  const { protocol, hostname, port } = new URL(endpoint)
  const ownPort = Number(port || (protocol === 'https:' ? 443 : 80))
  const candidates: ProviderConfig[] = [
    start,
    { ...start, base_url: endpoint },
    { ...start, base_url: `${protocol}//${hostname}`, port: ownPort },
  ]
  return candidates.find((config) => {
    const parsed = adapter.configSchema.safeParse(config)
    return parsed.success && adapter.endpoint(parsed.data) === endpoint
  })
}

const loopbackNames = new Set(['localhost', '127.0.0.1', '[::1]'])

/** One server has several addresses: this machine goes by several names, and paths say which API is meant. */
export function isSameServer(one: string, other: string): boolean {
  const [left, right] = [new URL(one), new URL(other)]
  if (left.port !== right.port) return false
  return left.hostname === right.hostname || (loopbackNames.has(left.hostname) && loopbackNames.has(right.hostname))
}
