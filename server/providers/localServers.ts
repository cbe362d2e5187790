import { scannedServers } from '../../shared/describe/localServer.ts'
import { asFields, type Fields, parseJson } from './errorBody.ts'
import { isModelId } from './modelFields.ts'
import { headerText } from './retryAfter.ts'
import type { Transport } from './transport.ts'

/** A model server that answered on this machine. */
export interface FoundServer {
  kind: string
  /** Of `KindInfo.presets`; null: none fits better than the kind itself. */
  preset: string | null
  label: string
  /** What the kind's settings begin with, such as `http://localhost:1234/v1`; for Ollama without a path. */
  endpoint: string
  version: string | null
  /** Names, at most 200. */
  models: string[]
  /** Why it does not say what it has. Absent: it does. */
  state?: 'wants_key' | 'loading'
}

export interface ScanOptions {
  transport: Transport
  signal: AbortSignal
  /** Absent: where Ollama, LM Studio, vLLM, llama.cpp and LiteLLM are unless somebody moved them. */
  ports?: readonly number[]
}

const usualPorts = scannedServers.flatMap(({ ports }) => ports)

/** A server on this machine is there at once or not at all. */
const deadlines = { connectMs: 500, firstByteMs: 1_500, idleMs: 1_000, totalMs: 2_500 }
const mostBytes = 4 * 1024 * 1024
const mostModels = 200

/**
 * Asks this machine for model servers, only loopback and only when a person says so: what listens there may be anything.
 * Nothing but GETs without a key are sent. In the order of the ports; those that cannot be recognized are left out.
 */
export async function scanLocalServers(options: ScanOptions): Promise<FoundServer[]> {
  const { ports = usualPorts } = options
  const found = await Promise.all(ports.map((port) => recognise(port, options)))
  return found.filter((server) => server !== null)
}

/** From what only one kind of server has to what all have: LM Studio and llama.cpp answer much of what others do, too. */
async function recognise(port: number, options: ScanOptions): Promise<FoundServer | null> {
  const root = `http://localhost:${port}`
  const look = async (path: string) => await lookAt(`${root}${path}`, options)
  const ask: Ask = async (path) => (await look(path))?.json ?? null
  const first = await look('/api/version')
  // Nobody is there, or no HTTP: the other questions would only repeat that.
  if (first === null) return null
  const version = asFields(first.json)?.version
  if (isText(version)) return await readOllama(root, version, ask)
  // Whatever it answers, also that it wants a key or is loading, llama.cpp says who it is.
  if (first.server === 'llama.cpp') return await readLlamaCpp(root, look)
  const own = asFields(await ask('/api/v1/models'))
  if (Array.isArray(own?.models)) return compatible('lm-studio', 'LM Studio', root, null, namesIn(own.models, 'key'))
  const props = asFields(await ask('/props'))
  if (isLlamaCpp(props)) return await readLlamaCpp(root, look)
  return await readCompatible(root, look, ask)
}

async function readCompatible(root: string, look: Look, ask: Ask): Promise<FoundServer | null> {
  const listed = await look('/v1/models')
  const list = asFields(listed?.json)
  const models = Array.isArray(list?.data) ? namesIn(list.data, 'id') : []
  // Its own word for being there, which takes no key and calls nobody.
  if ((await ask('/health/liveliness')) === "I'm alive!") {
    return { ...compatible('litellm', 'LiteLLM proxy', root, null, models), ...stateOf(listed) }
  }
  if (!Array.isArray(list?.data)) return null
  const owners = list.data.map((entry) => asFields(entry)?.owned_by)
  if (owners.includes('llamacpp')) return compatible('llama-cpp', 'llama.cpp', root, null, models)
  if (owners.includes('vllm')) {
    return compatible('vllm', 'vLLM', root, asFields(await ask('/version'))?.version, models)
  }
  return compatible(null, 'OpenAI-compatible server', root, null, models)
}

async function readLlamaCpp(root: string, look: Look): Promise<FoundServer> {
  const props = asFields((await look('/props'))?.json)
  const listed = await look('/v1/models')
  const data = asFields(listed?.json)?.data
  const models = Array.isArray(data) ? namesIn(data, 'id') : []
  return { ...compatible('llama-cpp', 'llama.cpp', root, props?.build_info, models), ...stateOf(listed) }
}

function stateOf(listed: Sight | null): Pick<FoundServer, 'state'> {
  if (listed?.status === 401 || listed?.status === 403) return { state: 'wants_key' }
  return listed?.status === 503 ? { state: 'loading' } : {}
}

/** What an answer says, whatever its status. */
interface Sight {
  status: number
  /** Who says that it answered. */
  server: string | null
  /** Null unless it is a success. */
  json: unknown
}

type Look = (path: string) => Promise<Sight | null>
type Ask = (path: string) => Promise<unknown>

async function readOllama(root: string, version: unknown, ask: Ask): Promise<FoundServer> {
  const list = asFields(await ask('/api/tags'))?.models
  const models = Array.isArray(list) ? namesIn(list, 'name') : []
  return { kind: 'ollama', preset: null, label: 'Ollama', endpoint: root, version: versionText(version), models }
}

function compatible(
  preset: string | null,
  label: string,
  root: string,
  version: unknown,
  models: string[],
): FoundServer {
  return { kind: 'openai-compatible', preset, label, endpoint: `${root}/v1`, version: versionText(version), models }
}

function isLlamaCpp(props: Fields | null): boolean {
  return props !== null && ('default_generation_settings' in props || 'build_info' in props)
}

function namesIn(entries: readonly unknown[], field: string): string[] {
  const names = entries.map((entry) => asFields(entry)?.[field])
  return names.filter(isModelId).slice(0, mostModels)
}

function versionText(version: unknown): string | null {
  return isText(version) ? version.slice(0, 100) : null
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

/** Null: no HTTP came back. */
async function lookAt(url: string, { transport, signal }: ScanOptions): Promise<Sight | null> {
  const exchange = transport.open({ signal, deadlines, secrets: [], maxResponseBytes: mostBytes })
  const sight = (json: unknown): Sight | null => {
    const { status, headers } = exchange.facts
    return status === null ? null : { status, server: headerText(headers, 'server'), json }
  }
  try {
    const response = await exchange.fetch(url, { headers: { accept: 'application/json' } })
    return sight(response.ok ? parseJson(exchange.facts.body?.toString() ?? '') : null)
  } catch {
    return sight(null)
  }
}
