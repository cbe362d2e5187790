import { afterEach, expect, test, vi } from 'vitest'
import { McpOffer } from '../../../client/connection/mcpOffer.ts'
import type { ServerState } from '../../../client/connection/serverLifetime.ts'
import type { SettingValues } from '../../../client/connection/settings.ts'
import { createSignal } from '../../../client/connection/signal.ts'

const editor = vi.hoisted(() => ({
  l10n: { t: (text: string) => text },
  EventEmitter: class {
    event = vi.fn()
    fire = vi.fn()
    dispose = vi.fn()
  },
  McpStdioServerDefinition: class {
    constructor(label: string, command: string, args: string[], env: object, version: string) {
      Object.assign(this, { label, command, args, env, version })
    }
  },
  workspace: {
    isTrusted: true,
    workspaceFolders: [] as object[],
    getConfiguration: () => ({ inspect: () => undefined }),
    onDidGrantWorkspaceTrust: () => ({ dispose: () => undefined }),
    onDidChangeWorkspaceFolders: () => ({ dispose: () => undefined }),
  },
}))
vi.mock('vscode', () => editor)

const folder = (name: string, index: number, scheme = 'file') => ({ uri: { scheme, path: `/${name}` }, name, index })

afterEach(() => {
  editor.workspace.isTrusted = true
  editor.workspace.workspaceFolders = []
})

function offer(values: Partial<SettingValues>, state: object = { kind: 'stopped' }) {
  return new McpOffer({
    program: '/extension/dist/cli.js',
    version: '1.2.3',
    lifetime: { settle: async () => state as Exclude<ServerState, { kind: 'starting' }> },
    settings: { read: () => values as SettingValues, changes: createSignal<void>() },
  })
}

test('each folder of this machine has a process of its own, which only reads', () => {
  editor.workspace.workspaceFolders = [folder('one', 0), folder('two', 1), folder('far', 2, 'vscode-vfs')]
  const offered = offer({ mcpAllowRuns: false, maxCostUsd: 2 }).provideMcpServerDefinitions()
  expect(offered.map(({ label, cwd }) => [label, cwd?.path])).toEqual([
    ['LLM Providers', '/one'],
    ['LLM Providers (two)', '/two'],
  ])
  for (const { command, args, env } of offered) {
    expect(command).toBe(process.execPath)
    expect(args).toEqual(['/extension/dist/cli.js', 'mcp'])
    expect(env).toMatchObject({ ELECTRON_RUN_AS_NODE: '1' })
  }
})

test.each<[string, Partial<SettingValues>, string[]]>([
  ['with runs allowed', { mcpAllowRuns: true }, ['--allow-runs']],
  ['with runs allowed, capped', { mcpAllowRuns: true, maxCostUsd: 0.5 }, ['--allow-runs', '--max-cost', '0.5']],
])('%s the process is told, and is another version', (_what, values, flags) => {
  editor.workspace.workspaceFolders = [folder('one', 0)]
  const [definition] = offer(values).provideMcpServerDefinitions()
  expect(definition?.args.slice(2)).toEqual(flags)
  expect(definition?.version).toBe(['1.2.3', ...flags].join(' '))
})

test('a restricted workspace and one without a folder are offered nothing', () => {
  expect(offer({}).provideMcpServerDefinitions()).toEqual([])
  editor.workspace.workspaceFolders = [folder('one', 0)]
  editor.workspace.isTrusted = false
  expect(offer({}).provideMcpServerDefinitions()).toEqual([])
})

test('it is started on the data of the server that runs, and not without one', async () => {
  editor.workspace.workspaceFolders = [folder('one', 0)]
  const running = offer({}, { kind: 'running', process: { info: { dataDir: '/data' } } })
  const [definition] = running.provideMcpServerDefinitions()
  if (!definition) throw new Error('nothing is offered')
  expect((await running.resolveMcpServerDefinition(definition)).args.slice(1)).toEqual(['mcp', '--data-dir', '/data'])
  await expect(offer({}, { kind: 'failed', detail: 'no room' }).resolveMcpServerDefinition(definition)).rejects.toThrow(
    'no room',
  )
  await expect(offer({}).resolveMcpServerDefinition(definition)).rejects.toThrow('not running')
})
