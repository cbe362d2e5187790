import { strict as assert } from 'node:assert'
import { readFileSync } from 'node:fs'
import { ConfigurationTarget, workspace } from 'vscode'
import { findSettingKeys, mayHoldKey, without } from '../../../client/keys/settingKeys.ts'
import { type FakeModelServer, startFakeModelServer } from '../../support/providers/fakeModelServer.ts'
import { cases, until } from '../../support/vscode/runner.ts'
import { connected, lastMessage, openApp, perform, writeFile } from './world.ts'

const key = 'sk-canary-51c0d7aa93-moved'

let fake: FakeModelServer

export const keyCases = cases({
  'settings that may hold a key are told from those that do not': () => {
    for (const name of [
      'llmProviders.x',
      'chatgpt.apiKey',
      'a.openaiKey',
      'tool.headers.Authorization',
      'env.OPENAI_API_KEY',
    ]) {
      assert.ok(mayHoldKey(name), name)
    }
    for (const name of ['editor.fontFamily', 'sync.gist', 'a.keybinding', 'workbench.colorTheme']) {
      assert.ok(!mayHoldKey(name), name)
    }
  },

  'a value is taken out of a setting, and the rest stays': () => {
    assert.deepEqual(without({ a: { k: 1, l: 2 }, b: [1] }, ['a', 'k']), { a: { l: 2 }, b: [1] })
    assert.deepEqual(without({ 'a.b': { k: 1 }, c: 1 }, ['a', 'b', 'k']), { 'a.b': {}, c: 1 })
    assert.deepEqual(without([{ k: 'x' }, 'y'], ['0', 'k']), [{}, 'y'])
    assert.deepEqual(without(['x', 'y'], ['0']), ['', 'y'])
  },

  'where no key stands in plain text, that is told': async () => {
    await connected()
    const person = await perform('llmProviders.moveKeys', [])
    assert.match(lastMessage(person).text, /^No key stands in plain text/)
  },

  'a key in the settings moves into the secret store, and the rest of the settings stays': async () => {
    fake = await startFakeModelServer({ models: ['fake-model'] })
    const api = await connected()
    const config = { base_url: `${fake.origin}/v1` }
    assert.ok((await api.request('provider/save', { provider: 'moved', kind: 'openai', config })).ok)
    const { snapshots, secrets } = await openApp()
    await until('the provider', () => snapshots.current?.providers.find(({ provider }) => provider === 'moved'))
    const settings = () => workspace.getConfiguration()
    await settings().update(
      'terminal.integrated.env.linux',
      { OPENAI_API_KEY: key, KEPT: '1' },
      ConfigurationTarget.Workspace,
    )
    await until('the setting', () => findSettingKeys().length === 1)
    const person = await perform('llmProviders.moveKeys', [], (person) => person.answer('OPENAI_API_KEY'))
    assert.match(lastMessage(person).text, /^The key …oved of "moved" is in the secret store now/)
    assert.deepEqual(settings().inspect('terminal.integrated.env.linux')?.workspaceValue, { KEPT: '1' })
    assert.deepEqual(await secrets.answer({ provider: 'moved', origin: fake.origin }), { ok: true, value: { key } })
    await settings().update('terminal.integrated.env.linux', undefined, ConfigurationTarget.Workspace)
  },

  'a key in .env moves, and its name stays with nothing behind it': async () => {
    const { secrets } = await openApp()
    await secrets.remove('moved')
    const file = writeFile('.env', `PORT=1\nOPENAI_API_KEY="${key}" # mine\n`)
    const person = await perform('llmProviders.moveKeys', [], (person) => person.answer('OPENAI_API_KEY'))
    assert.match(lastMessage(person).text, /no longer in OPENAI_API_KEY/)
    assert.equal(readFileSync(file.fsPath, 'utf8'), 'PORT=1\nOPENAI_API_KEY= # mine\n')
    assert.deepEqual(await secrets.answer({ provider: 'moved', origin: fake.origin }), { ok: true, value: { key } })
  },

  'a key is set in the masked box and nothing before it, and removed by a command of its own': async () => {
    const { secrets } = await openApp()
    const set = await perform('llmProviders.setKey', ['moved'], (person) => person.answer(key))
    assert.equal(set.inputs[0]?.password, true)
    assert.deepEqual(set.lists, [])
    await perform('llmProviders.removeKey', ['moved'], (person) => person.press('Remove the key'))
    assert.equal(await secrets.boundTo('moved'), null)
  },

  'closing time of the server that the moved key was for': async () => {
    await perform('llmProviders.removeProvider', ['moved'], (person) => person.press('Remove'))
    await fake.close()
  },
})
