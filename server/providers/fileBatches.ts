import { createReadStream } from 'node:fs'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { fail } from '../../shared/fail.ts'
import type { ProviderCall } from './adapter.ts'
import type { BatchAnswer, BatchApi, BatchLimits, BatchOutcome, BatchStatus, NewBatch } from './batchApi.ts'
import { BatchWire, fileForm, fileName, listed, segment, textOf } from './batchWire.ts'
import { asFields, type Fields } from './errorBody.ts'
import type { StatusRules } from './failureReason.ts'
import type { Caller, KeyHeaders } from './openCall.ts'

/** How a kind that takes batches as files of lines differs from the others. */
export interface FileBatches<Config> {
  limits: BatchLimits
  /** Where files and batches are, and what goes with every request. */
  place(config: Config): { baseUrl: string; query?: string }
  /** What each line and the batch say of where the requests would go. */
  endpoint: string
  jobs?: 'openai' | 'mistral'
  /** A file is looked through before a batch can be made of it. */
  checksFiles?: true
  /** Absent: as OpenAI has it. */
  files?: 'google'
  keyHeaders?: KeyHeaders | undefined
  /** Of Google's own part. Absent: the same. */
  nativeKeyHeaders?: KeyHeaders | undefined
  rules?: StatusRules | undefined
}

const chatEndpoint = '/v1/chat/completions'

/** As documented in 2026: 50,000 requests and 200 MB a file; half the price. */
export const openaiBatches = { limits: { requests: 50_000, bytes: 200_000_000 }, endpoint: chatEndpoint }
/** 100,000 requests and 200 MB a file; deployments of the kind "global batch" only. */
export const azureBatches = {
  limits: { requests: 100_000, bytes: 200_000_000 },
  endpoint: '/chat/completions',
  checksFiles: true as const,
}
export const groqBatches = { limits: { requests: 50_000, bytes: 200_000_000 }, endpoint: chatEndpoint }
export const mistralBatches = {
  limits: { requests: 1_000_000, bytes: 500_000_000 },
  endpoint: chatEndpoint,
  jobs: 'mistral' as const,
}
/** Files go by Google's own API, 2 GB each; batches by the part that speaks OpenAI's. */
export const googleBatches = {
  limits: { requests: 50_000, bytes: 2_000_000_000 },
  endpoint: chatEndpoint,
  files: 'google' as const,
}

/** Their words for the states of a batch; any other one is waited for. */
const outcomes: Readonly<Record<string, BatchOutcome>> = {
  completed: 'completed',
  succeeded: 'completed',
  success: 'completed',
  partially_succeeded: 'completed',
  failed: 'failed',
  expired: 'expired',
  timeout_exceeded: 'expired',
  cancelled: 'cancelled',
  canceled: 'cancelled',
}

function outcomeOf(said: string): BatchOutcome {
  const word = said.toLowerCase().replace(/^(job|batch)_state_/, '')
  return outcomes[word] ?? 'working'
}

/** Batches are files of lines that are uploaded, named in a batch, and answered by other files. */
export function fileBatches<Config>(
  adapter: Caller<Config>,
  kind: FileBatches<Config>,
): BatchApi<ProviderCall<Config>> {
  const { rules, keyHeaders, nativeKeyHeaders = keyHeaders } = kind
  const wire = new BatchWire(adapter, { rules, keyHeaders })
  const native = new BatchWire(adapter, { rules, keyHeaders: nativeKeyHeaders })
  const jobs = kind.jobs === 'mistral' ? mistralJobs(wire, kind) : openaiJobs(wire, native, kind)
  const files = kind.files === 'google' ? googleFiles(native, kind) : openaiFiles(wire, kind)
  return {
    limits: kind.limits,
    line: (customId, { body }) => {
      if (kind.jobs === 'mistral') return `{"custom_id":"${customId}","body":${body}}`
      return `{"custom_id":"${customId}","method":"POST","url":"${kind.endpoint}","body":${body}}`
    },
    readLine,
    ...files,
    ...jobs,
    async remove(call, { files: ids }) {
      for (const id of ids) {
        const removed = await files.removeFile(call, id)
        if (!removed.ok && !isGone(removed)) return removed
      }
      return succeed(null)
    },
  }
}

