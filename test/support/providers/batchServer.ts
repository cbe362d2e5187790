import { createReadStream, createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pipeline } from 'node:stream/promises'
import { exampleOfSchema, idsInSchema } from './exampleOfSchema.ts'

/** What goes wrong on purpose. Numbers are "each so-manieth request", counted over a batch from 1; 0 or absent: none. */
export interface BatchFaults {
  /** Has no line in the results. */
  missingEvery?: number
  /** Has two, of which the second says something else. */
  doubledEvery?: number
  /** Has an error instead of an answer. */
  errorEvery?: number
  /** Has an answer that is no JSON of ours. */
  malformedEvery?: number
  /** Only this share of the requests is answered, the rest expires, and so does the batch. */
  expiresAfter?: number
  /** The first download breaks off in its middle. */
  cutsDownload?: boolean
  /** What the next requests of this kind are answered with, one each. */
  statuses?: { method: string; path: RegExp; status: number; headers?: Record<string, string> }[]
  /** The batch is made, and the answer is lost. */
  losesCreates?: number
  /** Batches that fail as a whole, one each, with this code. */
  failsWith?: string[]
  /** What a batch says of itself between its beginning and its end, a look each. */
  states?: string[]
  /** Results are gone when they are asked for. */
  losesResults?: boolean
  /** It never ends by itself. */
  hangs?: boolean
  /** Told of each request, by its method and path, when it has come and before it is answered. */
  onRequest?: (request: string) => void
}

interface StoredFile {
  id: string
  name: string
  path: string
  bytes: number
}

export interface StoredBatch {
  id: string
  input: string
  name: string
  requests: number
  createdAt: number
  looks: number
  state: 'working' | 'completed' | 'failed' | 'expired' | 'cancelled'
  failure: string | null
}

export interface BatchServer {
  readonly origin: string
  readonly faults: BatchFaults
  readonly batches: StoredBatch[]
  /** Not deleted yet, results included. */
  files(): string[]
  /** Requests for single answers. */
  readonly singles: string[]
  /** How many requests came, by method and the last word of their path. */
  readonly seen: Map<string, number>
  /** Requests of all batches that were made, as they were sent. */
  eachRequest(take: (line: string) => void): Promise<void>
  /** From outside, as on the provider's page. */
  cancel(id: string): void
  close(): Promise<void>
}

