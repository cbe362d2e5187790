import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { RunRequest, type RunView } from '../../../protocol/runs.ts'
import { type ServerProcess, startServerProcess } from '../../support/protocol/serverProcess.ts'
import { type FakeModelServer, startFakeModelServer } from '../../support/providers/fakeModelServer.ts'
import { jsonLines } from '../../support/runs/harness.ts'

const rows = [1, 2, 3].map((number) => ({ id: `A-${number}`, text: `Text number ${number}.` }))
const servers: ServerProcess[] = []
let folder: string
let models: FakeModelServer

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'killed-server-'))
  models = await startFakeModelServer()
  await writeFile(join(folder, 'in.jsonl'), jsonLines(rows))
})

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.kill()))
  await models.close()
  await rm(folder, { recursive: true, force: true })
})

async function start(): Promise<ServerProcess> {
  const server = await startServerProcess(join(folder, 'data'))
  servers.push(server)
  return server
}

const request = () =>
  RunRequest.parse({
    tasks: ['categorization'],
    source: { kind: 'paths', paths: [join(folder, 'in.jsonl')] },
    override: { provider: 'fake', model: 'fake-model' },
  })

/** A run that waits for its model, on a server of its own. */
async function beginRun(): Promise<{ first: ServerProcess; runId: string; release: () => void }> {
  const first = await start()
  const config = { base_url: `${models.origin}/v1` }
  const saved = await first.request('provider/save', { provider: 'fake', kind: 'openai-compatible', config })
  expect(saved).toMatchObject({ ok: true })
  const release = models.hold()
  const begun = await first.request('run/start', request())
  if (!begun.ok) throw new Error(begun.reason.message)
  await models.arrived(1)
  return { first, runId: begun.value.runId, release }
}

test('a run whose server was killed is interrupted for all who look at the same moment, and can be resumed', async () => {
  const { first, runId, release } = await beginRun()
  await first.kill()
  release()

  const second = await start()
  // A view, a command and another window: each of them finds out that the process is gone.
  const looks = await Promise.all([
    second.request('run/list', {}),
    second.request('run/list', {}),
    second.request('run/get', { runId }).then((got) => (got.ok ? { ok: true, value: { rows: [got.value] } } : got)),
  ])
  for (const look of looks) expect(look).toMatchObject({ ok: true, value: { rows: [{ runId, state: 'interrupted' }] } })

  expect(await second.request('run/resume', { runId })).toMatchObject({ ok: true, value: { runId, state: 'running' } })
  await expect
    .poll(async () => {
      const got = await second.request('run/get', { runId })
      return got.ok && [got.value.state, got.value.counts.ok]
    })
    .toEqual(['completed', 3])
  const results = (await readFile(join(folder, 'in.results.jsonl'), 'utf8')).trimEnd().split('\n')
  expect(results.map((line) => JSON.parse(line).id)).toEqual(rows.map(({ id }) => id))
})

describe('a run that another process works on', () => {
  test.each([
    ['run/pause', 'paused'],
    ['run/cancel', 'cancelled'],
  ] as const)('answers %s when that process has done it, and goes on here', async (name, state) => {
    const { first, runId, release } = await beginRun()
    const told = new Promise<string>((resolve) => {
      first.connection.onNotification('run/progress', (view: RunView) => {
        if (view.finishedAt !== null) resolve(view.state)
      })
    })
    const second = await start()
    expect(await second.request(name, { runId })).toMatchObject({ ok: true, value: { runId, state } })
    expect(await told).toBe(state)
    expect(await first.request('run/get', { runId })).toMatchObject({ ok: true, value: { state } })
    release()
    expect(await second.request('run/resume', { runId })).toMatchObject({ ok: true, value: { state: 'running' } })
    await expect
      .poll(async () => {
        const got = await second.request('run/get', { runId })
        return got.ok && got.value.state
      })
      .toBe('completed')
  })

  test('is said to go on when that process does not answer, and is not ended later for it', async () => {
    const { first, runId, release } = await beginRun()
    const second = await start()
    first.signal('SIGSTOP')
    expect(await second.request('run/pause', { runId })).toMatchObject({
      ok: false,
      reason: { code: 'run_busy', pid: first.pid, unanswered: 'pause' },
    })
    first.signal('SIGCONT')
    release()
    await expect
      .poll(async () => {
        const got = await first.request('run/get', { runId })
        return got.ok && got.value.state
      })
      .toBe('completed')
  })
})
