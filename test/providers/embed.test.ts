import { LLMock } from '@copilotkit/aimock'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EmbeddingRequest } from '../../server/providers/adapter.ts'
import { listKinds } from '../../server/providers/registry.ts'
import { useHarness } from '../support/providers/harness.ts'
import { fakeKey, keyHeaders, networkKind } from '../support/providers/networkKinds.ts'
import { recorded, replay } from '../support/providers/recordedBodies.ts'

/** How one kind answers for vectors: facts/providers.md, what each section says of embeddings. */
interface EmbeddingKind {
  kind: string
  path: string
  /** Texts that one call may carry. */
  most: number
  dimensions: string | null
  answer(vectors: readonly unknown[]): object
  body: object
}

const likeOpenai = (vectors: readonly unknown[]) => ({
  object: 'list',
  model: 'vectors-1',
  // Out of order on purpose: each entry says its place.
  data: vectors.map((embedding, index) => ({ object: 'embedding', index, embedding })).toReversed(),
  usage: { prompt_tokens: 10 * vectors.length, total_tokens: 10 * vectors.length },
})
const openaiBody = { model: 'vectors-1', input: ['one'], encoding_format: 'float' }
const family = (kind: string, path: string, most: number, dimensions: string | null = 'dimensions'): EmbeddingKind => ({
  kind,
  path,
  most,
  dimensions,
  answer: likeOpenai,
  body: openaiBody,
})

const kinds: EmbeddingKind[] = [
  {
    kind: 'ollama',
    path: '/api/embed',
    most: 64,
    dimensions: 'dimensions',
    answer: (vectors) => ({ model: 'vectors-1', embeddings: vectors, prompt_eval_count: 10 * vectors.length }),
    body: { model: 'vectors-1', input: ['one'], truncate: false },
  },
  family('openai', '/v1/embeddings', 2048),
  family('google', '/v1beta/openai/embeddings', 100),
  family('groq', '/v1/embeddings', 64, null),
  family('mistral', '/v1/embeddings', 32, 'output_dimension'),
  family('openrouter', '/api/v1/embeddings', 64),
  family('azure', '/openai/v1/embeddings', 2048),
  {
    kind: 'cohere',
    path: '/v2/embed',
    most: 96,
    dimensions: 'output_dimension',
    answer: (vectors) => ({
      id: '1',
      embeddings: { float: vectors },
      meta: { api_version: { version: '2' }, billed_units: { input_tokens: 10 * vectors.length } },
    }),
    body: {
      model: 'vectors-1',
      texts: ['one'],
      input_type: 'search_document',
      embedding_types: ['float'],
      truncate: 'NONE',
    },
  },
  family('openai-compatible', '/v1/embeddings', 64),
]

const harness = useHarness()

it('is tested for every kind that has embeddings', () => {
  const having = listKinds().filter(({ embeddings }) => embeddings)
  expect(having.map(({ kind }) => kind).toSorted()).toEqual(kinds.map(({ kind }) => kind).toSorted())
})