/** The batch APIs of six providers on one port, as they are documented: it answers what the schema of a request allows. */
export async function startBatchServer(faults: BatchFaults = {}): Promise<BatchServer> {
  const folder = mkdtempSync(join(tmpdir(), 'llm-providers-batches-'))
  const files = new Map<string, StoredFile>()
  const gone = new Map<string, StoredFile>()
  const batches: StoredBatch[] = []
  const singles: string[] = []
  const seen = new Map<string, number>()
  let drawn = 0
  let cuts = 0
  let fileLooks = 0

  const draw = (prefix: string) => `${prefix}${++drawn}`

  async function store(id: string, name: string, from: AsyncIterable<Buffer>): Promise<StoredFile> {
    const path = join(folder, `file-${++drawn}`)
    let bytes = 0
    await pipeline(async function* () {
      for await (const chunk of from) {
        bytes += chunk.length
        yield chunk
      }
    }, createWriteStream(path))
    const file = { id, name, path, bytes }
    files.set(id, file)
    return file
  }

  /** What lies between the head of a form's file and its end. */
  async function storeForm(request: IncomingMessage): Promise<StoredFile> {
    const boundary = /boundary=(.+)$/.exec(request.headers['content-type'] ?? '')?.[1] ?? ''
    const end = Buffer.from(`\r\n--${boundary}--\r\n`)
    let name = ''
    async function* content(): AsyncGenerator<Buffer> {
      let rest: Buffer = Buffer.alloc(0)
      let isIn = false
      for await (const chunk of request) {
        rest = Buffer.concat([rest, chunk as Buffer])
        if (!isIn) {
          const head = rest.indexOf('filename="')
          const start = head === -1 ? -1 : rest.indexOf('\r\n\r\n', head)
          if (start === -1) continue
          name = /filename="([^"]+)"/.exec(rest.toString('latin1', 0, start))?.[1] ?? ''
          rest = rest.subarray(start + 4)
          isIn = true
        }
        if (rest.length > end.length) {
          yield Buffer.from(rest.subarray(0, rest.length - end.length))
          rest = rest.subarray(rest.length - end.length)
        }
      }
      if (!rest.equals(end)) throw new Error('the form does not end')
    }
    const id = draw('file-')
    const file = await store(id, '', content())
    file.name = name
    return file
  }

  async function make(input: string, name: string): Promise<StoredBatch> {
    const requests = await countLines(files.get(input)?.path ?? '')
    const failure = faults.failsWith?.shift() ?? null
    const batch: StoredBatch = {
      ...{ id: draw('batch_'), input, name, requests, createdAt: Date.now(), looks: 0, failure },
      state: failure === null ? 'working' : 'failed',
    }
    batches.push(batch)
    return batch
  }

  /** Each look brings it forward: no clock is asked. */
  function look(batch: StoredBatch): string {
    const said = ['validating', ...(faults.states ?? ['in_progress']), 'finalizing']
    if (batch.state === 'working' && !faults.hangs && batch.looks >= said.length) {
      batch.state = faults.expiresAfter === undefined ? 'completed' : 'expired'
    }
    return batch.state === 'working' ? (said[Math.min(batch.looks++, said.length - 1)] ?? '') : batch.state
  }

  async function* results(batch: StoredBatch, wire: 'openai' | 'anthropic'): AsyncGenerator<string> {
    const path = (files.get(batch.input) ?? gone.get(batch.input))?.path ?? ''
    let [count, held] = [0, [] as string[]]
    const most = (faults.expiresAfter ?? 1) * batch.requests
    for await (const line of createInterface({ input: createReadStream(path) })) {
      count++
      const { custom_id, body, params } = JSON.parse(line) as { custom_id: string; body?: Body; params?: Body }
      held.push(...linesOf(custom_id, body ?? params ?? {}, count, count > most || batch.state === 'cancelled', wire))
      if (held.length < 1000) continue
      // In no order, as they say.
      yield `${held.reverse().join('\n')}\n`
      held = []
    }
    if (held.length > 0) yield `${held.reverse().join('\n')}\n`
  }

  function linesOf(id: string, body: Body, count: number, isOver: boolean, wire: 'openai' | 'anthropic'): string[] {
    const is = (every: number | undefined) => every !== undefined && every > 0 && count % every === 0
    if (isOver) return [wire === 'openai' ? noAnswer(id, 'batch_expired') : messageResult(id, { type: 'expired' })]
    if (is(faults.missingEvery)) return []
    if (is(faults.errorEvery)) {
      if (wire === 'openai') return [errorLine(id)]
      const error = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }
      return [messageResult(id, { type: 'errored', error })]
    }
    const text = is(faults.malformedEvery) ? 'I would rather not say.' : answerTo(body)
    const line =
      wire === 'openai'
        ? answerLine(id, text, body)
        : messageResult(id, { type: 'succeeded', message: message(text, body) })
    const other = is(faults.doubledEvery) ? [line.replaceAll('0.9', '0.1')] : []
    // The list is sent backwards: what stands last here comes first.
    return [...other, line]
  }

  async function send(response: ServerResponse, lines: AsyncIterable<string>): Promise<void> {
    response.writeHead(200, { 'content-type': 'application/octet-stream' })
    const cutsThis = faults.cutsDownload && cuts++ === 0
    for await (const piece of lines) {
      if (cutsThis) {
        response.write(piece.slice(0, piece.length / 2))
        await new Promise((resolve) => response.write('', resolve))
        response.destroy()
        return
      }
      if (!response.write(piece)) await new Promise((resolve) => response.once('drain', resolve))
    }
    response.end()
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://server')
    const method = request.method ?? 'GET'
    const key = `${method} ${pathname.replaceAll(/(batch_|file-)\d+/g, '*')}`
    seen.set(key, (seen.get(key) ?? 0) + 1)
    faults.onRequest?.(`${method} ${pathname}`)
    const fault = faults.statuses?.findIndex((each) => each.method === method && each.path.test(pathname)) ?? -1
    if (fault !== -1) {
      const [{ status, headers } = { status: 500, headers: {} }] = faults.statuses?.splice(fault, 1) ?? []
      request.resume()
      return reply(response, { error: { message: `status ${status} on purpose` } }, status, headers)
    }
    const json = async () => JSON.parse((await textOf(request)) || '{}') as Body
    const made = async (input: string, name: string, view: (batch: StoredBatch) => unknown) => {
      const batch = await make(input, name)
      if ((faults.losesCreates ?? 0) > 0) {
        faults.losesCreates = (faults.losesCreates ?? 0) - 1
        response.destroy()
        return
      }
      reply(response, view(batch))
    }
    const find = (id: string | undefined) => batches.find((batch) => batch.id === id)
    const [, id = ''] = /\/(batch_\d+|file-\d+)/.exec(pathname) ?? []

    if (method === 'GET' && pathname.endsWith('/models')) {
      const methods = ['generateContent']
      const models = [{ name: 'models/some-model', supportedGenerationMethods: methods }]
      return reply(response, { object: 'list', data: [{ id: 'some-model', object: 'model' }], models, has_more: false })
    }
    // Anthropic.
    if (pathname.endsWith('/messages')) return single(await textOf(request), response, message)
    if (pathname.includes('/messages/batches')) {
      const batch = find(id)
      const view = (each: StoredBatch) => messageBatch(each, look(each))
      if (method === 'POST' && id === '') {
        const { requests } = (await json()) as { requests: unknown[] }
        const lines = requests.map((each) => JSON.stringify(each)).join('\n')
        const file = await store(draw('file-'), 'inline', oneBuffer(`${lines}\n`))
        return made(file.id, '', view)
      }
      if (id === '') return reply(response, { data: batches.toReversed().map(view), has_more: false })
      if (!batch) return reply(response, { error: { type: 'not_found_error', message: 'no such batch' } }, 404)
      if (pathname.endsWith('/results')) {
        if (faults.losesResults) return reply(response, { error: { type: 'not_found_error' } }, 404)
        return send(response, results(batch, 'anthropic'))
      }
      if (pathname.endsWith('/cancel') && batch.state === 'working') batch.state = 'cancelled'
      if (method === 'DELETE') {
        removed.add(outputOf(batch))
        return removeFile(response, batch.input)
      }
      return reply(response, view(batch))
    }

    // Google's own part.
    if (pathname.startsWith('/upload/')) {
      if (request.headers['x-goog-upload-command'] === 'start') {
        const { file } = (await json()) as { file: { display_name: string } }
        const to = `http://${request.headers.host}${pathname}/session?name=${file.display_name}`
        return reply(response, {}, 200, { 'x-goog-upload-url': to })
      }
      const file = await store(`files/${draw('g')}`, searchParams.get('name') ?? '', request)
      return reply(response, { file: { name: file.id, displayName: file.name, state: 'ACTIVE' } })
    }
    const [, googleFile] = /\/v1beta\/(files\/[\w-]+)/.exec(pathname) ?? []
    if (pathname.startsWith('/download/')) return sendFile(response, googleFile ?? '')
    if (pathname === '/v1beta/files')
      return reply(response, { files: [...files.values()].map((file) => ({ name: file.id, displayName: file.name })) })
    if (googleFile && method === 'DELETE') return removeFile(response, googleFile)
    if (pathname === '/v1beta/batches') {
      const operations = batches.map(({ id: name, input }) => ({
        name: `batches/${name}`,
        metadata: { inputConfig: { fileName: input } },
      }))
      return reply(response, { operations })
    }

    if (pathname.endsWith('/chat/completions')) return single(await textOf(request), response, completion)

    // Mistral.
    if (pathname.includes('/batch/jobs')) {
      const view = (each: StoredBatch) => mistralJob(each, look(each))
      if (method === 'POST' && id === '') {
        const { input_files, metadata } = (await json()) as {
          input_files: string[]
          metadata: { llm_providers: string }
        }
        return made(input_files[0] ?? '', metadata.llm_providers, view)
      }
      if (id === '') return reply(response, { data: batches.map(view), total: batches.length })
      return one(response, find(id), pathname, view)
    }

    // OpenAI, Azure, Groq, and the part of Google that speaks as they do.
    if (pathname.endsWith('/files')) {
      if (method === 'GET')
        return reply(response, { data: [...files.values()].map((file) => ({ id: file.id, filename: file.name })) })
      const { id: made, name, bytes } = await storeForm(request)
      return reply(response, { id: made, object: 'file', filename: name, bytes, purpose: 'batch', status: 'processed' })
    }
    if (method === 'GET' && /\/files\/file-\d+$/.test(pathname)) {
      fileLooks++
      return reply(response, { id, object: 'file', status: fileLooks % 2 === 1 ? 'pending' : 'processed' })
    }
    if (pathname.includes('/files/')) return method === 'DELETE' ? removeFile(response, id) : sendFile(response, id)
    const view = (each: StoredBatch) => openaiBatch(each, look(each), pathname.startsWith('/v1beta'))
    if (pathname.endsWith('/batches')) {
      if (method === 'GET') return reply(response, { data: batches.toReversed().map(view), has_more: false })
      const { input_file_id, metadata } = (await json()) as {
        input_file_id: string
        metadata?: { llm_providers: string }
      }
      if (!files.has(input_file_id)) return reply(response, { error: { message: 'no such file' } }, 400)
      return made(input_file_id, metadata?.llm_providers ?? '', view)
    }
    return one(response, find(id), pathname, view)
  }

  function one(
    response: ServerResponse,
    batch: StoredBatch | undefined,
    path: string,
    view: (batch: StoredBatch) => unknown,
  ): void {
    if (!batch) return reply(response, { error: { message: 'no such batch' } }, 404)
    if (/[/:]cancel$/.test(path) && batch.state === 'working') batch.state = 'cancelled'
    reply(response, view(batch))
  }

  function removeFile(response: ServerResponse, id: string): void {
    const file = files.get(id)
    if (!file && !outputs(id)) return reply(response, { error: { message: 'no such file' } }, 404)
    if (file) gone.set(id, file)
    files.delete(id)
    removed.add(id)
    reply(response, { id, deleted: true })
  }

  const removed = new Set<string>()
  const outputs = (id: string) => (removed.has(id) ? undefined : batches.find((batch) => outputOf(batch) === id))

  function sendFile(response: ServerResponse, id: string): Promise<void> | void {
    const batch = outputs(id)
    if (!batch || faults.losesResults) return reply(response, { error: { message: 'no such file' } }, 404)
    return send(response, results(batch, 'openai'))
  }

  function single(body: string, response: ServerResponse, wrap: (text: string, body: Body) => unknown): void {
    singles.push(body)
    const asked = JSON.parse(body) as Body
    reply(response, wrap(answerTo(asked), asked))
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.destroy(error as Error))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    faults,
    batches,
    singles,
    seen,
    files: () => [
      ...[...files.keys()],
      ...batches
        .filter((batch) => isOver(batch))
        .map(outputOf)
        .filter((id) => !removed.has(id)),
    ],
    async eachRequest(take) {
      for (const { input } of batches) {
        const path = (files.get(input) ?? gone.get(input))?.path ?? ''
        for await (const line of createInterface({ input: createReadStream(path) })) take(line)
      }
    },
    cancel: (id) => {
      const batch = batches.find((each) => each.id === id)
      if (batch) batch.state = 'cancelled'
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          rmSync(folder, { recursive: true, force: true })
          resolve()
        })
        server.closeAllConnections()
      }),
  }
}

