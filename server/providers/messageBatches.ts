import { createReadStream } from 'node:fs'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { fail } from '../../shared/fail.ts'
import type { ProviderCall } from './adapter.ts'
import type { BatchAnswer, BatchApi, BatchStatus } from './batchApi.ts'
import { BatchWire, listed, segment, textOf } from './batchWire.ts'
import { asFields, type Fields } from './errorBody.ts'
import type { Caller } from './openCall.ts'

/** As documented in 2026: 100,000 requests and 256 MB a batch; half the price. The lines are in the batch itself. */
const limits = { requests: 100_000, bytes: 250_000_000 }

const version = { 'anthropic-version': '2026-10-21' }

/** Kinds of errors of single requests, by the status that they come with elsewhere. */
const statuses: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  rate_limit_error: 429,
  timeout_error: 504,
  overloaded_error: 529,
}

/** The batches of a Messages API: they hold their requests, and end with a list of results in no order. */
export function messageBatches<Config>(adapter: Caller<Config>): BatchApi<ProviderCall<Config>> {
  const wire = new BatchWire(adapter, {})
  const address = ({ config }: ProviderCall<Config>, rest = '') =>
    `${adapter.endpoint(config)}/v1/messages/batches${rest}`
  return {
    limits,
    line: (customId, { body }) => `{"custom_id":"${customId}","params":${body}}`,
    readLine,
    async create(call, { path, bytes }) {
      // Each line end becomes a comma, but for the last.
      const length = opening.length + bytes - 1 + closing.length
      const sent = { body: requestsIn(path, bytes), bytes: length, type: 'application/json', headers: version }
      return readStatus(call, await wire.send(call, address(call), sent))
    },
    /**
     * They have no name of their own: one of ours has our number of requests and was made since, and its results bear our ids. What has
     * none yet may be somebody else's, and is waited for.
     */
    async find(call, { requests, preparedAt, name }) {
      const answer = await wire.ask(call, address(call, '?limit=100'), { headers: version })
      if (!answer.ok) return answer
      let isAnyWorking = false
      for (const entry of listed(answer.value, 'data')) {
        const status = readStatus(call, succeed(entry))
        if (!status.ok) continue
        const made = Date.parse(textOf(entry.created_at) ?? '')
        if (countOf(entry) !== requests || !(made >= preparedAt - clockSkewMs)) continue
        if (status.value.outcome === 'working') isAnyWorking = true
        else if (await isOfName(wire, call, address, status.value.id, name)) return succeed(status.value)
      }
      const { provider } = call
      return isAnyWorking ? fail({ code: 'overloaded', provider, retryAfterMs: null }) : succeed(null)
    },
    status: async (call, id) =>
      readStatus(call, await wire.ask(call, address(call, `/${segment(id)}`), { headers: version })),
    download: async (call, id) => await wire.download(call, address(call, `/${segment(id)}/results`), version),
    cancel: async (call, id) =>
      await wire.ask(call, address(call, `/${segment(id)}/cancel`), { method: 'POST', body: {}, headers: version }),
    async remove(call, { id }) {
      const removed = await wire.ask(call, address(call, `/${segment(id)}`), { method: 'DELETE', headers: version })
      const isGone = !removed.ok && 'raw' in removed.reason && removed.reason.raw?.status === 404
      return isGone ? succeed(null) : removed
    },
  }
}

const clockSkewMs = 600_000
const opening = '{"requests":['
const closing = ']}'

/** No JSON has a line end within: the lines become the entries of a list where each of theirs becomes a comma. */
async function* requestsIn(path: string, bytes: number): AsyncGenerator<Uint8Array | string> {
  yield opening
  let left = bytes - 1
  for await (const read of createReadStream(path)) {
    const chunk = (read as Buffer).subarray(0, left)
    left -= chunk.length
    for (let at = chunk.indexOf(lineEnd); at !== -1; at = chunk.indexOf(lineEnd, at)) chunk[at] = comma
    yield chunk
  }
  yield closing
}

const lineEnd = 0x0a
const comma = 0x2c

/** Whether its first result is one of ours. */
async function isOfName<Config>(
  wire: BatchWire<Config>,
  call: ProviderCall<Config>,
  address: (call: ProviderCall<Config>, rest: string) => string,
  id: string,
  name: string,
): Promise<boolean> {
  const results = await wire.download(call, address(call, `/${segment(id)}/results`), version)
  if (!results.ok) return false
  try {
    for await (const chunk of results.value) return Buffer.from(chunk).toString('latin1').includes(`"${name}-`)
  } catch {
    // What cannot be read now is asked for again as one that is not ours.
  }
  return false
}

function countOf({ request_counts }: Fields): number {
  return Object.values(asFields(request_counts) ?? {}).reduce<number>((sum, count) => sum + (Number(count) || 0), 0)
}

function readStatus<Config>({ provider }: ProviderCall<Config>, answer: Outcome<Fields>): Outcome<BatchStatus> {
  if (!answer.ok) return answer
  const id = textOf(answer.value.id)
  const said = textOf(answer.value.processing_status)
  if (id === null || said === null)
    return fail({ code: 'invalid_response', provider, problem: 'schema', detail: 'it is no batch' })
  const counts = asFields(answer.value.request_counts)
  const answered = Number(counts?.succeeded)
  const isOver = said === 'ended'
  const outcome = !isOver ? 'working' : Number(counts?.canceled) > 0 ? 'cancelled' : 'completed'
  return succeed({
    id,
    outcome,
    said,
    results: isOver ? [id] : [],
    answered: Number.isSafeInteger(answered) ? answered : null,
  })
}

function readLine(line: unknown): BatchAnswer | null {
  const fields = asFields(line)
  const customId = textOf(fields?.custom_id)
  const result = asFields(fields?.result)
  if (customId === null || result === null) return null
  if (result.type === 'succeeded' && asFields(result.message) !== null)
    return { customId, answer: { status: 200, body: JSON.stringify(result.message) } }
  if (result.type !== 'errored') return { customId, answer: null, why: textOf(result.type) ?? 'no answer' }
  const outer = asFields(result.error)
  const error = asFields(outer?.error) ?? outer
  const status = statuses[textOf(error?.type) ?? ''] ?? 500
  return { customId, answer: { status, body: JSON.stringify({ type: 'error', error }) } }
}
