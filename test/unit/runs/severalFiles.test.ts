import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { createHarness, type Harness, jsonLines } from '../../support/runs/harness.ts'

let harness: Harness
afterEach(() => harness.dispose())

const runOver = async (paths: string[]) => await harness.run({ source: { kind: 'paths', paths } })
const shownOf = async (path: string | null) =>
  (await harness.results(path ?? '')).map(({ id, source, status }) => [source, id, status])

test('items of several files say which one they are from, and equal ids stay apart', async () => {
  harness = await createHarness()
  const one = await harness.file('north/a.csv', 'id,text\n1,The app crashes\n2,It is slow\n')
  const other = await harness.file('south/a.csv', 'id,text\n1,Please add dark mode\n')
  const view = await runOver([one, other])
  expect(view.counts).toMatchObject({ ok: 3, failed: 0 })
  expect(await shownOf(view.resultsPath)).toEqual([
    ['north/a.csv', '1', 'ok'],
    ['north/a.csv', '2', 'ok'],
    ['south/a.csv', '1', 'ok'],
  ])
})

test('in a folder, too: broken rows and items with the same text name their own file', async () => {
  harness = await createHarness()
  const file = await harness.file('in/a.jsonl', `${jsonLines([{ id: 1, text: 'same' }])}{"id": 2,\n`)
  await harness.file('in/b.jsonl', jsonLines([{ id: 1, text: 'same' }]))
  await harness.file('in/"c".txt', 'a text of its own')
  const view = await runOver([dirname(file)])
  expect(await shownOf(view.resultsPath)).toEqual([
    [undefined, '"c".txt', 'ok'],
    ['a.jsonl', '1', 'ok'],
    ['a.jsonl', 'a.jsonl:line:2', 'failed'],
    ['b.jsonl', '1', 'ok'],
  ])
})

test('of one file nothing is said', async () => {
  harness = await createHarness()
  const view = await runOver([await harness.file('a.jsonl', jsonLines([{ id: 1, text: 'a' }]))])
  expect(await shownOf(view.resultsPath)).toEqual([[undefined, '1', 'ok']])
})

test('the table for spreadsheets and the report for people name the file', async () => {
  harness = await createHarness()
  const paths = [
    await harness.file('a.jsonl', jsonLines([{ id: 1, text: 'first' }])),
    await harness.file('=b.jsonl', jsonLines([{ id: 1, text: 'second' }])),
  ]
  const { runId } = await runOver(paths)
  const read = async (format: 'csv' | 'markdown') => {
    const path = `${harness.folder}/work/out.${format}`
    const written = await harness.runs.exportResults({ runId, path, format })
    if (!written.ok) throw new Error(written.reason.message)
    return await readFile(path, 'utf8')
  }
  const table = (await read('csv')).trimEnd().split('\n')
  expect(table.map((line) => line.split(',').at(-4))).toEqual(['source', 'a.jsonl', "'=b.jsonl"])
  const report = await read('markdown')
  expect(report).toContain('`a.jsonl: 1`')
  expect(report).toContain('`=b.jsonl: 1`')
})