type Body = Record<string, unknown>

/** Of Google, results are files with names of their own. */
function outputOf({ id, input }: StoredBatch): string {
  return input.startsWith('files/') ? `files/${id.replace('batch_', 'out')}` : id.replace('batch_', 'file-9000')
}

const isOver = ({ state }: StoredBatch) => state !== 'working' && state !== 'failed'

function openaiBatch(batch: StoredBatch, said: string, isGoogle: boolean) {
  const { id, input, name, requests, createdAt, failure } = batch
  return {
    ...{ id: isGoogle ? `batches/${id}` : id, object: 'batch', endpoint: '/v1/chat/completions', status: said },
    ...{ input_file_id: input, completion_window: '24h', created_at: Math.floor(createdAt / 1000) },
    output_file_id: isOver(batch) ? outputOf(batch) : null,
    error_file_id: null,
    errors: failure === null ? null : { object: 'list', data: [{ code: failure, message: 'It failed on purpose.' }] },
    request_counts: { total: requests, completed: isOver(batch) ? requests : 0, failed: 0 },
    ...(isGoogle ? {} : { metadata: { llm_providers: name } }),
  }
}

const mistralWords: Record<string, string> = {
  ...{ validating: 'QUEUED', in_progress: 'RUNNING', finalizing: 'RUNNING', completed: 'SUCCESS', failed: 'FAILED' },
  ...{ expired: 'TIMEOUT_EXCEEDED', cancelled: 'CANCELLED' },
}

