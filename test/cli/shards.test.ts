import { readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ResultRecord } from '../../protocol/results.ts'
import { type LiveCli, startLiveCli } from '../support/cli/liveCli.ts'

let cli: LiveCli
beforeEach(async () => {
  cli = await startLiveCli()
})
afterEach(async () => {
  await cli.remove()
})

const table = (rows: readonly string[]) => writeFile(path.join(cli.folder, 'items.csv'), `${rows.join('\n')}\n`)

async function judge(shard: string, ...more: string[]): Promise<void> {
  const { code, err } = await cli.run([
    ...['run', 'items.csv', '--shard', shard, '--provider', 'builtin', '--profile', 'issues'],
    ...more,
  ])
  if (code !== 0) throw new Error(`shard ${shard}: exit code ${code}\n${err}`)
}

async function records(file: string): Promise<ResultRecord[]> {
  const text = await readFile(path.join(cli.folder, file), 'utf8')
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}

const parts = (of: number) => Array.from({ length: of }, (_, nth) => `items.shard-${nth + 1}-of-${of}.results.jsonl`)
const merge = (...words: string[]) => cli.run(['results', 'merge', ...words])

const numbered = Array.from({ length: 40 }, (_, nth) => `${nth + 1},the window crashes for the time number ${nth + 1}`)

test('the shards of a table are all of it, each item once, and are put together in its order', async () => {
  await table(['id,text', ...numbered])
  for (const shard of ['1/3', '2/3', '3/3']) await judge(shard)
  const sizes = await Promise.all(parts(3).map(async (file) => (await records(file)).length))
  expect(sizes.reduce((sum, size) => sum + size)).toBe(40)
  expect(Math.min(...sizes)).toBeGreaterThan(0)

  const { code, out } = await merge(...parts(3).toReversed(), '--output', 'all.jsonl')
  expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining('40 results of 3 files') })
  const all = await records('all.jsonl')
  expect(all.map(({ id }) => id)).toEqual(numbered.map((_, nth) => `${nth + 1}`))
  expect(all.every(({ shard }) => shard === undefined)).toBe(true)
})

test('rows without ids that say the same stay together, so that each is judged once', async () => {
  await table(['text', ...Array.from({ length: 30 }, (_, nth) => `it says ${nth % 7} again`)])
  for (const shard of ['1/4', '2/4', '3/4', '4/4']) await judge(shard)
  const { code, out } = await merge(...parts(4), '--output', 'all.csv')
  expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining('30 results of 4 files') })
  expect(out).not.toContain('twice')
})

test('a shard without items has an empty results file, and nothing is missing', async () => {
  await table(['id,text', '1,one thing', '2,another one'])
  for (let number = 1; number <= 9; number++) await judge(`${number}/9`)
  const sizes = await Promise.all(parts(9).map(async (file) => (await records(file)).length))
  expect(sizes.filter((size) => size === 0).length).toBeGreaterThanOrEqual(7)
  expect((await merge(...parts(9), '--output', 'all.json')).code).toBe(0)
  expect(JSON.parse(await readFile(path.join(cli.folder, 'all.json'), 'utf8'))).toHaveLength(2)
})

test('what is missing is told by its shard and its number, and ends with 4', async () => {
  await table(['id,text', ...numbered])
  await judge('1/3')
  await judge('3/3', '--limit', '2')
  const [first = '', , third = ''] = parts(3)
  const { code, out } = await cli.run(['results', 'merge', first, third, '--output', 'some.jsonl', '--json'])
  const here = (await records(first)).length + 2
  expect(code).toBe(4)
  expect(JSON.parse(out).value).toMatchObject({ items: here, missing: { shards: [2], items: 40 - here } })
})

test('an item that comes twice counts once, and two verdicts on it are told', async () => {
  await table(['id,text', ...numbered.slice(0, 6)])
  await judge('1/1')
  const file = 'items.shard-1-of-1.results.jsonl'
  const [first, ...rest] = await records(file)
  const other = [{ ...first, categories: ['Other'] }, ...rest.slice(0, 1)]
  await writeFile(path.join(cli.folder, 'again.jsonl'), other.map((each) => `${JSON.stringify(each)}\n`).join(''))
  const { code, out } = await merge(file, 'again.jsonl', '--output', 'all.jsonl')
  expect({ code, out }).toMatchObject({
    code: 0,
    out: expect.stringContaining('2 items came twice, 1 of them with another'),
  })
  expect(await records('all.jsonl')).toHaveLength(6)
})

test.each([
  ['another profile', ['--profile', 'support'], 'another profile than'],
  ['another source', [], 'a shard of another source than'],
])('files of %s are refused, and nothing is written', async (what, options, told) => {
  await table(['id,text', ...numbered])
  await judge('1/2')
  if (what === 'another source') await table(['id,text', ...numbered.slice(1)])
  await judge('2/2', ...options)
  const { code, err } = await merge(...parts(2), '--output', 'all.jsonl')
  expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining(told) })
  expect(await readdir(cli.folder)).not.toContain('all.jsonl')
})

test.each([
  ['a line that was cut', (text: string) => text.slice(0, -40)],
  ['a line that is no result', (text: string) => `${text}{"id":"7"}\n`],
  ['a table', () => 'id,categories\n1,Bug\n'],
  ['nothing', () => ''],
])('a file with %s is refused with its line', async (_, change) => {
  await table(['id,text', ...numbered.slice(0, 3)])
  await judge('1/1')
  const file = path.join(cli.folder, 'items.shard-1-of-1.results.jsonl')
  await writeFile(file, change(await readFile(file, 'utf8')))
  const { code, err } = await merge(path.basename(file), '--output', 'all.jsonl')
  expect({ code, err }).toMatchObject({ code: 2, err: expect.stringMatching(/line \d|there is no result/) })
})

test('the source is never written over, and neither is an input', async () => {
  await table(['id,text', ...numbered.slice(0, 3)])
  await judge('1/1')
  const file = 'items.shard-1-of-1.results.jsonl'
  const before = await readFile(path.join(cli.folder, file), 'utf8')
  expect((await merge(file, '--output', file)).code).toBe(2)
  expect(await readFile(path.join(cli.folder, file), 'utf8')).toBe(before)
})

test.each(['0/3', '4/3', '1', '1/x', '-1/3', '1/20000'])('"%s" is no shard', async (shard) => {
  await table(['id,text', ...numbered.slice(0, 3)])
  const { code, err } = await cli.run(['run', 'items.csv', '--shard', shard, '--provider', 'builtin'])
  expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining('such as 2/8') })
})