function isGone({ reason }: Extract<Outcome<unknown>, { ok: false }>): boolean {
  return 'raw' in reason && reason.raw?.status === 404
}

/** `{custom_id, response: {status_code, body}, error}`, where one of the two is null. */
function readLine(line: unknown): BatchAnswer | null {
  const fields = asFields(line)
  const customId = textOf(fields?.custom_id) ?? textOf(fields?.key)
  if (!fields || customId === null) return null
  const response = asFields(fields.response)
  if (response !== null) {
    const status = Number(response.status_code ?? 200)
    const body = response.body ?? (response.status_code === undefined ? response : null)
    if (Number.isInteger(status) && body !== null)
      return { customId, answer: { status, body: typeof body === 'string' ? body : JSON.stringify(body) } }
  }
  const error = asFields(fields.error)
  return { customId, answer: null, why: textOf(error?.code) ?? textOf(error?.message) ?? 'no answer' }
}

type Part<Config, Name extends keyof BatchApi<ProviderCall<Config>>> = Required<
  Pick<BatchApi<ProviderCall<Config>>, Name>
>

function address<Config>({ place }: FileBatches<Config>, { config }: ProviderCall<Config>) {
  const { baseUrl, query } = place(config)
  return (path: string, more = ''): string => {
    const parameters = [query, more].filter(Boolean).join('&')
    return `${baseUrl}${path}${parameters ? `?${parameters}` : ''}`
  }
}

function openaiJobs<Config>(
  wire: BatchWire<Config>,
  native: BatchWire<Config>,
  kind: FileBatches<Config>,
): Part<Config, 'create' | 'find' | 'status' | 'cancel'> {
  const isGoogle = kind.files === 'google'
  /** Google's compatible part takes the bare id of a batch; its own names it `batches/ID`. */
  const batches = (call: ProviderCall<Config>, path = '', more = '') =>
    address(kind, call)(`${isGoogle ? '/openai' : ''}/batches${path}`, more)
  return {
    async create(call, { file, name }) {
      if (kind.checksFiles && file !== null) {
        const checked = await wire.ask(call, address(kind, call)(`/files/${segment(file)}`))
        if (!checked.ok) return checked
        const isPending = ['pending', 'running', 'uploaded'].includes(String(checked.value.status))
        if (isPending) return fail({ code: 'overloaded', provider: call.provider, retryAfterMs: null })
      }
      const metadata = { llm_providers: name }
      const body = { input_file_id: file, endpoint: kind.endpoint, completion_window: '24h', metadata }
      return readStatus(call, await wire.ask(call, batches(call), { body }))
    },
    async find(call, batch) {
      if (isGoogle) return await findGoogle(native, kind, call, batch)
      let after = ''
      for (let page = 0; page < mostPages; page++) {
        const answer = await wire.ask(call, batches(call, '', `limit=100${after}`))
        if (!answer.ok) return answer
        const entries = listed(answer.value, 'data')
        const found = entries.find(
          ({ metadata, input_file_id, status }) =>
            outcomeOf(String(status)) !== 'failed' &&
            (asFields(metadata)?.llm_providers === batch.name || (batch.file !== null && input_file_id === batch.file)),
        )
        if (found) return readStatus(call, succeed(found))
        const last = textOf(entries.at(-1)?.id)
        const isOlder = entries.some(({ created_at }) => Number(created_at) * 1000 < batch.preparedAt - clockSkewMs)
        if (answer.value.has_more !== true || last === null || isOlder) return succeed(null)
        after = `&after=${segment(last)}`
      }
      return succeed(null)
    },
    status: async (call, id) => readStatus(call, await wire.ask(call, batches(call, `/${segment(bareId(id))}`))),
    cancel: async (call, id) =>
      isGoogle
        ? await native.ask(call, address(kind, call)(`/batches/${segment(bareId(id))}:cancel`), {
            method: 'POST',
            body: {},
          })
        : await wire.ask(call, batches(call, `/${segment(id)}/cancel`), { method: 'POST', body: {} }),
  }
}