function mistralJob(batch: StoredBatch, said: string) {
  const { id, input, name, requests } = batch
  return {
    ...{
      id,
      object: 'batch',
      input_files: [input],
      metadata: { llm_providers: name },
      status: mistralWords[said] ?? said,
    },
    output_file: isOver(batch) ? outputOf(batch) : null,
    error_file: null,
    errors: [],
    ...{ total_requests: requests, completed_requests: 0, succeeded_requests: isOver(batch) ? requests : 0 },
  }
}

function messageBatch(batch: StoredBatch, said: string) {
  const { id, requests, createdAt, state } = batch
  const isDone = isOver(batch)
  return {
    ...{
      id,
      type: 'message_batch',
      processing_status: isDone ? 'ended' : said === 'validating' ? 'in_progress' : said,
    },
    request_counts: {
      ...{ processing: isDone ? 0 : requests, succeeded: isDone && state === 'completed' ? requests : 0, errored: 0 },
      ...{ canceled: state === 'cancelled' ? requests : 0, expired: state === 'expired' ? requests : 0 },
    },
    created_at: new Date(createdAt).toISOString(),
    results_url: isDone ? `/v1/messages/batches/${id}/results` : null,
  }
}

/** Nearly all requests of a run have one schema. */
const answers = new Map<string, string>()

