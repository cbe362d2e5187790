import { strict as assert } from 'node:assert'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { CancellationTokenSource, commands, type MarkdownString, type TreeItem, Uri, window, workspace } from 'vscode'
import type { TreeNode } from '../../../client/describe/describeProvider.ts'
import { type FakeModelServer, startFakeModelServer } from '../../support/providers/fakeModelServer.ts'
import { cases, until } from '../../support/vscode/runner.ts'
import {
  addProvider,
  connected,
  lastMessage,
  openApp,
  perform,
  readJsonLines,
  settingsPlace,
  shownResults,
  workspaceFolder,
} from './world.ts'

/** Appears nowhere but in the secret store and on the wire to its origin. */
export const canary = 'sk-canary-7f3a9e1b5c'

let fake: FakeModelServer

async function drawn(node?: TreeNode): Promise<{ node: TreeNode; item: TreeItem }[]> {
  const { view } = await openApp()
  const nodes = (await view.nodes.getChildren(node)) ?? []
  return Promise.all(nodes.map(async (node) => ({ node, item: await view.nodes.getTreeItem(node) })))
}

async function drawnProvider(provider: string) {
  return (await drawn()).find(({ item }) => item.label === provider)
}

/** Another endpoint, as the form of the panel saves it. */
async function moveWork({ origin }: FakeModelServer): Promise<void> {
  const api = await connected()
  const config = { base_url: `${origin}/v1` }
  const saved = await api.request('provider/save', { provider: 'work', kind: 'openai-compatible', config })
  assert.ok(saved.ok, JSON.stringify(saved))
  const { snapshots } = await openApp()
  await until('the new endpoint', () =>
    snapshots.current?.providers.some(({ provider, endpoint }) => provider === 'work' && endpoint?.startsWith(origin)),
  )
}

/** What Enter chooses. */
const firstRow = ''

