import { strict as assert } from 'node:assert'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { commands, DataTransfer, DataTransferItem, type MarkdownString, type ThemeIcon, type TreeItem } from 'vscode'
import { modelDrag, modelDrop, modelMime } from '../../../client/views/modelDrag.ts'
import type { RouteNode } from '../../../client/views/routeNodes.ts'
import type { Tree } from '../../../client/views/tree.ts'
import { type FakeModelServer, startFakeModelServer } from '../../support/providers/fakeModelServer.ts'
import { type ScriptedServer, startScriptedServer } from '../../support/providers/scriptedServer.ts'
import { cases, until } from '../../support/vscode/runner.ts'
import { scriptWindow } from '../../support/vscode/scriptedWindow.ts'
import { addProvider, connected, lastMessage, open, openApp, perform, workspaceFolder, writeFile } from './world.ts'

const rows = ['A compiler makes software faster.', 'The team won the match.', 'A vaccine was tested.']
const jsonLines = rows.map((text, at) => JSON.stringify({ id: `S-${at}`, text })).join('\n')
const key = 'sk-fake-for-the-sidebar'

let fake: FakeModelServer
let mistral: ScriptedServer

interface Drawn<Node> {
  node: Node
  item: TreeItem
}

async function drawn<Node>(view: Tree<Node>, node?: Node): Promise<Drawn<Node>[]> {
  const nodes = (await view.nodes.getChildren(node)) ?? []
  return Promise.all(nodes.map(async (node) => ({ node, item: await view.nodes.getTreeItem(node) })))
}

async function route(task: string): Promise<Drawn<RouteNode>> {
  const { views } = await openApp()
  return until(`the route of ${task}`, async () =>
    (await drawn(views.routes)).find(({ node }) => node.type === 'route' && node.task === task),
  )
}

async function run(name: string) {
  const { views } = await openApp()
  return (await drawn(views.runs)).find(({ item }) => item.label === name)
}

const iconOf = ({ item }: { item: TreeItem }) => (item.iconPath as ThemeIcon).id

/** Mistral as far as its list goes: one model whose end is announced, and what replaces it. */
async function startMistral(): Promise<ScriptedServer> {
  const server = await startScriptedServer()
  const data = [
    { id: 'old-model', deprecation: '2026-01-01T00:00:00Z', deprecation_replacement_model: 'new-model' },
    { id: 'new-model' },
  ].map((model) => ({ ...model, capabilities: { completion_chat: true } }))
  server.play((response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ data }))
  })
  return server
}

