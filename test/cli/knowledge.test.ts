import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type LiveCli, startLiveCli } from '../support/cli/liveCli.ts'
import { buildCli } from '../support/cli/spawnCli.ts'
import { type ScriptedServer, startScriptedServer } from '../support/providers/scriptedServer.ts'

let cli: LiveCli
let models: ScriptedServer
beforeEach(async () => {
  cli = await startLiveCli()
  models = await startScriptedServer()
  models.play((response, { body }) => {
    const texts = [JSON.parse(body).input].flat() as string[]
    const data = texts.map((text, index) => ({ index, embedding: vectorOf(text) }))
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ data }))
  })
  await cli.run(['provider', 'add', 'local', '--kind', 'openai-compatible', '--set', `base_url=${models.origin}/v1`])
  const rows = ['1,The app crashes', '2,My money back', '3,It crashes and crashes', '4,Where is my money?']
  await writeFile(path.join(cli.folder, 'in.csv'), `id,text\n${rows.join('\n')}\n`)
})
afterEach(async () => {
  await cli.remove()
  await models.close()
})

function vectorOf(text: string): number[] {
  return ['crash', 'money'].map((word) => text.toLowerCase().split(word).length - 1).concat(0.1)
}

test('a results file stands for the items of its run, which are searched and compared', async () => {
  await cli.run(['run', 'in.csv', '--provider', 'builtin', '--yes'])
  const created = await cli.run(['kb', 'create', 'tickets', 'in.results.jsonl', '--embed', 'local/vec', '--json'])
  expect(JSON.parse(created.out)).toMatchObject({ value: { sources: [{ kind: 'run' }] } })
  expect(await cli.run(['kb', 'build', 'tickets', '--yes'])).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^4 chunks of 1 file: 4 embedded/),
  })
  const calls = models.requests.length
  const similar = await cli.run(['kb', 'similar', 'tickets', '1', '--limit', '1'])
  expect(similar).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^0\.99\d 3 .*in\.csv:4\nIt crashes and crashes\n$/),
  })
  expect(models.requests).toHaveLength(calls)
  expect(JSON.parse((await cli.run(['kb', 'similar', 'tickets', '1', '--json'])).out)).toMatchObject({
    value: { items: [{ id: '3' }, {}, {}], usage: { input: 0 } },
  })
  expect(await cli.run(['kb', 'similar', 'tickets', 'nobody'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('kb build'),
  })
})

test('a file that is gone is told with what can be done, and the base goes on being searched', async () => {
  await cli.run(['kb', 'create', 'tickets', 'in.csv', '--embed', 'local/vec'])
  await cli.run(['kb', 'build', 'tickets', '--yes'])
  await writeFile(path.join(cli.folder, 'in.csv'), '')
  expect((await cli.run(['kb', 'build', 'tickets', '--yes'])).code).not.toBe(0)
  expect(await cli.run(['kb', 'search', 'tickets', 'crash', '--limit', '1'])).toMatchObject({
    code: 0,
    out: expect.stringContaining('The app crashes'),
  })
})

test('the program as it is bundled has all that it needs for a base', async () => {
  const built = await buildCli()
  try {
    await writeFile(path.join(built.folder, 'prices.json'), '{"rows":[{"sku":1},{"sku":2}]}')
    const base = `base_url=${models.origin}/v1`
    await built.run(['provider', 'add', 'local', '--kind', 'openai-compatible', '--set', base])
    await built.run(['kb', 'create', 'prices', 'prices.json', '--embed', 'local/vec'])
    expect(await built.run(['kb', 'build', 'prices', '--yes'])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^1 chunk of 1 file: 1 embedded/),
    })
    expect((await built.run(['kb', 'search', 'prices', 'money'])).out).toContain('{"sku":1},{"sku":2}')
  } finally {
    await built.remove()
  }
}, 60_000)
