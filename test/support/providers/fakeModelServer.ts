import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exampleInPrompt, exampleOfSchema, idsInSchema } from './exampleOfSchema.ts'
import { readChatRequest, type Wire, writeAnswer } from './wires.ts'

/** One request for an answer, whatever wire it came by. */
export interface ChatRequest {
  wire: Wire
  model: string
  system: string
  prompt: string
  /** What the answer has to look like; null when the request did not say. */
  schema: Record<string, unknown> | null
  stream: boolean
  headers: IncomingMessage['headers']
  body: Record<string, unknown>
}

/** What can go wrong on purpose. `reset` cuts the connection, `hang` never answers, `text` answers with that text. */
export type Fault =
  | { kind: 'status'; status: number; headers?: Record<string, string>; body?: unknown }
  | { kind: 'reset' }
  | { kind: 'hang' }
  | { kind: 'text'; text: string }

/** What to answer with: a value (sent as JSON text), or a fault. Undefined: the example that the schema allows. */
export type Decide = (request: ChatRequest) => { value: unknown } | Fault | undefined

export interface FakeModelServer {
  /** Without a path: the Ollama wire. The OpenAI wire is at `${origin}/v1`, the Anthropic one at `origin`. */
  readonly origin: string
  readonly port: number
  /** Requests for answers, in order of arrival. */
  readonly chats: ChatRequest[]
  /** Replaces what decides the answers. */
  decide(decide: Decide): void
  /** The next requests fail so, one each, before `decide` is asked again. */
  failNext(...faults: Fault[]): void
  /** Requests arriving from now on wait until the returned function is called. */
  hold(): () => void
  /** Resolves when so many requests for answers have arrived in all. */
  arrived(count: number): Promise<void>
  /** How many clients went away before they had their answer. */
  readonly abandoned: number
  close(): Promise<void>
}

export interface FakeModelServerOptions {
  models?: readonly string[]
  decide?: Decide
  /** A request without it as its bearer token is refused with 401. Absent: none is asked for. */
  key?: string
  /** Used where the schema does not enumerate the ids. */
  idsInPrompt?: (prompt: string) => string[]
}

/** A model server that answers what the schema in the request allows: OpenAI, Anthropic and Ollama wires on one port. */
export async function startFakeModelServer(options: FakeModelServerOptions = {}): Promise<FakeModelServer> {
  const models = options.models ?? ['fake-model']
  const idsInPrompt = options.idsInPrompt ?? findIdsInPrompt
  const chats: ChatRequest[] = []
  const faults: Fault[] = []
  const waiting: { count: number; resolve: () => void }[] = []
  let decide: Decide = options.decide ?? (() => undefined)
  let gate: Promise<void> = Promise.resolve()
  let abandoned = 0

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '/', 'http://fake').pathname
    if (options.key !== undefined && request.headers.authorization !== `Bearer ${options.key}`) return refuse(response)
    const chat = await readChatRequest(path, request)
    if (chat === null) return answerList(path, models, response)
    response.once('close', () => {
      if (!response.writableFinished) abandoned += 1
    })
    chats.push(chat)
    for (const each of waiting) if (chats.length >= each.count) each.resolve()
    await gate
    const decision = faults.shift() ?? decide(chat) ?? { value: exampleFor(chat, idsInPrompt) }
    if ('value' in decision) writeAnswer(chat, JSON.stringify(decision.value), response)
    else applyFault(decision, chat, response)
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.destroy(error as Error))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    chats,
    decide: (next) => {
      decide = next
    },
    failNext: (...next) => void faults.push(...next),
    hold: () => {
      let release = () => {}
      gate = new Promise((resolve) => {
        release = resolve
      })
      return release
    },
    arrived: (count) =>
      new Promise((resolve) => {
        if (chats.length >= count) resolve()
        else waiting.push({ count, resolve })
      }),
    get abandoned() {
      return abandoned
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function exampleFor(chat: ChatRequest, idsInPrompt: (prompt: string) => string[]): unknown {
  if (chat.schema === null) return exampleInPrompt(chat.system, idsInPrompt(chat.prompt))
  const listed = idsInSchema(chat.schema)
  const ids = listed.length > 0 ? listed : idsInPrompt(chat.prompt)
  return exampleOfSchema(chat.schema, { ids, prompt: chat.prompt })
}

/** The keys that the end of our prompts asks for (`keys: "a", "b"`), else ids as prompts usually write them (`id="a"`). */
function findIdsInPrompt(prompt: string): string[] {
  const asked = prompt.match(/keys: ((?:"[^"\n]*"(?:, )?)+)/g)?.at(-1)
  const found = asked ? asked.matchAll(/"([^"]*)"/g) : prompt.matchAll(/\b(?:id|key)["']?\s*[=:]\s*["']?([\w.-]+)/g)
  return [...new Set([...found].map(([, id]) => id ?? ''))]
}

function applyFault(fault: Fault, chat: ChatRequest, response: ServerResponse): void {
  switch (fault.kind) {
    case 'hang':
      return
    case 'reset':
      response.destroy()
      return
    case 'text':
      writeAnswer(chat, fault.text, response)
      return
    case 'status': {
      const body = fault.body ?? { error: { message: `status ${fault.status}`, type: 'fake_error' } }
      response.writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers })
      response.end(JSON.stringify(body))
    }
  }
}

function refuse(response: ServerResponse): void {
  const error = { message: 'Incorrect API key provided', type: 'invalid_request_error', code: 'invalid_api_key' }
  response.writeHead(401, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ error }))
}

function answerList(path: string, models: readonly string[], response: ServerResponse): void {
  const lists: Record<string, unknown> = {
    '/api/version': { version: '0.12.0' },
    '/api/tags': { models: models.map((name) => ({ name, model: name, size: 1_000_000, details: {} })) },
    '/v1/models': { object: 'list', data: models.map((id) => ({ id, object: 'model', created: 0, owned_by: 'fake' })) },
  }
  const body = lists[path]
  response.writeHead(body ? 200 : 404, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body ?? { error: { message: `no ${path} here`, code: 'not_found' } }))
}
