import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type LiveCli, startLiveCli } from '../support/cli/liveCli.ts'
import { type PricedServer, startPricedServer } from '../support/usage/pricedServer.ts'

let cli: LiveCli
let server: PricedServer
beforeEach(async () => {
  cli = await startLiveCli({ environment: { FAKE_KEY: 'sk-fake-0000' } })
  server = await startPricedServer({ prompt: '0.000001', completion: '0.000002' })
  const settings = ['--set', `base_url=${server.url}`, '--set', 'allow_plain_http=true', '--key-env', 'FAKE_KEY']
  await cli.run(['provider', 'add', 'second', '--kind', 'openrouter', ...settings])
})
afterEach(async () => {
  await cli.remove()
  await server.close()
})

async function judge(): Promise<string> {
  const rows = [
    { id: 'a', text: 'It crashes with a segfault.' },
    { id: 'b', text: 'Please add an option for dark colours.' },
    { id: 'c', text: 'Hello.' },
  ]
  await writeFile(path.join(cli.folder, 'in.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'))
  const { out } = await cli.run(['categorize', 'in.jsonl', '--provider', 'builtin', '--profile', 'issues', '--json'])
  return JSON.parse(out).value.run.runId
}

test('a second opinion is a run of its own, and both verdicts stand in the results and in the file', async () => {
  const run = await judge()
  const asked = await cli.run([
    'run',
    'resume',
    run,
    '--second',
    'second/priced',
    '--on',
    'all',
    '--max-cost',
    '1',
    '--yes',
  ])
  expect(asked.code).toBe(0)
  expect(asked.err).toMatch(/3 verdicts of both models, \d differ/)
  const listed = JSON.parse((await cli.run(['run', 'list', '--json'])).out).value.rows
  expect(listed[0]).toMatchObject({ secondOf: run, state: 'completed' })
  expect(listed[1]).toMatchObject({ runId: run, opinion: { runId: listed[0].runId } })
  const page = JSON.parse((await cli.run(['results', run, '--json'])).out).value
  expect(page.rows).toHaveLength(3)
  for (const { receipts, opinion } of page.rows) {
    expect(receipts.categorization.provider).toBe('builtin')
    expect(opinion).toMatchObject({ settle: 'agree-or-review', counts: 'first' })
    expect(opinion.other.receipts.categorization).toMatchObject({ provider: 'second', model: 'priced' })
  }
  const differing = JSON.parse((await cli.run(['results', run, '--filter', 'disagree=yes', '--json'])).out).value
  expect(differing.total).toBeGreaterThan(0)
  expect((await cli.run(['review', run])).out).toContain('two models differ')
  await expect.poll(() => readFile(path.join(cli.folder, 'in.results.jsonl'), 'utf8')).toContain('"opinion"')
})

test('what makes no sense is refused, and a cap that is too low stops it, resumable', async () => {
  const run = await judge()
  for (const words of [
    ['--on', 'all'],
    ['--settle', 'second'],
    ['--second', 'second/priced', '--on', 'some'],
  ]) {
    expect((await cli.run(['run', 'resume', run, ...words])).code).toBe(2)
  }
  const capped = await cli.run([
    'run',
    'resume',
    run,
    '--second',
    'second/priced',
    '--on',
    'all',
    '--max-cost',
    '0.000001',
  ])
  expect(capped.code).not.toBe(0)
  expect(capped.err).toContain('run resume')
  expect(await cli.run(['results', run, '--filter', 'disagree=maybe'])).toMatchObject({ code: 2 })
})
