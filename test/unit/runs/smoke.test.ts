import { afterEach, expect, test } from 'vitest'
import { createHarness, type Harness, jsonLines } from '../../support/runs/harness.ts'

let harness: Harness
afterEach(() => harness.dispose())

test('smoke', async () => {
  harness = await createHarness()
  const path = await harness.file(
    'a.jsonl',
    jsonLines(Array.from({ length: 23 }, (_, id) => ({ id, title: `T${id}`, body: `Body ${id}` }))),
  )
  const view = await harness.run({ source: { kind: 'paths', paths: [path] } })
  console.log(view, harness.logged, harness.calls.length)
  const results = await harness.results(view.resultsPath ?? '')
  console.log(JSON.stringify(results[0]))
  expect(results.map((r) => r.id)).toEqual(Array.from({ length: 23 }, (_, id) => String(id)))
})
