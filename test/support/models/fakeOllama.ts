import type { ServerResponse } from 'node:http'
import { exampleOfSchema } from '../providers/exampleOfSchema.ts'
import { type ReceivedRequest, type ScriptedServer, startScriptedServer } from '../providers/scriptedServer.ts'

/** What a chat is answered with; undefined fields are not sent. */
export interface ChatAnswer {
  content: string
  thinking?: string
  noUsage?: boolean
}

type Answer = ChatAnswer | { status: number; error: string }

export interface ChatBody {
  model: string
  think: unknown
  format: unknown
  options: Record<string, unknown>
  messages: { role: string; content: string }[]
}

export interface FakeOllama {
  readonly port: number
  readonly server: ScriptedServer
  models: { name: string; size?: number; capabilities?: string[] }[]
  version: string
  /** Numbers in a vector, whatever was asked for. */
  dimensions: number
  /** What chats are answered with; by default what their schema allows, keys and all. */
  chat: (body: ChatBody) => Answer | Promise<Answer>
  /** Bodies of the chats, in order. */
  readonly chats: ChatBody[]
  /** How many pulls were begun, and how many ended by their client going away. */
  pulls: { begun: number; abandoned: number }
  /** Sends a line to every pull that is under way. */
  pullLine(line: object): void
  /** Ends every pull that is under way. */
  endPulls(): void
  /** Resolves when so many pulls have begun. */
  pullsBegun(count: number): Promise<void>
  /** Resolves when every client that pulled has gone away. */
  pullsAbandoned(): Promise<void>
  readonly deleted: string[]
  close(): Promise<void>
}

/** An Ollama as far as its models go: what they are able to, how they answer, vectors, pulls that last as long as a test wants. */
export async function startFakeOllama(): Promise<FakeOllama> {
  const server = await startScriptedServer()
  const open = new Set<ServerResponse>()
  const begun: { count: number; resolve: () => void }[] = []
  let abandoned: (() => void)[] = []

  const fake: FakeOllama = {
    port: server.port,
    server,
    models: [{ name: 'small:latest' }],
    version: '0.12.0',
    dimensions: 8,
    chat: obedientAnswer,
    chats: [],
    pulls: { begun: 0, abandoned: 0 },
    pullLine: (line) => {
      for (const response of open) response.write(`${JSON.stringify(line)}\n`)
    },
    endPulls: () => {
      for (const response of open) response.end()
      open.clear()
    },
    pullsBegun: (count) =>
      new Promise((resolve) => (fake.pulls.begun >= count ? resolve() : begun.push({ count, resolve }))),
    pullsAbandoned: () => new Promise((resolve) => (open.size === 0 ? resolve() : abandoned.push(resolve))),
    deleted: [],
    close: () => server.close(),
  }

  function pull(response: ServerResponse): void {
    open.add(response)
    response.writeHead(200, { 'content-type': 'application/x-ndjson' })
    response.write(`${JSON.stringify({ status: 'pulling manifest' })}\n`)
    response.once('close', () => {
      if (!open.delete(response)) return
      fake.pulls.abandoned++
      if (open.size > 0) return
      for (const resolve of abandoned) resolve()
      abandoned = []
    })
    fake.pulls.begun++
    for (const each of begun) if (fake.pulls.begun >= each.count) each.resolve()
  }

  server.play((response, request) => {
    const body = request.body === '' ? {} : (JSON.parse(request.body) as Record<string, unknown>)
    switch (request.path) {
      case '/api/version':
        return sendJson(response, { version: fake.version })
      case '/api/tags':
        return sendJson(response, { models: fake.models.map((model) => ({ size: 1000, ...model, model: model.name })) })
      case '/api/ps':
        return sendJson(response, { models: [] })
      case '/api/show':
        return sendJson(response, { capabilities: fake.models.find(({ name }) => name === body.model)?.capabilities })
      case '/api/embed': {
        const inputs = body.input as string[]
        const vector = Array.from({ length: fake.dimensions }, (_, index) => index / 10)
        return sendJson(response, { embeddings: inputs.map(() => vector), prompt_eval_count: 9 })
      }
      case '/api/chat':
        return void chat(response, body as unknown as ChatBody)
      case '/api/pull':
        return pull(response)
      case '/api/delete':
        return remove(response, request, body)
      default:
        return sendJson(response, { error: `no ${request.path} here` }, 404)
    }
  })

  async function chat(response: ServerResponse, body: ChatBody): Promise<void> {
    fake.chats.push(body)
    const answer = await fake.chat(body)
    if ('status' in answer) return sendJson(response, { error: answer.error }, answer.status)
    const { content, thinking, noUsage } = answer
    const usage = noUsage ? {} : { prompt_eval_count: 1000, eval_count: 20 }
    const message = { role: 'assistant', content, ...(thinking ? { thinking } : {}) }
    response.writeHead(200, { 'content-type': 'application/x-ndjson' })
    response.end(`${JSON.stringify({ model: body.model, message, done: true, done_reason: 'stop', ...usage })}\n`)
  }

  function remove(response: ServerResponse, _: ReceivedRequest, body: Record<string, unknown>): void {
    const name = String(body.model ?? body.name)
    if (!fake.models.some((model) => model.name === name)) {
      return sendJson(response, { error: `model '${name}' not found` }, 404)
    }
    fake.models = fake.models.filter((model) => model.name !== name)
    fake.deleted.push(name)
    response.writeHead(200).end()
  }

  return fake
}

function sendJson(response: ServerResponse, body: object, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}

/** As a server that holds its models to schemas: whatever the prompt says, what comes fits. Without a schema, plain words. */
export function obedientAnswer({ format, messages }: ChatBody): ChatAnswer {
  const prompt = messages.at(-1)?.content ?? ''
  if (typeof format !== 'object' || format === null) return { content: wholeAnswer(prompt) }
  const content = exampleOfSchema(format as Record<string, unknown>, { ids: keysIn(prompt), prompt })
  return { content: JSON.stringify(content) }
}

/** As a model that nobody holds to anything: it does what it is told, the name outside the list included. */
export function unheldAnswer({ messages }: ChatBody): ChatAnswer {
  const prompt = messages.at(-1)?.content ?? ''
  return { content: keysIn(prompt).length === 0 ? 'Blue' : wholeAnswer(prompt, 'Weather') }
}

/** Every key, and for the third the given name. */
function wholeAnswer(prompt: string, third?: string): string {
  const verdicts = keysIn(prompt).map((key, index) => ({
    key,
    categories: index === 2 && third ? [third] : [],
    confidence: 0.5,
    suggested: { names: [], parent: null },
  }))
  return JSON.stringify({ verdicts })
}

function keysIn(prompt: string): string[] {
  const asked = prompt.match(/keys: ((?:"[^"\n]*"(?:, )?)+)/g)?.at(-1) ?? ''
  return [...asked.matchAll(/"([^"]*)"/g)].map(([, key]) => key ?? '')
}