function answerTo(body: Body): string {
  const schema = schemaOf(body)
  if (schema === null) return 'no schema'
  const text = JSON.stringify(schema)
  const made = answers.get(text) ?? JSON.stringify(exampleOfSchema(schema, { ids: idsInSchema(schema), prompt: '' }))
  answers.set(text, made)
  const prompt = promptOf(body)
  return prompt.includes('[[') ? withWishes(made, prompt) : made
}

/** An item that names a category in double brackets has that one: so it shows whose answer an answer is. */
function withWishes(made: string, prompt: string): string {
  const answer = JSON.parse(made) as { verdicts: Record<string, unknown>[] | Record<string, Record<string, unknown>> }
  const entries = Array.isArray(answer.verdicts)
    ? answer.verdicts.map((each) => [String(each.key), each] as const)
    : Object.entries(answer.verdicts)
  for (const [key, verdict] of entries) {
    const at = prompt.search(new RegExp(`\\b${key}\\b`))
    const [, wish] = /\[\[([^\]]+)\]\]/.exec(prompt.slice(at)) ?? []
    if (wish && Array.isArray(verdict.categories)) verdict.categories = [wish]
  }
  return JSON.stringify(answer)
}

function promptOf({ messages }: Body): string {
  const [last] = (messages as { content: unknown }[] | undefined)?.slice(-1) ?? []
  return typeof last?.content === 'string' ? last.content : JSON.stringify(last?.content ?? '')
}

