import { randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { type ReceivedRequest, type ScriptedServer, startScriptedServer } from '../providers/scriptedServer.ts'

type Fields = Record<string, unknown>

/** A model of the proxy, as it is kept. */
export interface ProxyEntry {
  model_name: string
  litellm_params: Fields
  model_info: Fields & { id: string; db_model: boolean }
}

/**
 * What happens to a request. lie: 200, and nothing is done; fail_after: 500, though it was done; die: the connection ends before anything
 * is done; die_after: once it was done; html: a page, and nothing is done; hang: no answer until `release`.
 */
export type Misbehaviour = 'lie' | 'fail_after' | 'die' | 'die_after' | 'html' | 'unauthorized' | 'hang' | 'fail'

export interface ScriptedLiteLlm {
  readonly server: ScriptedServer
  readonly url: string
  readonly adminKey: string
  /** Of its database, and of its file. */
  readonly entries: readonly ProxyEntry[]
  /** Method and path of what was asked, in order. */
  readonly asked: readonly string[]
  database: 'connected' | 'absent' | 'not_for_models'
  /** Other names of its models, by the name that they stand for. */
  readonly aliases: Map<string, string>
  /** Judged for each request before it is answered; undefined: it is answered rightly. */
  misbehave: (request: ReceivedRequest) => Misbehaviour | undefined
  /** Somebody else's hand: what its user interface does. */
  edit(change: (entries: ProxyEntry[]) => void): void
  /** Lets what hangs go, unanswered. */
  release(): void
  close(): Promise<void>
}

const foreign: ProxyEntry[] = [
  {
    model_name: 'of-the-file',
    litellm_params: { model: 'openai/gpt-5' },
    model_info: { id: 'f'.repeat(64), db_model: false },
  },
  {
    model_name: 'of-a-colleague',
    litellm_params: { model: 'anthropic/claude-sonnet-5', api_base: 'https://api.example' },
    model_info: { id: 'colleague-1', db_model: true },
  },
]

/** A LiteLLM proxy with a database, by the rules of facts/real-litellm.md §2.9, that also misbehaves in the ways that were measured. */
export async function startScriptedLiteLlm({
  adminKey = 'sk-fake-admin-0123456789',
  upstream,
}: {
  adminKey?: string
  /** Where calls of its models go; absent: it has no backend that answers. */
  upstream?: string
} = {}): Promise<ScriptedLiteLlm> {
  const server = await startScriptedServer()
  const entries: ProxyEntry[] = structuredClone(foreign)
  const asked: string[] = []
  const held: ServerResponse[] = []
  const proxy: ScriptedLiteLlm = {
    ...{ server, url: server.origin, adminKey, entries, asked, aliases: new Map() },
    database: 'connected',
    misbehave: () => undefined,
    edit: (change) => change(entries),
    release: () => {
      for (const response of held.splice(0)) response.destroy()
    },
    close: async () => {
      proxy.release()
      await server.close()
    },
  }
  server.play(async (response, request) => {
    asked.push(`${request.method} ${request.path}`)
    const behaviour = proxy.misbehave(request)
    if (behaviour === 'hang') return void held.push(response)
    if (behaviour === 'die') return void response.destroy()
    if (behaviour === 'html') return send(response, 200, '<!doctype html><title>Sign in</title>', 'text/html')
    if (behaviour === 'unauthorized') return refuseKey(response)
    if (behaviour === 'lie') return send(response, 200, { message: 'Model: added successfully' })
    if (behaviour === 'fail') return fail(response, 500, 'Internal server error', 'internal_server_error')
    if (isCall(request)) return await passOn(response, request, { entries, adminKey, upstream })
    const answer = answerTo(request, proxy, entries)
    if (behaviour === 'die_after') return void response.destroy()
    if (behaviour === 'fail_after') return fail(response, 500, 'Failed to reload models', 'internal_server_error')
    send(response, answer.status, answer.body)
  })
  return proxy
}

interface Answer {
  status: number
  body: unknown
}

function answerTo(
  { method, path, headers, body }: ReceivedRequest,
  { adminKey, database, aliases }: ScriptedLiteLlm,
  entries: ProxyEntry[],
): Answer {
  const { pathname, searchParams } = new URL(path, 'http://proxy')
  if (pathname === '/health/readiness') {
    return { status: 200, body: { status: 'healthy', db: database === 'absent' ? 'Not connected' : 'connected' } }
  }
  const key = /^Bearer (.*)$/.exec(headers.authorization ?? '')?.[1]
  if (key === undefined) return refusal(401, 'Authentication Error, No api key passed in.', 'auth_error')
  if (key !== adminKey) {
    if (database === 'absent') return refusal(400, 'No connected db.', 'no_db_connection')
    return refusal(401, 'Authentication Error, Invalid API key provided.', 'token_not_found_in_db')
  }
  if (pathname === '/v1/model/info') return listOf(entries, aliases, searchParams.get('litellm_model_id'))
  if (method !== 'POST') return { status: 404, body: { detail: 'Not Found' } }
  const said = JSON.parse(body || '{}') as Fields
  if (database === 'absent') {
    return refusal(500, `{'error': "No DB Connected. Here's how to do it - https://docs.example"}`, 'auth_error')
  }
  if (database === 'not_for_models') {
    return refusal(500, "Set `'STORE_MODEL_IN_DB='True'` in your env to enable this feature.", 'auth_error')
  }
  if (pathname === '/model/new') return addModel(said, entries)
  if (pathname === '/model/delete') return deleteModel(said, entries)
  return { status: 404, body: { detail: 'Not Found' } }
}

function refusal(status: number, message: string, type: string): Answer {
  return { status, body: { error: { message, type, param: 'None', code: String(status) } } }
}

/** Without keys, with fields of its own beside those that were set, and what it knows of a model filled in; aliases at the end. */
function listOf(entries: readonly ProxyEntry[], aliases: ReadonlyMap<string, string>, id: string | null): Answer {
  if (entries.length === 0) return { status: 500, body: { detail: { error: nothingLoaded } } }
  const shown = id === null ? entries : entries.filter(({ model_info }) => model_info.id === id)
  if (id !== null && shown.length === 0) {
    return { status: 400, body: { detail: { error: `Model id = ${id} not found on litellm proxy` } } }
  }
  const renamed = shown.flatMap((entry) => {
    const alias = aliases.get(entry.model_name)
    return alias === undefined ? [] : [{ ...entry, model_name: alias }]
  })
  const data = [...shown, ...renamed].map(({ model_name, litellm_params: { api_key: _, ...params }, model_info }) => ({
    model_name,
    litellm_params: { use_in_pass_through: false, merge_reasoning_content_in_choices: false, ...params },
    model_info: {
      max_input_tokens: 272_000,
      ...model_info,
      member_auto_router: false,
      supported_openai_params: ['temperature', 'max_tokens'],
    },
  }))
  return { status: 200, body: { data } }
}

const nothingLoaded =
  'LLM Model List not loaded in. Make sure you passed models in your config.yaml or on the LiteLLM Admin UI.'

function addModel({ model_name, litellm_params, model_info }: Fields, entries: ProxyEntry[]): Answer {
  const [params, info] = [litellm_params as Fields | undefined, (model_info ?? {}) as Fields]
  if (typeof model_name !== 'string' || typeof params?.model !== 'string') {
    return refusal(500, 'Internal server error', 'internal_server_error')
  }
  const id = String(info.id ?? randomUUID())
  if (entries.some((entry) => entry.model_info.id === id)) {
    return refusal(500, 'Failed to add model to db. Check your server logs…', 'internal_server_error')
  }
  entries.push({ model_name, litellm_params: params, model_info: { ...info, id, db_model: true } })
  const encrypted = Object.fromEntries(Object.entries(params).map(([name]) => [name, 'gAAAAABencrypted==']))
  return {
    status: 200,
    body: { model_id: id, model_name, litellm_params: encrypted, model_info: info, blocked: false },
  }
}

function deleteModel({ id }: Fields, entries: ProxyEntry[]): Answer {
  if (id === undefined) {
    return { status: 422, body: { detail: [{ type: 'missing', loc: ['body', 'id'], msg: 'Field required' }] } }
  }
  const at = entries.findIndex(({ model_info }) => model_info.id === id && model_info.db_model)
  if (at < 0) return refusal(400, `{'error': 'Model with id=${id} not found in db'}`, 'auth_error')
  entries.splice(at, 1)
  return { status: 200, body: { message: `Model: ${id} deleted successfully` } }
}

function isCall({ path }: ReceivedRequest): boolean {
  return path === '/v1/chat/completions' || path === '/v1/embeddings'
}

/** To the backend, under the name that it has there. */
async function passOn(
  response: ServerResponse,
  { path, headers, body }: ReceivedRequest,
  { entries, adminKey, upstream }: { entries: readonly ProxyEntry[]; adminKey: string; upstream: string | undefined },
): Promise<void> {
  if (headers.authorization !== `Bearer ${adminKey}`) return refuseKey(response)
  const said = JSON.parse(body) as Fields
  const entry = entries.find(({ model_name }) => model_name === said.model)
  if (entry === undefined || upstream === undefined) {
    return fail(response, 400, `Invalid model name passed in model=${said.model}`, 'invalid_request_error')
  }
  const model = String(entry.litellm_params.model).split('/').slice(1).join('/')
  const answer = await fetch(`${upstream}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...said, model }),
  })
  send(response, answer.status, await answer.text(), answer.headers.get('content-type') ?? 'application/json')
}

function refuseKey(response: ServerResponse): void {
  fail(response, 401, 'Authentication Error, Invalid API key provided.', 'token_not_found_in_db')
}

function fail(response: ServerResponse, status: number, message: string, type: string): void {
  const { body } = refusal(status, message, type)
  send(response, status, body)
}

function send(response: ServerResponse, status: number, body: unknown, type = 'application/json'): void {
  response.writeHead(status, { 'content-type': type })
  response.end(typeof body === 'string' ? body : JSON.stringify(body))
}