const mostPages = 20
const clockSkewMs = 3_600_000
const bareId = (id: string) => id.replace(/^batches\//, '')

async function findGoogle<Config>(
  wire: BatchWire<Config>,
  kind: FileBatches<Config>,
  call: ProviderCall<Config>,
  { name, file }: NewBatch,
): Promise<Outcome<BatchStatus | null>> {
  const answer = await wire.ask(call, address(kind, call)('/batches', 'pageSize=100'))
  if (!answer.ok) return answer
  const operations = [...listed(answer.value, 'operations'), ...listed(answer.value, 'batches')]
  for (const operation of operations) {
    const batch = asFields(operation.metadata) ?? operation
    const input = asFields(batch.inputConfig)
    const isOurs = batch.displayName === name || (file !== null && input?.fileName === file)
    const id = textOf(operation.name) ?? textOf(batch.name)
    if (isOurs && id !== null && outcomeOf(String(batch.state)) !== 'failed')
      return succeed({ id, outcome: 'working', said: 'found', results: [], answered: null })
  }
  return succeed(null)
}

function mistralJobs<Config>(
  wire: BatchWire<Config>,
  kind: FileBatches<Config>,
): Part<Config, 'create' | 'find' | 'status' | 'cancel'> {
  const jobs = (call: ProviderCall<Config>, path = '', more = '') => address(kind, call)(`/batch/jobs${path}`, more)
  return {
    async create(call, { file, name, model }) {
      const metadata = { llm_providers: name }
      const body = { input_files: [file], endpoint: kind.endpoint, model, metadata, timeout_hours: 24 }
      return readStatus(call, await wire.ask(call, jobs(call), { body }))
    },
    async find(call, { name }) {
      for (let page = 0; page < mostPages; page++) {
        const answer = await wire.ask(call, jobs(call, '', `page=${page}&page_size=100`))
        if (!answer.ok) return answer
        const entries = listed(answer.value, 'data')
        const found = entries.find(
          ({ metadata, status }) =>
            outcomeOf(String(status)) !== 'failed' && asFields(metadata)?.llm_providers === name,
        )
        if (found) return readStatus(call, succeed(found))
        if (entries.length < 100) return succeed(null)
      }
      return succeed(null)
    },
    status: async (call, id) => readStatus(call, await wire.ask(call, jobs(call, `/${segment(id)}`))),
    cancel: async (call, id) =>
      await wire.ask(call, jobs(call, `/${segment(id)}/cancel`), { method: 'POST', body: {} }),
  }
}

type FilePart<Config> = Part<Config, 'upload' | 'findFile' | 'download'> & {
  removeFile(call: ProviderCall<Config>, id: string): Promise<Outcome<unknown>>
}

function openaiFiles<Config>(wire: BatchWire<Config>, kind: FileBatches<Config>): FilePart<Config> {
  const files = (call: ProviderCall<Config>, path = '', more = '') => address(kind, call)(`/files${path}`, more)
  return {
    async upload(call, batch) {
      return readFileId(call, await wire.send(call, files(call), fileForm(batch, { purpose: 'batch' })))
    },
    async findFile(call, { name }) {
      const answer = await wire.ask(call, files(call, '', 'purpose=batch'))
      if (!answer.ok) return answer
      const found = listed(answer.value, 'data').find(({ filename }) => filename === fileName(name))
      return succeed(textOf(found?.id))
    },
    download: async (call, id) => await wire.download(call, files(call, `/${segment(id)}/content`)),
    removeFile: async (call, id) => await wire.ask(call, files(call, `/${segment(id)}`), { method: 'DELETE' }),
  }
}

const googleKey = 'x-goog-upload-url'

function googleFiles<Config>(wire: BatchWire<Config>, kind: FileBatches<Config>): FilePart<Config> {
  const at = (call: ProviderCall<Config>, door: string, path: string): string => {
    const { origin, pathname } = new URL(kind.place(call.config).baseUrl)
    return `${origin}${door}${pathname}${path}`
  }
  return {
    async upload(call, batch) {
      const url = await wire.askHeader(call, at(call, '/upload', '/files'), googleKey, {
        body: { file: { display_name: batch.name } },
        headers: {
          'x-goog-upload-protocol': 'resumable',
          'x-goog-upload-command': 'start',
          'x-goog-upload-header-content-length': String(batch.bytes),
          'x-goog-upload-header-content-type': 'application/jsonl',
        },
      })
      if (!url.ok) return url
      const { origin } = new URL(kind.place(call.config).baseUrl)
      // The key goes to no other host than the one it is for.
      if (!URL.canParse(url.value) || new URL(url.value).origin !== origin) return noId(call)
      const sent = await wire.send(call, url.value, {
        body: createReadStream(batch.path),
        bytes: batch.bytes,
        type: 'application/jsonl',
        headers: { 'x-goog-upload-offset': '0', 'x-goog-upload-command': 'upload, finalize' },
      })
      if (!sent.ok) return sent
      const id = textOf(asFields(sent.value.file)?.name)
      return id === null ? noId(call) : succeed(id)
    },
    async findFile(call, { name }) {
      const answer = await wire.ask(call, address(kind, call)('/files', 'pageSize=100'))
      if (!answer.ok) return answer
      const found = listed(answer.value, 'files').find(({ displayName }) => displayName === name)
      return succeed(textOf(found?.name))
    },
    download: async (call, id) => await wire.download(call, `${at(call, '/download', `/${id}`)}:download?alt=media`),
    removeFile: async (call, id) => await wire.ask(call, address(kind, call)(`/${id}`), { method: 'DELETE' }),
  }
}

function readFileId<Config>(call: ProviderCall<Config>, answer: Outcome<Fields>): Outcome<string> {
  if (!answer.ok) return answer
  const id = textOf(answer.value.id)
  return id === null ? noId(call) : succeed(id)
}

function noId<Config>({ provider }: ProviderCall<Config>): Outcome<never> {
  return fail({ code: 'invalid_response', provider, problem: 'schema', detail: 'it names no file of its own' })
}

/** Of a batch in OpenAI's words, or a job in Mistral's. */
function readStatus<Config>({ provider }: ProviderCall<Config>, answer: Outcome<Fields>): Outcome<BatchStatus> {
  if (!answer.ok) return answer
  const fields = answer.value
  const id = textOf(fields.id)
  const said = textOf(fields.status)
  if (id === null || said === null)
    return fail({ code: 'invalid_response', provider, problem: 'schema', detail: 'it is no batch' })
  const files = [fields.output_file_id, fields.error_file_id, fields.output_file, fields.error_file]
  const counts = asFields(fields.request_counts)
  const answered = Number(counts?.completed ?? fields.succeeded_requests)
  const [error] = listed(asFields(fields.errors) ?? fields, Array.isArray(fields.errors) ? 'errors' : 'data')
  const failure = { code: textOf(error?.code) ?? '', message: textOf(error?.message) ?? '' }
  return succeed({
    id,
    outcome: outcomeOf(said),
    said,
    results: files.map(textOf).filter((file) => file !== null),
    answered: Number.isSafeInteger(answered) ? answered : null,
    ...(error ? { failure } : {}),
  })
}