function schemaOf({ response_format, output_config, tools }: Body): Record<string, unknown> | null {
  const [tool] = (tools as { input_schema?: Record<string, unknown> }[] | undefined) ?? []
  if (tool?.input_schema) return tool.input_schema
  const format = response_format as { json_schema?: { schema?: Record<string, unknown> } } | undefined
  const config = output_config as { format?: { schema?: Record<string, unknown> } } | undefined
  return format?.json_schema?.schema ?? config?.format?.schema ?? null
}

/** An answer to a prompt that was cut would not be used: tokens are told as they are reckoned. */
const tokensOf = (body: Body) => Math.max(400, Math.ceil(JSON.stringify(body).length / 3))

function completion(text: string, body: Body) {
  const choice = { index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }
  const read = tokensOf(body)
  const usage = { prompt_tokens: read, completion_tokens: 40, total_tokens: read + 40 }
  return { id: 'chatcmpl-1', object: 'chat.completion', created: 1, model: 'scripted', choices: [choice], usage }
}

function message(text: string, body: Body) {
  const usage = { input_tokens: tokensOf(body), output_tokens: 40 }
  return {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    content: [{ type: 'text', text }],
    stop_reason: 'end_turn',
    usage,
  }
}

function answerLine(custom_id: string, text: string, body: Body): string {
  return JSON.stringify({
    id: 'r',
    custom_id,
    response: { status_code: 200, request_id: 'q', body: completion(text, body) },
    error: null,
  })
}

function errorLine(custom_id: string): string {
  const body = { error: { message: 'The server had an error.', type: 'server_error', code: 'server_error' } }
  return JSON.stringify({ id: 'r', custom_id, response: { status_code: 500, request_id: 'q', body }, error: null })
}

function noAnswer(custom_id: string, code: string): string {
  return JSON.stringify({
    id: 'r',
    custom_id,
    response: null,
    error: { code, message: 'It was not answered in time.' },
  })
}

function messageResult(custom_id: string, result: unknown): string {
  return JSON.stringify({ custom_id, result })
}

function reply(response: ServerResponse, body: unknown, status = 200, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(body))
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

async function* oneBuffer(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text)
}

async function countLines(path: string): Promise<number> {
  let lines = 0
  for await (const chunk of createReadStream(path)) for (const byte of chunk as Buffer) if (byte === 0x0a) lines++
  return lines
}

/** How often each numbered item stands in what was sent, as "Item 7:" and so on. */
async function countItems(
  server: BatchServer,
): Promise<{ items: number; doubled: number; batches: number; singles: number }> {
  const seen = new Map<number, number>()
  const count = (text: string) => {
    for (const [, number] of text.matchAll(/Item (\d+):/g))
      seen.set(Number(number), (seen.get(Number(number)) ?? 0) + 1)
  }
  await server.eachRequest(count)
  for (const body of server.singles) count(body)
  const doubled = [...seen.values()].filter((times) => times > 1).length
  return { items: seen.size, doubled, batches: server.batches.length, singles: server.singles.length }
}

// In a process of its own, for what measures: says where it is, ends with its parent, and tells what it was sent.
if (process.argv[1]?.endsWith('batchServer.ts') && process.send) {
  const server = await startBatchServer()
  process.send({ origin: server.origin })
  server.faults.onRequest = (request) => process.send?.({ request })
  process.on('message', async () => {
    process.send?.({ ...(await countItems(server)), files: server.files().length })
  })
  process.on('disconnect', () => process.exit())
}
