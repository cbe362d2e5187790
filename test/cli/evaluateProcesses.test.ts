import { mkdir, readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { type BuiltCli, buildCli } from '../support/cli/spawnCli.ts'
import { type FakeModelServer, startFakeModelServer } from '../support/providers/fakeModelServer.ts'

let cli: BuiltCli
let server: FakeModelServer
beforeAll(async () => {
  cli = await buildCli()
})
afterAll(() => cli.remove())

beforeEach(async () => {
  server = await startFakeModelServer()
  const settings = ['--kind', 'openai-compatible', '--set', `base_url=${server.origin}/v1`]
  const added = await cli.run(['provider', 'add', 'slow', ...settings])
  if (added.code !== 0) throw new Error(added.err)
  await mkdir(path.join(cli.folder, '.llm-providers'), { recursive: true })
  const label = { id: '1', text: 'The app crashes.', categories: ['Technology'], interest: 5, quality: 5 }
  await writeFile(path.join(cli.folder, '.llm-providers', 'golden.jsonl'), `${JSON.stringify(label)}\n`)
})
afterEach(() => server.close())

test('an evaluation is cancelled from another terminal while a call hangs, and begins with nothing more', async () => {
  server.hold()
  const routes = ['--route', 'builtin', '--route', 'slow/fake-model', '--route', 'builtin']
  const started = cli.start(['evaluate', ...routes, '--yes', '--json'])
  await server.arrived(1)
  const [running] = JSON.parse((await cli.run(['evaluate', 'list', '--json'])).out).value.rows
  expect(running).toMatchObject({ state: 'running' })

  const cancelled = await cli.run(['evaluate', 'cancel', running.id, '--json'])
  expect(cancelled).toMatchObject({ code: 0, err: '' })
  const states = ['done', 'cancelled', 'cancelled']
  const { value } = JSON.parse(cancelled.out)
  expect(value).toMatchObject({ id: running.id, state: 'cancelled' })
  expect(value.candidates.map(({ state }: { state: string }) => state)).toEqual(states)

  const ended = await started.finished
  expect(JSON.parse(ended.out).value).toMatchObject({ id: running.id, state: 'cancelled' })
  expect((await readdir(path.join(cli.dataDir, 'evaluations'))).filter((name) => name.endsWith('.cancel'))).toEqual([])
  expect(server.chats).toHaveLength(1)
})
