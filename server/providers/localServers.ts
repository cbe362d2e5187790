import { asFields, type Fields, parseJson } from './errorBody.ts'
import { isModelId } from './modelFields.ts'
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
}

export interface ScanOptions {
  transport: Transport
  signal: AbortSignal
  /** Absent: where Ollama, LM Studio, vLLM and llama.cpp are unless somebody moved them. */
  ports?: readonly number[]
}

const usualPorts = [11_434, 1234, 8000, 8080]

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
  const ask = async (path: string) => await readJson(`${root}${path}`, options)
  const version = await ask('/api/version')
  // Nobody is there, or no HTTP: the other questions would only repeat that.
  if (version === 'silent') return null
  if (isText(asFields(version)?.version)) return await readOllama(root, asFields(version)?.version, ask)
  const own = asFields(await ask('/api/v1/models'))
  if (Array.isArray(own?.models)) return compatible('lm-studio', 'LM Studio', root, null, namesIn(own.models, 'key'))
  const props = asFields(await ask('/props'))
  const list = asFields(await ask('/v1/models'))
  if (!Array.isArray(list?.data)) return null
  const models = namesIn(list.data, 'id')
  const owners = list.data.map((entry) => asFields(entry)?.owned_by)
  if (isLlamaCpp(props) || owners.includes('llamacpp')) {
    return compatible('llama-cpp', 'llama.cpp', root, props?.build_info, models)
  }
  if (owners.includes('vllm')) {
    return compatible('vllm', 'vLLM', root, asFields(await ask('/version'))?.version, models)
  }
  return compatible(null, 'OpenAI-compatible server', root, null, models)
}

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

/** The JSON at an address, null for anything else; `silent` when no HTTP came back. */
async function readJson(url: string, { transport, signal }: ScanOptions): Promise<unknown> {
  const exchange = transport.open({ signal, deadlines, secrets: [], maxResponseBytes: mostBytes })
  try {
    const response = await exchange.fetch(url, { headers: { accept: 'application/json' } })
    return response.ok ? parseJson(exchange.facts.body?.toString() ?? '') : null
  } catch {
    return exchange.facts.status === null ? 'silent' : null
  }
}