export const sidebarCases = cases({
  'both routes are told with provider, model and readiness': async () => {
    await connected()
    const { item } = await route('categorization')
    assert.equal(item.label, 'Categorization')
    assert.match(String(item.description), /^ready · builtin(, keywords)?/)
    assert.equal((item.iconPath as ThemeIcon).id, 'pass')
    assert.match(item.contextValue ?? '', /^route ready provided$/)
    const { views } = await openApp()
    const parts = await drawn(views.routes, (await route('categorization')).node)
    assert.deepEqual(
      parts.map(({ item }) => item.label),
      ['Provider', 'Model'],
    )
  },

  'a route that is not ready says at which step it stops, and what helps is a click away': async () => {
    fake = await startFakeModelServer({ models: ['fake-model'] })
    const api = await connected()
    const config = { base_url: `${fake.origin}/v1` }
    const saved = await api.request('provider/save', { provider: 'keyless', kind: 'openai', config, create: true })
    assert.ok(saved.ok, JSON.stringify(saved))
    const { views, status, snapshots } = await openApp()
    await until('it', () => snapshots.current?.providers.some(({ provider }) => provider === 'keyless'))
    await perform('llmProviders.setRoute', ['scoring', 'keyless', 'fake-model'])
    const blocked = await until('it to be told', async () => {
      const found = await route('scoring')
      return /\bblocked\b/.test(found.item.contextValue ?? '') ? found : undefined
    })
    assert.match(String(blocked.item.description), /^key missing · keyless, fake-model/)
    assert.equal(iconOf(blocked), 'error')
    const [step] = await drawn(views.routes, blocked.node)
    assert.equal(step?.item.label, 'Stops at: key available')
    assert.equal(step?.item.description, 'The key of "keyless" is missing.')
    assert.equal(step?.item.command?.command, 'llmProviders.explainRoute')
    assert.match(status.item.text, /\$\(error\) LLM: key missing/)
    const person = await perform('llmProviders.fixRoute', [blocked.node], (person) => person.answer(key))
    assert.equal(person.inputs[0]?.password, true)
    await until('it to be ready', async () => /^ready · /.test(String((await route('scoring')).item.description)))
  },

  'a model is dragged from the providers onto a route': async () => {
    const transfer = new DataTransfer()
    const token = {} as never
    await modelDrag.handleDrag?.([{ type: 'model', provider: 'keyless', model: 'fake-model' }], transfer, token)
    const { node } = await route('categorization')
    const person = scriptWindow()
    try {
      await modelDrop<RouteNode>().handleDrop?.(node, transfer, token)
    } finally {
      person.restore()
    }
    assert.equal(lastMessage(person).text, 'Categorization now goes through keyless, fake-model.')
    await until('it to be told', async () =>
      String((await route('categorization')).item.description).startsWith('ready · keyless, fake-model'),
    )
  },

  'whatever else is dropped on a route does nothing': async () => {
    const { snapshots } = await openApp()
    await snapshots.reload()
    const before = snapshots.current?.routes
    const { node } = await route('scoring')
    const strange = [
      'no json',
      '{"provider":"../../etc","model":"x"}',
      '{"provider":"keyless","model":"x","command":"y"}',
    ]
    for (const dropped of strange) {
      const transfer = new DataTransfer()
      transfer.set(modelMime, new DataTransferItem(dropped))
      await modelDrop<RouteNode>().handleDrop?.(node, transfer, {} as never)
    }
    await snapshots.reload()
    assert.equal(snapshots.current?.routes, before)
  },

  'a run is told while it goes on, and only its own row is drawn anew': async () => {
    const { views, watch } = await openApp()
    const release = fake.hold()
    const arrived = fake.arrived(fake.chats.length + 1)
    await open(writeFile('sidebar.jsonl', jsonLines))
    const running = perform('llmProviders.categorize', [])
    await arrived
    const row = await until('its row', () => run('sidebar.jsonl'))
    assert.match(String(row.item.description), /^0 (?:of 3 · 0 %|done)/)
    assert.equal(iconOf(row), 'sync~spin')
    assert.equal(row.item.contextValue, 'run running cancellable pausable')
    assert.equal(views.runs.tree.badge?.value, 1)
    const drawnAnew: unknown[] = []
    const listening = views.runs.nodes.onDidChangeTreeData?.((node) => drawnAnew.push(node))
    const live = watch.live()[0]
    assert.ok(live)
    const { snapshots } = await openApp()
    for (let ok = 0; ok < 50; ok += 1) snapshots.replaceRun({ ...live, counts: { ...live.counts, ok } })
    await until('the row to be drawn', () => drawnAnew.length > 0)
    listening?.dispose()
    assert.deepEqual(drawnAnew, [row.node], 'fifty steps, one row, once')
    release()
    await running
    const done = await until('its end', async () => {
      const found = await run('sidebar.jsonl')
      return found && iconOf(found) === 'pass' ? found : undefined
    })
    // The price is not known: its tokens are.
    assert.match(String(done.item.description), /^just now · 3 items: 3 ok · [\d,]+ tokens$/)
    assert.equal(done.item.command?.command, 'llmProviders.openResults')
    assert.equal(views.runs.tree.badge, undefined)
    await commands.executeCommand('workbench.action.closeAllEditors')
  },

  'a run is paused from its row, and goes on when it is resumed': async () => {
    const release = fake.hold()
    const arrived = fake.arrived(fake.chats.length + 1)
    await open(writeFile('paused.jsonl', jsonLines))
    const running = perform('llmProviders.categorize', [])
    await arrived
    const row = await until('its row', () => run('paused.jsonl'))
    // By the same person: the end may be told before the command that brought it about is done. The call under way is let go
    // only then: answered at once, it could be the last of the run, and nothing would be left to pause.
    await commands.executeCommand('llmProviders.pauseRun', row.node)
    release()
    const person = await running
    const paused = await until('it to be paused', async () => {
      const found = await run('paused.jsonl')
      return /^paused/.test(String(found?.item.description)) ? found : undefined
    })
    assert.match(paused.item.contextValue ?? '', /\bresumable\b/)
    assert.equal(iconOf(paused), 'debug-pause')
    assert.match(lastMessage(person).text, /^Paused\. .*It can be resumed\.$/)
    await perform('llmProviders.resumeRun', [paused.node])
    await until('its end', async () => {
      const found = await run('paused.jsonl')
      return found && iconOf(found) === 'pass'
    })
    await commands.executeCommand('workbench.action.closeAllEditors')
  },

  'a run is taken out of the list and shown again, and nothing else becomes of it': async () => {
    const { contextKeys } = await openApp()
    const row = await until('its row', () => run('paused.jsonl'))
    await perform('llmProviders.hideRun', [row.node])
    assert.equal(await run('paused.jsonl'), undefined)
    assert.equal(contextKeys.get('llmProviders.hasHiddenRuns'), true)
    await perform('llmProviders.showHiddenRuns', [])
    assert.ok(await run('paused.jsonl'))
    assert.equal(contextKeys.get('llmProviders.hasHiddenRuns'), false)
  },

  'a run is deleted only after asking, and its results file stays': async () => {
    const row = await until('its row', () => run('paused.jsonl'))
    const asked = await perform('llmProviders.removeRun', [row.node])
    assert.match(lastMessage(asked).detail, /The results file .*paused\.results\.jsonl stays\.$/)
    assert.ok(await run('paused.jsonl'))
    await perform('llmProviders.removeRun', [row.node], (person) => person.press('Delete'))
    await until('it to be gone', async () => (await run('paused.jsonl')) === undefined)
    assert.ok(existsSync(path.join(workspaceFolder(), 'paused.results.jsonl')))
  },

  'usage of today and of the month is told in tokens and money': async () => {
    const { views } = await openApp()
    const [today, month] = await until('the rows', async () => {
      const found = await drawn(views.usage)
      return found.length === 2 ? found : undefined
    })
    assert.equal(today?.item.label, 'Today')
    assert.match(String(today?.item.description), /^[\d,]+ tokens in, [\d,]+ out · /)
    const providers = await drawn(views.usage, month?.node)
    assert.ok(providers.some(({ item }) => item.label === 'keyless'))
  },

  'parameters of a model are told in the tree': async () => {
    const api = await connected()
    const named = { provider: 'keyless', model: 'fake-model' }
    const parameters = { temperature: 0.5, thinking: 'low' as const }
    const saved = await api.request('model/save', { ...named, type: 'generation', parameters, create: true })
    assert.ok(saved.ok, JSON.stringify(saved))
    const { view } = await openApp()
    const item = await until('it to be told', async () => {
      const models = await drawn(view, { type: 'provider', provider: 'keyless' })
      const model = models.find(({ item }) => item.label === 'fake-model')
      const { value = '' } = (model?.item.tooltip as MarkdownString | undefined) ?? {}
      return /temperature 0\.5/.test(value.replaceAll('\\', '').replaceAll('&nbsp;', ' ')) ? model : null
    })
    assert.match(item.item.contextValue ?? '', /^model generation/)
  },

  'an announced end is told in tree, routes and status bar, and its replacement is one confirmation away': async () => {
    mistral = await startMistral()
    await addProvider({ provider: 'ending', kind: 'mistral', config: { base_url: `${mistral.origin}/v1` }, key })
    await perform('llmProviders.setRoute', ['categorization', 'ending', 'old-model'])
    const { status, view } = await openApp()
    const told = /deprecated since 2026-01-01, use new-model/
    await until('the status bar', () => status.item.text.startsWith('$(warning) LLM: deprecated → new-model'))
    assert.match(status.item.accessibilityInformation?.label ?? '', told)
    assert.match((status.item.tooltip as MarkdownString).value, /\(command:llmProviders\.useReplacement\?/)
    const found = await route('categorization')
    assert.match(String(found.item.description), told)
    assert.match(found.item.contextValue ?? '', /\breplaceable\b/)
    const models = await drawn(view, { type: 'provider', provider: 'ending' })
    const old = models.find(({ item }) => item.label === 'old-model')
    assert.match(String(old?.item.description), told)
    assert.equal(old && iconOf(old), 'warning')
    assert.match(old?.item.contextValue ?? '', /\breplaceable\b/)

    const asked = await perform('llmProviders.useReplacement', ['categorization'])
    assert.equal(lastMessage(asked).text, 'Use new-model of "ending" in place of old-model?')
    assert.match(lastMessage(asked).detail, /• the route of Categorization\n/)
    assert.match(String((await route('categorization')).item.description), /old-model/)
    const done = await perform('llmProviders.useReplacement', [old?.node], (person) => person.press('Use new-model'))
    assert.equal(lastMessage(done).text, 'Categorization now goes through ending, new-model.')
    await until('the status bar to be well', () => status.item.text === '$(check) LLM: ready')
  },

  'closing time of the sidebar': async () => {
    for (const task of ['categorization', 'scoring'] as const) {
      await perform('llmProviders.setRoute', [task, 'builtin'], (person) => person.answer('The default'))
    }
    for (const provider of ['keyless', 'ending']) {
      await perform('llmProviders.removeProvider', [provider], (person) => person.press('Remove'))
    }
    await fake.close()
    await mistral.close()
  },
})
