import { strict as assert } from 'node:assert'
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { commands, extensions } from 'vscode'
import type { ServerProcess } from '../../../client/connection/api.ts'
import { createDisposableStore } from '../../../client/connection/disposables.ts'
import { restartWindowMs, ServerLifetime } from '../../../client/connection/serverLifetime.ts'
import { note } from '../../support/vscode/reportFile.ts'
import { cases, until } from '../../support/vscode/runner.ts'
import { extensionId, openApp } from './world.ts'

interface Manifest {
  contributes: {
    commands: { command: string; title: string; category: string }[]
    menus: Record<string, { command?: string }[]>
  }
}

function manifest(): Manifest {
  return extensions.getExtension(extensionId)?.packageJSON as Manifest
}

function fakeProcess(): ServerProcess {
  return {
    api: { request: () => Promise.reject(new Error('not asked here')), notify: async () => {} },
    info: {
      dataDir: '',
      version: '',
      store: { mode: 'read-write', why: null, generation: 0, damage: [], migrations: [] },
    },
    pid: null,
    stop: async () => {},
  }
}

/** A lifetime whose processes end when the test says so. */
function scriptedLifetime() {
  const closers: (() => void)[] = []
  let at = 0
  const lifetime = new ServerLifetime({
    start: async (onClosed) => {
      closers.push(onClosed)
      return fakeProcess()
    },
    now: () => at,
    log: () => {},
  })
  return {
    lifetime,
    state: () => lifetime.state.kind,
    starts: () => closers.length,
    pass: (ms: number) => {
      at += ms
    },
    async crash() {
      closers.at(-1)?.()
      await until('the lifetime to settle', () => lifetime.state.kind !== 'starting')
    },
  }
}

export const startCases = cases({
  'activation starts no server': async () => {
    const { activation } = await openApp()
    note(`activate() took ${activation.ms.toFixed(1)} ms`)
    assert.equal(activation.server, 'stopped')
  },

  'every command is in the table, in the manifest and registered, and nothing else is': async () => {
    const declared = manifest().contributes.commands
    const { commandIds } = await openApp()
    assert.deepEqual(declared.map(({ command }) => command).sort(), [...commandIds].sort())
    const registered = (await commands.getCommands(true)).filter((id) => /^llmProviders\.[a-zA-Z]+$/.test(id))
    assert.deepEqual(registered.sort(), [...commandIds].sort())
    for (const { category, title } of declared) {
      assert.equal(category, 'LLM Providers')
      assert.doesNotMatch(title, /%/, 'a title has no text in package.nls.json')
    }
  },

  'menus name only commands that exist': () => {
    const declared = manifest().contributes.commands.map(({ command }) => command)
    const used = Object.values(manifest().contributes.menus)
      .flat()
      .flatMap(({ command }) => command ?? [])
    assert.deepEqual(
      used.filter((id) => !declared.includes(id)),
      [],
    )
  },

  'the server starts at the first need and once for many': async () => {
    const { lifetime, starts } = scriptedLifetime()
    assert.equal(starts(), 0)
    assert.equal(lifetime.state.kind, 'stopped')
    await Promise.all([lifetime.connect(), lifetime.connect(), lifetime.settle()])
    assert.equal(starts(), 1)
    assert.equal(lifetime.state.kind, 'running')
  },

  'a crashed server is started again four times in three minutes, then it is told': async () => {
    const { lifetime, state, starts, crash, pass } = scriptedLifetime()
    await lifetime.settle()
    for (let count = 0; count < 4; count += 1) await crash()
    assert.equal(state(), 'running')
    await crash()
    assert.equal(state(), 'failed')
    assert.equal(starts(), 5)
    await lifetime.settle()
    assert.equal(starts(), 5, 'a failed server waits for a person')
    await lifetime.restart()
    assert.equal(state(), 'running')
    for (let count = 0; count < 4; count += 1) await crash()
    pass(restartWindowMs)
    await crash()
    assert.equal(state(), 'running', 'old crashes no longer count')
  },

  'a server that does not start is a state with its reason, and a restart helps': async () => {
    let isBroken = true
    const lifetime = new ServerLifetime({
      start: () => (isBroken ? Promise.reject(new Error('no such file')) : Promise.resolve(fakeProcess())),
      now: () => 0,
      log: () => {},
    })
    assert.equal(await lifetime.connect(), null)
    assert.deepEqual(lifetime.state, { kind: 'failed', detail: 'no such file' })
    isBroken = false
    assert.equal((await lifetime.restart()).kind, 'running')
  },

  'a process that comes up after it was given up is ended': async () => {
    let finish: (process: ServerProcess) => void = () => {}
    let stopped = 0
    const lifetime = new ServerLifetime({
      start: () => new Promise((resolve) => (finish = resolve)),
      now: () => 0,
      log: () => {},
    })
    void lifetime.settle()
    await lifetime.dispose()
    finish({
      ...fakeProcess(),
      stop: async () => {
        stopped += 1
      },
    })
    await until('the late process to be ended', () => stopped === 1)
    assert.equal(lifetime.state.kind, 'stopped')
  },

  'what is added to a disposed store is disposed at once': () => {
    const order: string[] = []
    const store = createDisposableStore()
    store.add({ dispose: () => order.push('first') })
    store.add({ dispose: () => order.push('second') })
    store.dispose()
    store.add({ dispose: () => order.push('late') })
    store.dispose()
    assert.deepEqual(order, ['second', 'first', 'late'])
  },

  'offers its tools to the models of the editor: the process that it names starts, and serves this data': async () => {
    const { mcp, lifetime } = await openApp()
    const [offered] = mcp.provideMcpServerDefinitions()
    assert.ok(offered, 'nothing is offered')
    const { command, args, env, cwd } = await mcp.resolveMcpServerDefinition(offered)
    assert.equal(lifetime.state.kind === 'running' && lifetime.state.process.info.dataDir, args.at(-1))
    const variables = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, String(value)]))
    const child = spawn(command, args, { cwd: cwd?.fsPath, env: { ...process.env, ...variables } })
    const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'case', version: '1' } }
    child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params })}\n`)
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const answer = JSON.parse(String((await lines.next()).value))
    child.stdin.end()
    assert.equal(answer.result.serverInfo.name, 'llm-providers')
  },
})
