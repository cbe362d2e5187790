import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ResultRecord } from '../../protocol/results.ts'
import { type LiveCli, startLiveCli } from '../support/cli/liveCli.ts'

let cli: LiveCli
beforeEach(async () => {
  cli = await startLiveCli()
  await writeFile(path.join(cli.folder, 'items.jsonl'), '{"id":"a","text":"software"}\n')
  await done('provider', 'add', 'one', '--kind', 'builtin')
  await done('provider', 'add', 'two', '--kind', 'builtin')
})
afterEach(() => cli.remove())

async function done(...words: string[]): Promise<string> {
  const { code, out, err } = await cli.run(words)
  if (code !== 0) throw new Error(`${words.join(' ')}: exit code ${code}\n${err}`)
  return out
}

async function routes(): Promise<object[]> {
  return JSON.parse(await done('route', 'list', '--json')).value
}

async function firstResult(): Promise<ResultRecord> {
  const text = await readFile(path.join(cli.folder, 'items.results.jsonl'), 'utf8')
  return JSON.parse(text.split('\n')[0] ?? '')
}

test('a route that was set by an alias follows it, one that was set by the model does not', async () => {
  await done('alias', 'set', 'fast', 'one/keywords')
  await done('route', 'set', 'scoring', '--model', 'fast')
  await done('route', 'set', 'categorization', '--model', 'one/keywords')
  await done('alias', 'set', 'fast', 'two/keywords')
  expect(await routes()).toMatchObject([
    { task: 'categorization', provider: 'one', model: 'keywords' },
    { task: 'scoring', provider: 'two', model: 'keywords', alias: 'fast' },
  ])
  // Its other options are changed without losing the name; another model loses it.
  await done('route', 'set', 'scoring', '--model', 'fast', '--set', 'concurrency=2')
  expect((await routes())[1]).toMatchObject({ alias: 'fast', options: { concurrency: 2 } })
  await done('route', 'set', 'scoring', '--provider', 'two', '--model', 'keywords')
  expect((await routes())[1]).not.toHaveProperty('alias')
})

test('receipts of a run and of an evaluation name both', async () => {
  await done('alias', 'set', 'fast', 'one/keywords')
  await done('run', 'items.jsonl', '--model', 'fast')
  expect((await firstResult()).receipts).toMatchObject({
    categorization: { provider: 'one', model: 'keywords', alias: 'fast', rule: 'override' },
    scoring: { alias: 'fast' },
  })
  await done('run', 'items.jsonl', '--model', 'two/keywords')
  expect((await firstResult()).receipts.scoring).not.toHaveProperty('alias')
  await writeFile(path.join(cli.folder, 'golden.jsonl'), '{"id":"1","text":"software","categories":["Technology"]}\n')
  const evaluate = ['evaluate', '--golden', 'golden.jsonl', '--task', 'categorization', '--route', 'fast']
  const report = JSON.parse(await done(...evaluate, '--json'))
  expect(report.value.candidates).toMatchObject([{ name: 'one/keywords', candidate: { alias: 'fast' } }])
})

test.each([
  ['an alias that is not there', ['run', 'items.jsonl', '--model', 'fast'], 2, 'There is no alias "fast"'],
  ['a route by an alias that is not there', ['route', 'set', 'scoring', '--model', 'nope'], 2, 'no alias "nope"'],
  ['nothing', ['route', 'set', 'scoring'], 2, '--provider'],
  ['the name of a provider', ['alias', 'set', 'one', 'two/keywords'], 2, 'The provider "one" already exists'],
  ['a provider that is not there', ['alias', 'set', 'fast', 'three/m'], 3, 'is not set up'],
  ['a name with a slash', ['alias', 'set', 'a/b', 'one/keywords'], 2, 'is not an alias'],
  ['no model', ['alias', 'set', 'fast', 'one'], 2, 'PROVIDER/MODEL'],
  ['one to remove that is not there', ['alias', 'remove', 'fast'], 2, 'There is no alias'],
])('%s is refused', async (_, words, code, sentence) => {
  expect(await cli.run(words)).toMatchObject({ code, err: expect.stringContaining(sentence) })
})

test('what uses it is told before it goes, and it is told before its provider goes', async () => {
  await done('alias', 'set', 'fast', 'one/keywords')
  expect(await cli.run(['provider', 'remove', 'one'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('the alias fast'),
  })
  await done('route', 'set', 'scoring', '--model', 'fast')
  expect(await cli.run(['alias', 'remove', 'fast'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('the route scoring'),
  })
  await done('alias', 'remove', 'fast', '--yes')
  expect((await routes()).at(-1)).toMatchObject({ provider: 'one', model: 'keywords' })
  await done('alias', 'set', 'fast', 'two/keywords')
  await done('provider', 'remove', 'two', '--yes')
  expect(JSON.parse(await done('alias', 'list', '--json')).value).toEqual([])
  const audit = JSON.parse(await done('audit', '--what', 'alias', '--json')).value.rows
  expect(audit.map(({ action }: { action: string }) => action)).toEqual(['remove', 'create', 'remove', 'create'])
})
