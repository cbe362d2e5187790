import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type FakeKeyring, fakeKeyring } from '../support/cli/fakeKeyring.ts'
import { type LiveCli, startLiveCli } from '../support/cli/liveCli.ts'
import { type BuiltCli, buildCli } from '../support/cli/spawnCli.ts'
import { killDuringSync } from '../support/gateways/killedSync.ts'
import { type ScriptedLiteLlm, startScriptedLiteLlm } from '../support/gateways/scriptedLiteLlm.ts'
import { type FakeModelServer, startFakeModelServer } from '../support/providers/fakeModelServer.ts'

const workKey = 'sk-fake-work-0123456789abcdef'

describe('the commands', () => {
  let cli: LiveCli
  let proxy: ScriptedLiteLlm
  let models: FakeModelServer
  let keyring: FakeKeyring
  beforeEach(async () => {
    keyring = fakeKeyring()
    models = await startFakeModelServer()
    proxy = await startScriptedLiteLlm({ upstream: models.origin })
    cli = await startLiveCli({ keyring: keyring.open, environment: { WORK_KEY: workKey } })
    const settings = ['--kind', 'openai-compatible', '--set', `base_url=${models.origin}/v1`]
    await cli.run(['provider', 'add', 'lab', ...settings, '--key-env', 'WORK_KEY'])
    await cli.run(['model', 'add', 'lab', 'fake-model', '--type', 'generation', '--set', 'temperature=0'])
  })
  afterEach(async () => {
    await cli.remove()
    await proxy.close()
    await models.close()
  })

  const add = (...more: string[]) =>
    cli.run(['gateway', 'add', 'team', '--url', proxy.url, '--key-stdin', ...more], { stdin: `${proxy.adminKey}\n` })
  const ours = () => proxy.entries.filter(({ model_info }) => 'llm_providers_mark' in model_info)

  test('lead from one to the next, and each says what was done', async () => {
    expect((await cli.run(['gateway', 'list'])).out).toContain('There is no gateway')
    const marked = await cli.run(['model', 'set', 'lab', 'fake-model', 'sync=true'])
    expect(marked.out).toContain('at every gateway')
    expect(marked.out).toContain('temperature=0')
    expect(marked.err).toContain('llm-providers gateway add ID --url URL')

    const added = await add()
    expect(added).toMatchObject({ code: 0, err: expect.stringContaining('gateway test team') })
    expect([...keyring.secrets.keys()]).toEqual([`gateway:team ${proxy.url}`])
    const planned = await cli.run(['gateway', 'plan', 'team'])
    expect(planned.out).toBe(
      'would make lab / fake-model, its key from WORK_KEY there\n1 step, 0 models as they should be, 2 entries of others, left alone.\n',
    )
    const synced = await cli.run(['gateway', 'sync', 'team'])
    const name = ours()[0]?.model_name
    expect(synced).toMatchObject({
      code: 0,
      out: `made lab / fake-model as ${name}, its key from WORK_KEY there\n1 model as they should be, 2 entries of others left alone.\n`,
    })
    expect((await cli.run(['gateway', 'list'])).out).toContain(name)
    expect((await cli.run(['gateway', 'test', 'team'])).out).toContain('takes the key and has a database')

    await cli.run(['model', 'set', 'lab', 'fake-model', 'temperature=1'])
    expect((await cli.run(['gateway', 'plan', 'team'])).out).toContain('temperature: 0 → 1')
    await cli.run(['model', 'disable', 'lab', 'fake-model', '--yes'])
    expect((await cli.run(['gateway', 'sync', 'team'])).out).toContain(`removed lab / fake-model as ${name}`)
    expect((await cli.run(['gateway', 'remove', 'team'])).out).toContain('team is removed, and 0 models there.')
    expect([...keyring.secrets.keys()]).toEqual([])
  })

  test('a model is called through the gateway after a question', async () => {
    await cli.run(['model', 'set', 'lab', 'fake-model', 'sync=true'])
    await add()
    await cli.run(['gateway', 'sync', 'team'])
    const words = ['gateway', 'test', 'team', 'lab', 'fake-model']
    expect(await cli.run(words, { answers: ['n'] })).toMatchObject({ code: 130 })
    expect(await cli.run(words)).toMatchObject({ code: 2, err: expect.stringContaining('--yes') })
    expect(models.chats).toHaveLength(0)
    const tested = await cli.run([...words, '--yes'])
    expect(tested).toMatchObject({ code: 0 })
    expect(tested.out).toContain(`openai/${ours()[0]?.model_name}`)
    expect(models.chats).toHaveLength(1)
  })

  test('keys leave as values only when that is agreed to, at the keyboard or by an option', async () => {
    await cli.run(['model', 'set', 'lab', 'fake-model', 'sync=true'])
    await add('--keys', 'values')
    const silent = await cli.run(['gateway', 'sync', 'team'])
    expect(silent).toMatchObject({ code: 3, err: expect.stringContaining('gateway sync team --send-keys') })
    const refused = await cli.run(['gateway', 'sync', 'team'], { answers: ['n'] })
    expect(refused).toMatchObject({ code: 130 })
    expect(refused.err).toContain(
      `Keys that leave this machine as values, and are stored at ${proxy.url}: those of lab.`,
    )
    expect(ours()).toEqual([])
    const agreed = await cli.run(['gateway', 'sync', 'team'], { answers: ['y'] })
    expect(agreed.out).toContain('its key as a value')
    expect(ours()[0]?.litellm_params.api_key).toBe(workKey)
    for (const words of [['gateway', 'list'], ['gateway', 'plan', 'team'], ['audit']]) {
      for (const line of [words, [...words, '--json']]) {
        const { out, err } = await cli.run(line)
        expect(out + err).not.toContain(workKey)
        expect(out + err).not.toContain(proxy.adminKey)
      }
    }
  })

  test('what goes wrong ends with one next step, and a code that scripts can decide on', async () => {
    await cli.run(['model', 'set', 'lab', 'fake-model', 'sync=true'])
    expect(await cli.run(['gateway', 'add', 'team', '--url', 'nowhere'])).toMatchObject({ code: 2 })
    expect(await cli.run(['gateway', 'add', 'team'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('--url URL'),
    })
    expect(await cli.run(['gateway', 'sync', 'team'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('gateway list'),
    })
    await cli.run(['gateway', 'add', 'team', '--url', proxy.url])
    expect(await cli.run(['gateway', 'sync', 'team'])).toMatchObject({
      ...{ code: 3, err: expect.stringContaining('gateway set-key team') },
    })
    expect((await cli.run(['gateway', 'set-key', 'team'], { stdin: proxy.adminKey })).out).toContain(
      'is kept in the keyring',
    )
    proxy.misbehave = ({ path }) => (path === '/model/new' ? 'lie' : undefined)
    const lied = await cli.run(['gateway', 'sync', 'team'])
    expect(lied).toMatchObject({ code: 4, out: expect.stringContaining('said that it stored lab / fake-model') })
    proxy.misbehave = () => undefined
    proxy.database = 'absent'
    expect(await cli.run(['gateway', 'sync', 'team'])).toMatchObject({
      ...{ code: 3, err: expect.stringContaining('set DATABASE_URL and STORE_MODEL_IN_DB=True where the proxy runs') },
    })
  })
})

describe('a process that is killed during a sync', () => {
  let cli: BuiltCli
  beforeAll(async () => {
    cli = await buildCli()
  })
  afterAll(() => cli.remove())

  test.each([1, 2, 3])('leaves nothing lost, doubled or foreign touched (seed %i)', async (seed) => {
    const killed = await killDuringSync(cli, join(cli.folder, `data-${seed}`), seed)
    expect(killed).toMatchObject({
      ...{ lost: [], doubled: [], left: [], stale: [], mistold: [], isForeignUntouched: true },
    })
    expect(killed.kills).toBeGreaterThan(0)
  })
})
