import type { KindInfo, ProviderConfig, ProviderView, Recognised } from '../../protocol/providers.ts'
import { kindOfKey } from '../../shared/keys/foundKey.ts'
import { looksLikeKey } from '../../shared/keys/keyShape.ts'
import { cleanPastedKey } from '../../shared/keys/pastedKey.ts'
import type { ProviderAdapter } from '../providers/adapter.ts'
import { isInOwnNetwork, isLoopback } from '../providers/endpointRules.ts'
import { adapterOf, listKinds } from '../providers/registry.ts'
import { configFor, isSameServer } from './scanServers.ts'

interface Known {
  views: readonly Pick<ProviderView, 'provider' | 'endpoint'>[]
}

/** What a person has pasted to connect to something: an address, or a key. Sends nothing, and never repeats a key. */
export function recognise(text: string, { views }: Known, wantedKind?: string): Recognised {
  const kinds = listKinds()
  const { key } = cleanPastedKey(text)
  if (looksLikeKey(text)) return { what: 'key', kind: kindOfKey('', key, kinds) }
  const address = addressIn(text)
  if (address === null) return { what: 'nothing' }
  const place = wantedKind === undefined ? placeOf(address, kinds) : { kind: wantedKind, preset: null }
  const adapter = adapterOf(place.kind)
  const config = adapter && configOf(adapter, place.preset, address)
  if (!adapter || !config) return { what: 'nothing' }
  const endpoint = adapter.endpoint(adapter.configSchema.parse(config))
  const own = views.find((view) => view.endpoint !== null && endpoint !== null && isSameServer(view.endpoint, endpoint))
  return {
    what: 'address',
    kind: adapter.kind,
    preset: place.preset,
    label: adapter.presets?.find(({ id }) => id === place.preset)?.label ?? adapter.label,
    name: nameOf(adapter, place.preset, address),
    config,
    endpoint,
    isLocal: isLoopback(address.href),
    provider: own?.provider ?? null,
  }
}

/** What people leave out of an address, and what they copy along with it. */
function addressIn(text: string): URL | null {
  const typed = text.trim().replace(/^["'<]+|["'>,;]+$/g, '')
  const hasScheme = /^https?:\/\//i.test(typed)
  if (!hasScheme && !/^(?:\[[0-9a-f:]+\]|[\w-]+(?:\.[\w-]+)*)(?::\d{1,5})?(?:\/\S*)?$/i.test(typed)) return null
  // A single word may be anything; a port or a dot makes it a host.
  if (!hasScheme && !/[.:]|^localhost\b/i.test(typed)) return null
  const scheme = hasScheme
    ? ''
    : isInOwnNetwork(`http://${typed}`) || /^\d+(?:\.\d+){3}/.test(typed)
      ? 'http://'
      : 'https://'
  if (!URL.canParse(scheme + typed)) return null
  const url = new URL(scheme + typed)
  if (url.username !== '' || url.password !== '') return null
  url.search = ''
  url.hash = ''
  url.pathname = url.pathname.replace(/\/+$/, '').replace(requestPath, '')
  return url
}

/** The path of one request, as examples and browsers have it. */
const requestPath = /\/(?:chat\/completions|completions|responses|messages|embeddings|models|decisions|systemone)$/

interface Place {
  kind: string
  preset: string | null
}

/** By the host, then by the port; what nothing else claims speaks OpenAI's API, as nearly everything does. */
function placeOf(address: URL, kinds: readonly KindInfo[]): Place {
  const byHost = kinds.find(({ kind, defaultEndpoint }) => isHostOf(address, defaultEndpoint, adapterOf(kind)))
  if (byHost) return { kind: byHost.kind, preset: null }
  for (const matches of [isSameHost, isSamePort]) {
    for (const { kind, presets } of kinds) {
      const preset = presets.find(
        ({ config }) => typeof config.base_url === 'string' && matches(address, config.base_url),
      )
      if (preset) return { kind, preset: preset.id }
    }
    const byPort = kinds.find(({ defaultEndpoint }) => defaultEndpoint !== null && matches(address, defaultEndpoint))
    if (byPort) return { kind: byPort.kind, preset: null }
  }
  return { kind: 'openai-compatible', preset: null }
}

function isHostOf(address: URL, defaultEndpoint: string | null, adapter: ProviderAdapter | undefined): boolean {
  if (defaultEndpoint !== null && !isLoopback(defaultEndpoint) && isSameHost(address, defaultEndpoint)) return true
  return adapter?.hostsEndWith?.some((ending) => address.hostname.endsWith(ending)) === true
}

function isSameHost(address: URL, known: string): boolean {
  const { host, href } = new URL(known)
  return !isLoopback(href) && address.host === host
}

/** Only a port of its own means a server; that of the web means nothing. */
function isSamePort({ port, href }: URL, known: string): boolean {
  return port !== '' && isLoopback(known) && isInOwnNetwork(href) && new URL(known).port === port
}

/** The kind's shortest settings for the address; where it is a host alone, the path that its servers have. */
function configOf(adapter: ProviderAdapter, preset: string | null, address: URL): ProviderConfig | undefined {
  const known = adapter.presets?.find(({ id }) => id === preset)?.config.base_url ?? adapter.defaultEndpoint
  const path = address.pathname.replace(/\/+$/, '')
  const usualPath = typeof known === 'string' ? new URL(known).pathname.replace(/\/+$/, '') : ''
  // A service has its API at one place, whatever page of it somebody has copied.
  const isService = typeof known === 'string' && isSameHost(address, known)
  // Ollama's own API has no path; what is pasted with /v1 is its imitation of OpenAI's, which cuts long prompts.
  const paths = new Set([isService || path === '' ? usualPath : path, path, ''])
  const endpoints = [...paths].map((each) => `${address.origin}${each}`)
  for (const endpoint of endpoints) {
    const config = configFor(adapter, { preset, endpoint })
    if (config) return config
  }
  return undefined
}

/** A slug for it: the preset's or kind's own, else what is peculiar about the host. */
function nameOf(adapter: ProviderAdapter, preset: string | null, { hostname }: URL): string {
  if (preset !== null) return preset
  if (adapter.kind !== 'openai-compatible' || isInOwnNetwork(`http://${hostname}`)) return adapter.kind
  const labels = hostname
    .split('.')
    .filter((label) => !/^(?:www|api|llm|ai|gateway|inference|com|net|org|io|dev)$/.test(label))
  return labels.find((label) => /^[a-z][a-z0-9-]{1,30}$/.test(label)) ?? adapter.kind
}
