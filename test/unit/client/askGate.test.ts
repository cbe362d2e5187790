import { beforeEach, expect, test, vi } from 'vitest'
import type { Api } from '../../../client/connection/api.ts'
import { withGate } from '../../../client/forms/askGate.ts'
import { succeed } from '../../../protocol/outcome.ts'
import { fail } from '../../../shared/fail.ts'

const editor = vi.hoisted(() => ({
  l10n: { t: (text: string) => text },
  commands: { executeCommand: vi.fn() },
  window: { showWarningMessage: vi.fn() },
  workspace: {
    isTrusted: true,
    workspaceFolders: [{ uri: { scheme: 'file', fsPath: '/project' } }] as object[] | undefined,
  },
  env: { language: 'en' },
}))
vi.mock('vscode', () => editor)

const unmet = fail({
  ...{ code: 'gate_unmet', provider: 'p', model: 'm', measuredAt: null },
  misses: [{ task: 'scoring', figure: 'error', wanted: 1, found: null }],
})
const route = { task: 'scoring', provider: 'p', model: 'm' } as const

let asked: { name: string; params: unknown }[]
const server = {
  notify: async () => undefined,
  async request(name: string, params: { confirm?: boolean }) {
    asked.push({ name, params })
    return params.confirm ? succeed(null) : unmet
  },
} as unknown as Api

beforeEach(() => {
  asked = []
  vi.resetAllMocks()
  editor.workspace.isTrusted = true
})

test('who uses it all the same has asked twice, the second time with their word', async () => {
  editor.window.showWarningMessage.mockResolvedValue('Use it all the same')
  expect(await withGate(server).request('route/save', route)).toEqual(succeed(null))
  const first = { ...route, workspaceFolder: '/project' }
  expect(asked.map(({ params }) => params)).toEqual([first, { ...first, confirm: true }])
})

test.each([
  ['leaves', undefined],
  ['measures', 'Measure it …'],
])('who %s is told that it is not passed', async (_, button) => {
  editor.window.showWarningMessage.mockResolvedValue(button)
  expect(await withGate(server).request('route/saveAll', { routes: [route] })).toBe(unmet)
  expect(asked).toHaveLength(1)
  const wanted = button ? [['llmProviders.evaluateRoutes', { provider: 'p', model: 'm' }]] : []
  expect(editor.commands.executeCommand.mock.calls).toEqual(wanted)
})

test('a folder that is not trusted has no gate, and other requests are left alone', async () => {
  editor.workspace.isTrusted = false
  await withGate(server).request('route/save', route)
  await withGate(server).request('route/list', {})
  expect(asked.map(({ params }) => params)).toEqual([route, {}])
  expect(editor.window.showWarningMessage).toHaveBeenCalledTimes(1)
})
