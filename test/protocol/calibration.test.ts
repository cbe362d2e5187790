import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { EvaluationReport } from '../../protocol/evaluation.ts'
import type { ResultPage } from '../../protocol/resultQueries.ts'
import type { RunView } from '../../protocol/runs.ts'
import { startTestServer, type TestServer } from '../support/protocol/testServer.ts'

let server: TestServer
let folder: string

const profileOf = (crash: string) => `categories:
  - name: Crash
    description: ${crash}
    review_below: 0.99
  - name: Feature Request
    description: please add support for an option, a feature proposal
`

/** Half of what looks like a crash is none, so that builtin is wrong where it is sure. */
const labels = Array.from({ length: 40 }, (_, nth) => ({
  id: String(nth),
  text: nth % 2 === 0 ? `segfault, stack trace, panic ${nth}` : `please add an option for case ${nth}`,
  categories: [nth % 4 === 2 ? 'Feature Request' : nth % 2 === 0 ? 'Crash' : 'Feature Request'],
}))

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'llm-providers-calibration-'))
  await mkdir(path.join(folder, '.llm-providers'))
  await writeFile(
    path.join(folder, '.llm-providers', 'golden.jsonl'),
    labels.map((row) => JSON.stringify(row)).join('\n'),
  )
  await writeProfile('segfault, stack trace, panic')
  await writeFile(
    path.join(folder, 'items.jsonl'),
    [
      { id: 'new', text: 'segfault and a panic in the parser' },
      { id: 'other', text: 'please add an option to sort' },
      { id: 'known', text: 'segfault, stack trace, panic 0' },
    ]
      .map((row) => JSON.stringify(row))
      .join('\n'),
  )
  server = await startTestServer()
})

afterEach(async () => {
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})

const writeProfile = (crash: string) => writeFile(path.join(folder, '.llm-providers', 'profile.yaml'), profileOf(crash))

const unwrap = <Value>(outcome: { ok: true; value: Value } | { ok: false; reason: unknown }): Value => {
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.reason))
  return outcome.value
}

async function evaluate(): Promise<EvaluationReport> {
  const request = {
    workspaceFolder: folder,
    tasks: ['categorization' as const],
    candidates: [{ provider: 'builtin' }],
  }
  const { id } = unwrap(await server.request('evaluation/start', request))
  await expect.poll(async () => unwrap(await server.request('evaluation/read', { id })).state).toBe('completed')
  return unwrap(await server.request('evaluation/read', { id }))
}

async function judge(): Promise<RunView> {
  const { runId } = unwrap(
    await server.request('run/start', {
      tasks: ['categorization'],
      source: { kind: 'paths', paths: [path.join(folder, 'items.jsonl')] },
      workspaceFolder: folder,
      output: { path: null, format: 'jsonl', none: true },
      override: { provider: 'builtin' },
    }),
  )
  await expect.poll(async () => unwrap(await server.request('run/get', { runId })).state).toBe('completed')
  return unwrap(await server.request('run/get', { runId }))
}

const results = async (runId: string, more: object = {}): Promise<ResultPage> =>
  unwrap(await server.request('run/results', { runId, limit: 10, ...more }))

test('what an evaluation has fitted corrects the confidences of the same model and questions, until they change', async () => {
  const before = await judge()
  const [raw] = (await results(before.runId)).rows
  expect(raw).toMatchObject({ categories: ['Crash'], receipts: { categorization: { confidenceFrom: 'stated' } } })
  expect(raw).not.toHaveProperty('calibrated')

  const [candidate] = (await evaluate()).candidates
  const [measured, ...others] = candidate?.categorization?.confidence ?? []
  expect(others).toEqual([])
  expect(measured).toMatchObject({ items: 40, asked: { provider: 'builtin', source: 'stated' } })
  expect(measured?.correction?.calibrationError).toBeLessThan(measured?.calibrationError ?? 0)

  // A run of before is corrected, too: nothing is judged again.
  const [corrected] = (await results(before.runId)).rows
  expect(corrected?.confidence).toBe(raw?.confidence)
  expect(corrected?.calibrated).toBeLessThan(raw?.confidence ?? 0)
  expect(corrected?.receipts.categorization?.calibration).toMatchObject({ labels: 40 })
  expect(unwrap(await server.request('run/summary', { runId: before.runId })).confidenceFrom).toEqual([
    { source: 'stated', items: 3, labels: 40 },
  ])

  await writeProfile('segfault, stack trace, panic and whatever else ends a program')
  const [asked] = (await results((await judge()).runId)).rows
  expect(asked).toMatchObject({ categories: ['Crash'] })
  expect(asked).not.toHaveProperty('calibrated')
})

test('what is exported has the corrected confidence beside the model’s own, where labels correct it', async () => {
  const { runId } = await judge()
  const exported = async (format: 'csv' | 'sarif', more: object = {}) => {
    const { path: written } = unwrap(
      await server.request('run/export', { runId, format, path: path.join(folder, `out.${format}`), ...more }),
    )
    const text = await readFile(written, 'utf8')
    await rm(written)
    return text
  }
  const head = async (more: object = {}) => (await exported('csv', more)).split('\n')[0]
  expect(await head()).toMatch(/,calibrated$/)
  expect(await head({ withSource: true })).toBe('id,text,category,confidence,interest,quality,score,reasoning,review')
  await evaluate()
  const [row] = (await results(runId)).rows
  expect(row?.calibrated).toBeLessThan(1)
  expect((await exported('csv')).split('\n')[1]).toMatch(new RegExp(`,${row?.calibrated}$`))
  const [names, first] = (await exported('csv', { withSource: true })).split('\n')
  expect(names).toBe('id,text,category,confidence,calibrated,interest,quality,score,reasoning,review')
  expect(first).toBe(
    `new,segfault and a panic in the parser,Crash,${row?.confidence},${row?.calibrated},,,,,less sure than its category wants`,
  )
  expect(await exported('sarif')).toContain(`"calibrated":${row?.calibrated},`)
})

test('a verdict that is less sure than its category wants waits, until a person has said something of it', async () => {
  const { runId, hasReview } = await judge()
  expect(hasReview).toBe(true)
  const waiting = await results(runId, { filter: { waits: true } })
  // The text of `known` has a label already, and the other category has no floor.
  expect(waiting.rows.map(({ id, review }) => [id, review])).toEqual([['new', ['below_floor']]])
  expect((await results(runId, { filter: { waits: false } })).rows.map(({ id }) => id)).toEqual(['other', 'known'])
  expect(unwrap(await server.request('run/summary', { runId })).inReview).toBe(1)
  const first = await results(runId, { sort: { by: 'doubt', descending: true } })
  expect(first.rows[0]?.id).toBe('new')

  const [{ inputHash }] = waiting.rows as [ResultPage['rows'][number]]
  const item = { runId, id: 'new', inputHash, text: 'segfault and a panic in the parser' }
  unwrap(await server.request('label/save', { workspaceFolder: folder, label: { ...item, categories: ['Crash'] } }))
  expect((await results(runId, { filter: { waits: true } })).total).toBe(0)
})