export const providerCases = cases({
  'the tree shows the built-in provider as ready, with what it can do': async () => {
    await connected()
    const builtin = await until('the built-in provider', () => drawnProvider('builtin'))
    assert.match(String(builtin.item.description), /^ready/)
    assert.equal((builtin.item.iconPath as { id: string }).id, 'pass')
    assert.match(builtin.item.contextValue ?? '', /^provider enabled keyless$/)
    assert.match(builtin.item.accessibilityInformation?.label ?? '', /ready/)
  },

  'the status bar tells both tasks as ready on a fresh machine': async () => {
    const { status } = await openApp()
    await until('both tasks', () => status.item.text === '$(check) LLM: ready')
    assert.equal(status.item.command, 'llmProviders.showReadiness')
  },

  'testing the built-in provider tells what it found': async () => {
    const person = await perform('llmProviders.testConnection', ['builtin'])
    assert.match(lastMessage(person).text, /^"builtin" answered in .*: 1 model \(keywords\)/)
    const builtin = await until('the built-in provider', () => drawnProvider('builtin'))
    const models = await drawn(builtin.node)
    assert.deepEqual(
      models.map(({ node }) => node),
      [{ type: 'model', provider: 'builtin', model: 'keywords' }],
    )
    assert.match(String(models[0]?.item.description), /Categorization, Scoring/)
  },

  'adding and changing a provider opens the panel at its form': async () => {
    await perform('llmProviders.addProvider', [])
    assert.deepEqual(await settingsPlace(), { page: 'providers', target: '+' })
    await perform('llmProviders.addProvider', ['gone'])
    assert.deepEqual(await settingsPlace(), { page: 'providers', target: '+gone' })
    await perform('llmProviders.editProvider', ['builtin'])
    assert.deepEqual(await settingsPlace(), { page: 'providers', target: 'builtin' })
    await perform('llmProviders.editProvider', [], (person) => person.answer('builtin'))
    assert.deepEqual(await settingsPlace(), { page: 'providers', target: 'builtin' })
  },

  'the key of a provider is typed unseen, kept for its endpoint, and tested': async () => {
    fake = await startFakeModelServer({ models: ['fake-model', 'other-model'] })
    const config = { base_url: `${fake.origin}/v1` }
    const person = await addProvider({ provider: 'work', kind: 'openai-compatible', config, key: canary })
    assert.match(lastMessage(person).text, /^"work" answered in .*2 models \(fake-model, other-model\)/)
    const key = person.inputs.at(-1)
    assert.equal(key?.password, true)
    assert.match(key?.prompt ?? '', new RegExp(fake.origin))
    await until('the tree to show it as ready', async () =>
      /^ready · 2 models/.test(String((await drawnProvider('work'))?.item.description)),
    )
  },

  'pointing at a provider tells the last four of its key, and nothing else has them': async () => {
    const { view, snapshots } = await openApp()
    const work = await until('the provider', () => drawnProvider('work'))
    const ending = canary.slice(-4)
    assert.ok(!JSON.stringify([work.item, snapshots.current]).includes(ending))
    const { token } = new CancellationTokenSource()
    const pointed = await view.nodes.resolveTreeItem?.(work.item, work.node, token)
    const { value = '' } = (pointed?.tooltip ?? {}) as Partial<MarkdownString>
    const told = value.replaceAll('&nbsp;', ' ')
    assert.ok(told.includes(`Key: stored, ends in …${ending}`), told)
    assert.ok(!told.includes(canary.slice(-5)), told)
  },

  'an endpoint that refuses is told with the reason and its one action': async () => {
    const closed = await startFakeModelServer()
    await closed.close()
    const config = { base_url: `${closed.origin}/v1` }
    const person = await addProvider({ provider: 'gone', kind: 'openai-compatible', config })
    const { text, buttons } = lastMessage(person)
    assert.match(text, /^"gone" cannot be reached at /)
    assert.deepEqual(buttons, ['Test the connection'])
    const gone = await until('the provider as broken', async () => {
      const found = await drawnProvider('gone')
      return found && String(found.item.description).startsWith('cannot be reached') ? found : undefined
    })
    assert.equal((gone.item.iconPath as { id: string }).id, 'error')
  },

  'a changed endpoint does not get the key until that is confirmed': async () => {
    const elsewhere = await startFakeModelServer({ models: ['fake-model'] })
    try {
      await moveWork(elsewhere)
      const refused = await perform('llmProviders.testConnection', ['work'])
      assert.match(lastMessage(refused).text, /was entered for .* and is not sent to/)
      assert.deepEqual(lastMessage(refused).buttons, ['Set the key'])
      const confirmed = await perform('llmProviders.setKey', ['work'], (person) => person.answer(''))
      assert.match(lastMessage(confirmed).text, /^"work" answered/)
    } finally {
      await moveWork(fake)
      await perform('llmProviders.setKey', ['work'], (person) => person.answer(''))
      await elsewhere.close()
    }
  },

  'a route of which more than one thing is open is set on the page of the routes': async () => {
    for (const args of [[], [undefined, 'work'], ['scoring', 'no-such-provider']]) {
      await perform('llmProviders.setRoute', args)
      assert.deepEqual(await settingsPlace(), { page: 'routes', target: args[0] ?? null })
    }
    await perform('llmProviders.useModel', [])
    assert.deepEqual(await settingsPlace(), { page: 'routes', target: null })
  },

  'a route of which the model is open is set by choosing it, and told': async () => {
    const person = await perform('llmProviders.setRoute', ['categorization', 'work'], (person) =>
      person.answer('fake-model'),
    )
    assert.equal(lastMessage(person).text, 'Categorization now goes through work, fake-model.')
    const { snapshots } = await openApp()
    const route = await until('the route', () =>
      snapshots.current?.routes.find(({ task, provider }) => task === 'categorization' && provider === 'work'),
    )
    assert.equal(route.model, 'fake-model')
  },

  'the key goes to its endpoint and into nothing that is written': async () => {
    const document = await workspace.openTextDocument({ content: 'A compiler makes software faster.' })
    await window.showTextDocument(document)
    await perform('llmProviders.categorize', [])
    const { results } = await shownResults()
    const { receipts } = results[0] ?? {}
    assert.deepEqual([receipts?.categorization?.provider, receipts?.categorization?.model], ['work', 'fake-model'])
    assert.match(String(receipts?.categorization?.endpoint), /^http/)
    assert.equal(fake.chats.at(-1)?.headers.authorization, `Bearer ${canary}`)
    assert.doesNotMatch(JSON.stringify(results), new RegExp(canary))
    await commands.executeCommand('workbench.action.revertAndCloseActiveEditor')
    await commands.executeCommand('workbench.action.closeAllEditors')
  },

  'a model that no list shows is named on the page of the routes': async () => {
    await perform('llmProviders.setRoute', ['scoring', 'work'], (person) => person.answer('Another model'))
    assert.deepEqual(await settingsPlace(), { page: 'routes', target: 'scoring' })
  },

  'a model that is not there is told with what helps': async () => {
    const person = await perform('llmProviders.setRoute', ['scoring', 'work', 'no-such-model'])
    assert.match(lastMessage(person).text, /has no model "no-such-model"; it has fake-model, other-model/)
    assert.deepEqual(lastMessage(person).buttons, ['Choose a model'])
    const { status } = await openApp()
    await until('the status bar to tell it', () => status.item.text === '$(error) LLM: model not there')
    await perform('llmProviders.setRoute', ['scoring', 'builtin'], (person) => person.answer('The default'))
    await until('the status bar to be good again', () => status.item.text === '$(check) LLM: ready')
  },

  'the click on the status bar leads to what helps': async () => {
    const person = await perform('llmProviders.disableProvider', ['work'], (person) => person.press('Disable'))
    assert.match(person.messages[0]?.detail ?? '', /It is used by:\n• the route of Categorization\n/)
    const { status, snapshots } = await openApp()
    await until('the reason', () => status.item.text === '$(error) LLM: disabled')
    await perform('llmProviders.showReadiness', [], (person) => person.answer(firstRow))
    await until('it to be on', () => snapshots.current?.providers.find(({ provider }) => provider === 'work')?.enabled)
    await until('the status bar', () => status.item.text === '$(check) LLM: ready')
  },

  'a route is explained on its page, step by step': async () => {
    await perform('llmProviders.explainRoute', ['categorization'])
    assert.deepEqual(await settingsPlace(), { page: 'routes', target: 'categorization/steps' })
    await perform('llmProviders.explainRoute', [], (person) => person.answer('Scoring'))
    assert.deepEqual(await settingsPlace(), { page: 'routes', target: 'scoring/steps' })
  },

  'the audit log is exported as it was recorded, opened, and no key is in it': async () => {
    const target = Uri.file(path.join(workspaceFolder(), 'audit.jsonl'))
    const person = await perform('llmProviders.exportAudit', [], (person) => {
      person.answer('All changes', 'JSON Lines')
      person.saveTo(target)
    })
    const rows = readJsonLines(readFileSync(target.fsPath, 'utf8'))
    assert.ok(rows.some((row) => row.what === 'provider' && row.target === 'work'))
    assert.ok(rows.some((row) => row.what === 'route' && row.target === 'categorization'))
    assert.doesNotMatch(JSON.stringify(rows), new RegExp(canary))
    assert.equal(lastMessage(person).text, `${rows.length} changes written to ${target.fsPath}`)
    assert.equal(window.activeTextEditor?.document.uri.fsPath, target.fsPath)
    await commands.executeCommand('workbench.action.closeAllEditors')
  },

  'the audit log of one provider, of one kind and of some days is exported as a table': async () => {
    const target = Uri.file(path.join(workspaceFolder(), 'audit.csv'))
    const exported = async (...answers: string[]) => {
      await perform('llmProviders.exportAudit', [], (person) => {
        person.answer(...answers, 'CSV')
        person.saveTo(target)
      })
      await commands.executeCommand('workbench.action.closeAllEditors')
      const [header, ...rows] = readFileSync(target.fsPath, 'utf8').trimEnd().split('\n')
      assert.equal(header, 'id,at,what,target,action,before,after')
      return rows.map((row) => row.split(','))
    }
    const ofWork = await exported('one provider', 'work')
    assert.ok(
      ofWork.some(([, , what]) => what === 'test'),
      'with its tests',
    )
    assert.deepEqual([...new Set(ofWork.map(([, , , name]) => name?.split('/')[0]))], ['work'])
    const routes = await exported('one kind', 'Routes')
    assert.deepEqual([...new Set(routes.map(([, , what]) => what))], ['route'])
    const all = await exported('All changes')
    assert.equal((await exported('since a day', 'Today')).length, all.length)
    assert.deepEqual(await exported('since a day', 'Another day', '2199-01-01'), [])
  },

  'a provider in use is removed only after saying what uses it': async () => {
    await perform('llmProviders.removeProvider', ['gone'], (person) => person.press('Remove'))
    await until('it to be gone', async () => (await drawnProvider('gone')) === undefined)
    const person = await perform('llmProviders.removeProvider', ['work'])
    assert.deepEqual(lastMessage(person).buttons, ['Remove'])
    assert.match(lastMessage(person).detail, /• the route of Categorization\n/)
    assert.ok(await drawnProvider('work'), 'it stays until that is confirmed')
  },

  'interests and usage have pages of their own': async () => {
    await perform('llmProviders.editCriteria', [])
    assert.deepEqual(await settingsPlace(), { page: 'criteria', target: null })
    await perform('llmProviders.editInterests', [])
    assert.deepEqual(await settingsPlace(), { page: 'prompts', target: null })
    await perform('llmProviders.showUsage', [])
    assert.deepEqual(await settingsPlace(), { page: 'usage', target: null })
  },

  'the settings are a panel of their own': async () => {
    await perform('llmProviders.openSettings', [])
    await until('the tab', () =>
      window.tabGroups.all.some(({ tabs }) => tabs.some(({ label }) => label === 'LLM Providers: Settings')),
    )
    await commands.executeCommand('workbench.action.closeAllEditors')
  },

  'arguments that no menu sends are refused, not guessed': async () => {
    const person = await perform('llmProviders.testConnection', [{ provider: '../../etc' }])
    assert.equal(lastMessage(person).text, 'Something went wrong inside LLM Providers.')
    assert.deepEqual(lastMessage(person).buttons, ['Show the log'])
  },

  'the key is in no file of the extension': async () => {
    const app = await openApp()
    const state = app.lifetime.state
    assert.equal(state.kind, 'running')
    const folder = state.process.info.dataDir
    const files = filesUnder(folder)
    assert.ok(files.length > 0, `there is no data in ${folder}`)
    assert.deepEqual(
      files.filter((file) => readFileSync(file).includes(canary)),
      [],
    )
  },

  'closing time of the fake server': async () => {
    await perform('llmProviders.setRoute', ['categorization', 'builtin'], (person) => person.answer('The default'))
    await fake.close()
  },
})

function filesUnder(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true })
    .map((name) => path.join(folder, String(name)))
    .filter((file) => statSync(file).isFile())
}
