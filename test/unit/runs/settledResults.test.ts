import { rename, writeFile } from 'node:fs/promises'
import { afterEach, expect, test } from 'vitest'
import { succeed } from '../../../protocol/outcome.ts'
import { createHarness, type Harness, jsonLines } from '../../support/runs/harness.ts'

let harness: Harness
afterEach(() => harness.dispose())

/** Runs once; `meanwhile` happens after its results file was written and before the store knows that it has completed. */
async function runWith({ isKept, meanwhile }: { isKept: boolean; meanwhile?: (path: string) => Promise<void> }) {
  const settled: unknown[] = []
  harness = await createHarness(undefined, { settleResults: async (source, file) => void settled.push([source, file]) })
  const { update } = harness.ledger
  harness.ledger.update = async (runId, change) => {
    const saved = await update(runId, change)
    if (!saved.ok || saved.value.view.state !== 'completed') return saved
    await meanwhile?.(saved.value.view.resultsPath ?? '')
    const revision = { source: 'the-source', number: 1, isKept }
    return succeed({ ...saved.value, view: { ...saved.value.view, revision } })
  }
  const path = await harness.file('a.jsonl', jsonLines([{ id: 1, text: 'text 1.' }]))
  const { resultsPath } = await harness.run({ source: { kind: 'paths', paths: [path] } })
  return { settled, resultsPath }
}

/** As another process does it: a file of its own that takes the place. */
async function replace(path: string): Promise<void> {
  await writeFile(`${path}.other`, 'results of another run')
  await rename(`${path}.other`, path)
}

test('a results file that nobody else has written since is left alone', async () => {
  expect((await runWith({ isKept: true })).settled).toEqual([])
})

test('one that another run has replaced before this one was kept is written from the kept one', async () => {
  const { settled, resultsPath } = await runWith({ isKept: true, meanwhile: replace })
  expect(settled).toEqual([['the-source', resultsPath]])
})

test('one of a run that came too late to be kept is written from the kept one', async () => {
  const { settled, resultsPath } = await runWith({ isKept: false })
  expect(settled).toEqual([['the-source', resultsPath]])
})
