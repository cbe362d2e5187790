import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { fail } from '../../shared/fail.ts'
import { localizable } from '../../shared/message.ts'
import type { ProviderCall } from './adapter.ts'
import type { NewBatch } from './batchApi.ts'
import type { Deadlines } from './deadlines.ts'
import { asFields, type Fields } from './errorBody.ts'
import { invalidResponse, reasonOfFailure, type StatusRules } from './failureReason.ts'
import { type Caller, type KeyHeaders, type OpenCall, openCall, readWholeJson, requestJson } from './openCall.ts'
import { reasonOfStatus } from './statusReason.ts'

/** Files take as long as they take, as long as they move. */
const transferDeadlines: Partial<Deadlines> = { firstByteMs: 3_600_000, idleMs: 300_000, totalMs: 6 * 3_600_000 }
const mostResultBytes = 8 * 2 ** 30

/** The requests that all batch APIs are made of. */
export class BatchWire<Config> {
  readonly #adapter: Caller<Config>
  readonly #keyHeaders: KeyHeaders | undefined
  readonly #rules: StatusRules

  constructor(
    adapter: Caller<Config>,
    options: { keyHeaders?: KeyHeaders | undefined; rules?: StatusRules | undefined },
  ) {
    this.#adapter = adapter
    this.#keyHeaders = options.keyHeaders
    this.#rules = options.rules ?? reasonOfStatus
  }

  /** Fields of the answer. A body without any, as of a deletion, is an empty one. */
  async ask(
    call: ProviderCall<Config>,
    url: string,
    options: { method?: 'GET' | 'POST' | 'DELETE'; body?: unknown; headers?: Record<string, string> } = {},
  ): Promise<Outcome<Fields>> {
    const { method, body, headers } = options
    const open = this.#open(call, { headers })
    if (!open.ok) return open
    const asked = { rules: this.#rules, ...(method ? { method } : {}), ...(body === undefined ? {} : { body }) }
    const answer = await requestJson(open.value, url, asked)
    const isDone = open.value.exchange.facts.status !== null && open.value.exchange.facts.status < 300
    if (!answer.ok) return method === 'DELETE' && isDone ? succeed({}) : answer
    const fields = asFields(answer.value)
    return fields ? succeed(fields) : fail(invalidResponse('schema', noBatchAnswer(), open.value.context()))
  }

  /** Sends what `body` yields, which is `bytes` long, and answers with the fields and what the headers say. */
  async send(
    call: ProviderCall<Config>,
    url: string,
    sent: { body: AsyncIterable<Uint8Array | string>; bytes: number; type: string; headers?: Record<string, string> },
  ): Promise<Outcome<Fields>> {
    const headers = { ...sent.headers, 'content-length': String(sent.bytes) }
    const open = this.#open(call, { headers, deadlines: transferDeadlines })
    if (!open.ok) return open
    const body = Readable.from(sent.body, { objectMode: false })
    const failed = await post(open.value, url, { body, type: sent.type }, this.#rules)
    body.destroy()
    if (failed) return failed
    const answer = readWholeJson(open.value)
    const fields = answer.ok ? asFields(answer.value) : null
    return fields ? succeed(fields) : fail(invalidResponse('schema', noBatchAnswer(), open.value.context()))
  }

  /** A header of an answer without a body. */
  async askHeader(
    call: ProviderCall<Config>,
    url: string,
    name: string,
    options: { body: unknown; headers: Record<string, string> },
  ): Promise<Outcome<string>> {
    const open = this.#open(call, { headers: options.headers })
    if (!open.ok) return open
    const body = JSON.stringify(options.body)
    const failed = await post(open.value, url, { body, type: 'application/json' }, this.#rules)
    if (failed) return failed
    const value = open.value.exchange.facts.headers[name]
    if (typeof value === 'string') return succeed(value)
    return fail(invalidResponse('schema', noBatchAnswer(), open.value.context()))
  }

  async download(
    call: ProviderCall<Config>,
    url: string,
    headers?: Record<string, string>,
  ): Promise<Outcome<AsyncIterable<Uint8Array>>> {
    const options = { headers, deadlines: transferDeadlines, maxResponseBytes: mostResultBytes, streams: true }
    const open = this.#open(call, options)
    if (!open.ok) return open
    try {
      const response = await open.value.exchange.fetch(url, { headers: { accept: '*/*' } })
      if (!response.ok) return fail(reasonOfFailure(null, open.value.context(), this.#rules))
      return succeed(response.body ?? noBytes())
    } catch (error) {
      return fail(reasonOfFailure(error, open.value.context(), this.#rules))
    }
  }

  #open(call: ProviderCall<Config>, options: Parameters<typeof openCall>[3]): Outcome<OpenCall> {
    return openCall(this.#adapter, call, null, { keyHeaders: this.#keyHeaders, ...options })
  }
}

async function post(
  { exchange, context }: OpenCall,
  url: string,
  { body, type }: { body: Readable | string; type: string },
  rules: StatusRules,
): Promise<Outcome<never> | null> {
  try {
    const headers = { 'content-type': type, accept: 'application/json' }
    // The types of `fetch` know no stream of Node.
    const response = await exchange.fetch(url, { method: 'POST', headers, body: body as unknown as string })
    return response.ok ? null : fail(reasonOfFailure(null, context(), rules))
  } catch (error) {
    return fail(reasonOfFailure(error, context(), rules))
  }
}

async function* noBytes(): AsyncGenerator<Uint8Array> {}

function noBatchAnswer() {
  return localizable('it does not have the format of this API')
}

/** A form with one file, which is read as it is sent. */
export function fileForm({ path, bytes, name }: NewBatch, fields: Readonly<Record<string, string>>) {
  const boundary = `llm-providers-${name}`
  const parts = Object.entries(fields).map(
    ([field, value]) => `--${boundary}\r\ncontent-disposition: form-data; name="${field}"\r\n\r\n${value}\r\n`,
  )
  const file = `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="${fileName(name)}"\r\ncontent-type: application/jsonl\r\n\r\n`
  const before = parts.join('') + file
  const after = `\r\n--${boundary}--\r\n`
  async function* body(): AsyncGenerator<Uint8Array | string> {
    yield before
    yield* createReadStream(path)
    yield after
  }
  return {
    body: body(),
    bytes: before.length + bytes + after.length,
    type: `multipart/form-data; boundary=${boundary}`,
  }
}

export function fileName(name: string): string {
  return `${name}.jsonl`
}

/** Entries of a list, whatever its field is called. */
export function listed(fields: Fields, field: string): Fields[] {
  const entries = fields[field]
  return Array.isArray(entries) ? entries.map(asFields).filter((entry) => entry !== null) : []
}

export function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

/** The last segment of a path that a provider names may be anything. */
export function segment(id: string): string {
  return encodeURIComponent(id)
}