describe.each(kinds)('$kind', ({ kind, path, most, dimensions, answer, body }) => {
  const textsIn = (sent: string) => {
    const { input, texts = input } = JSON.parse(sent) as { input: string[]; texts?: string[] }
    return texts
  }
  /** Each text that is a number becomes a vector that says so. */
  const play = () =>
    harness.server.play((response, request) =>
      replay({ status: 200, body: answer(textsIn(request.body).map((text) => [Number(text), 1])) }, response),
    )
  const embed = (change: Partial<EmbeddingRequest> = {}) => harness.embed(kind, change)

  it('asks plainly, with the key', async () => {
    play()
    const outcome = await embed({ texts: ['one'] })
    expect(harness.bodies()).toEqual([body])
    expect(harness.server.requests[0]).toMatchObject({ method: 'POST', path })
    expect(harness.server.requests[0]?.headers).toMatchObject(
      Object.fromEntries(Object.entries(keyHeaders(networkKind(kind), fakeKey)).filter(([, value]) => value)),
    )
    expect(outcome).toMatchObject({ ok: false, reason: { code: 'invalid_response', problem: 'schema' } })
  })

  it('cuts many texts into calls, and puts the vectors in the order of the texts', async () => {
    play()
    const texts = Array.from({ length: 2 * most + 1 }, (_, index) => String(index))
    const outcome = await embed({ texts })
    expect(harness.server.requests.map((request) => textsIn(request.body).length)).toEqual([most, most, 1])
    expect(outcome).toMatchObject({ ok: true, value: { usage: { input: 10 * texts.length, output: 0, cached: null } } })
    expect(outcome.ok && outcome.value.vectors).toEqual(texts.map((text) => [Number(text), 1]))
  })

  it('takes a smaller batch, a length, and brings vectors to length 1', async () => {
    play()
    const parameters = { batch_size: 2, dimensions: 2, normalize: true }
    const outcome = await embed({ texts: ['0', '3', '4'], parameters })
    expect(harness.server.requests).toHaveLength(2)
    expect(harness.bodies()[0]?.[dimensions ?? 'dimensions']).toBe(dimensions === null ? undefined : 2)
    const lengths = outcome.ok ? outcome.value.vectors.map((vector) => Math.hypot(...vector)) : []
    expect(lengths).toEqual([1, expect.closeTo(1, 9), expect.closeTo(1, 9)])
  })

  it('asks nobody for nothing', async () => {
    expect(await embed({ texts: [] })).toMatchObject({ ok: true, value: { vectors: [] } })
    expect(harness.server.requests).toHaveLength(0)
  })

  it.each([
    ['too few', [[1, 2]]],
    ['too many', [[1], [2], [3]]],
    ['different lengths', [[1, 2], [3]]],
    ['no numbers', [['a'], ['b']]],
    [
      'a gap',
      [
        [1, null],
        [2, 3],
      ],
    ],
    ['no vector', [[], []]],
    ['nothing', [null, null]],
  ])('does not believe vectors with %s', async (_, vectors) => {
    harness.server.play((response) => replay({ status: 200, body: answer(vectors) }, response))
    const outcome = await embed({ texts: ['1', '2'] })
    expect(outcome).toMatchObject({ reason: { code: 'invalid_response', problem: 'schema' } })
  })

  it('does not believe vectors of another length in a later call', async () => {
    harness.server.play((response, request) => {
      const vector = textsIn(request.body)[0] === '1' ? [1, 2] : [1, 2, 3]
      replay({ status: 200, body: answer([vector]) }, response)
    })
    const outcome = await embed({ texts: ['1', '2'], parameters: { batch_size: 1 } })
    expect(outcome).toMatchObject({ reason: { code: 'invalid_response', problem: 'schema' } })
  })

  it.each([
    ['wrong-key', 'auth_failed'],
    ['no-credit', 'quota_exceeded'],
    ['rate-limited', 'rate_limited'],
    ['error-with-200', 'invalid_response'],
  ])('tells %s', async (name, code) => {
    harness.server.play((response) => replay(recorded(kind, name, fakeKey), response))
    const outcome = await embed()
    expect(outcome).toMatchObject({ reason: { code } })
    expect(JSON.stringify(outcome)).not.toContain('canary')
  })

  it.each([
    ['a web page', '<html></html>', 'not_the_api'],
    ['nothing', '', 'empty'],
    ['a cut answer', JSON.stringify(answer([[1, 2]])).slice(0, -9), 'not_json'],
  ])('tells %s', async (_, text, problem) => {
    harness.server.play((response) => void response.writeHead(200, { 'content-type': 'application/json' }).end(text))
    expect(await embed()).toMatchObject({ reason: { code: 'invalid_response', problem } })
  })

  it('can be cancelled between calls', async () => {
    const controller = new AbortController()
    harness.server.play((response, request) => {
      controller.abort()
      replay({ status: 200, body: answer(textsIn(request.body).map(() => [1, 2])) }, response)
    })
    const request = { texts: ['1', '2'], parameters: { batch_size: 1 } }
    const outcome = await harness.embed(kind, request, { signal: controller.signal })
    expect(outcome).toMatchObject({ reason: { code: 'cancelled' } })
    expect(harness.server.requests).toHaveLength(1)
  })
})

it('splits long texts before a request becomes too large', async () => {
  harness.server.play((response, { body }) => {
    const { input } = JSON.parse(body) as { input: string[] }
    replay({ status: 200, body: likeOpenai(input.map(() => [1])) }, response)
  })
  const texts = ['a'.repeat(200_000), 'b'.repeat(200_000), 'c'.repeat(10)]
  expect(await harness.embed('openai', { texts })).toMatchObject({ ok: true, value: { vectors: [[1], [1], [1]] } })
  expect(harness.server.requests).toHaveLength(2)
})

// A peer that nobody here wrote, for the vectors that facts/providers.md §16 found it to get right.
describe('against aimock', () => {
  let mock: LLMock
  beforeAll(async () => {
    mock = new LLMock({ port: 0 })
    await mock.start()
  })
  afterAll(async () => {
    await mock.stop()
  })
  const port = () => Number(new URL(mock.url).port)

  it.each(['openai', 'groq', 'mistral', 'openrouter', 'azure', 'cohere', 'google', 'openai-compatible'])(
    '%s has vectors of one length',
    async (kind) => {
      const outcome = await harness.embed(
        kind,
        { model: 'text-embedding-3-small', texts: ['a', 'b'] },
        { port: port() },
      )
      expect(outcome).toMatchObject({ ok: true })
      const [first, second] = outcome.ok ? outcome.value.vectors : []
      expect(first?.length).toBeGreaterThan(0)
      expect(second?.length).toBe(first?.length)
    },
  )

  it('ollama’s vectors, which aimock gives in another shape, are not believed', async () => {
    const outcome = await harness.embed('ollama', { texts: ['a'] }, { port: port() })
    expect(outcome).toMatchObject({ reason: { code: 'invalid_response', problem: 'schema' } })
  })
})
