import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { ServerState } from '../../../client/connection/serverLifetime.ts'
import type { SettingValues } from '../../../client/connection/settings.ts'
import { DataHome } from '../../../client/forms/dataHome.ts'
import type { EditorHome } from '../../../protocol/home.ts'

const editor = vi.hoisted(() => ({
  l10n: { t: (text: string, ...values: unknown[]) => text.replace(/\{(\d)\}/g, (_, at) => String(values[Number(at)])) },
  env: { language: 'en' },
  window: { showInformationMessage: vi.fn(), showWarningMessage: vi.fn() },
}))
vi.mock('vscode', () => editor)

beforeEach(() => vi.stubEnv('LLM_PROVIDERS_HOME', '/told'))
afterEach(() => {
  vi.unstubAllEnvs()
  vi.resetAllMocks()
})

const found: EditorHome = {
  folder: '/storage',
  state: 'apart',
  dataFolder: '/data',
  at: '2026-11-21T12:00:00.000Z',
  detail: null,
}

function makeHome(dataFolder = '') {
  const memory = new Map<string, unknown>()
  const home = new DataHome({
    settings: { read: () => ({ dataFolder }) as SettingValues },
    storage: { fsPath: '/storage' } as never,
    memory: {
      get: (name: string) => memory.get(name),
      update: async (name: string, value: unknown) => void memory.set(name, value),
    } as never,
  })
  const restart = vi.fn(async () => ({ kind: 'stopped' }) as const)
  let fire = (_state: ServerState): void => undefined
  const changes = {
    listen(listener: typeof fire) {
      fire = listener
      return { dispose: () => undefined }
    },
  }
  home.announce({ changes, restart } as never, () => undefined)
  const start = async (changed: Partial<EditorHome>) => {
    fire({ kind: 'running', process: { info: { editor: { ...found, ...changed } } } } as never)
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { home, restart, start }
}

test.each([
  ['the one that the environment says', '', '/told'],
  ['the one of the setting, before it', '/set', '/set'],
  ['one below the home folder', '~/kept', path.join(os.homedir(), 'kept')],
])('the data folder is %s', (_what, setting, folder) => {
  expect(makeHome(setting).home.startOptions()).toEqual({
    dataDir: folder,
    editor: { folder: '/storage', leaves: false },
    surface: 'editor',
  })
})

test('without any of them it is the platform’s, as in the terminal', () => {
  vi.stubEnv('LLM_PROVIDERS_HOME', undefined)
  expect(path.basename(makeHome().home.startOptions().dataDir)).toBe('llm-providers')
})

test.each(['kept', './kept', '../..'])('a setting that depends on where something runs is refused: %s', (setting) => {
  expect(() => makeHome(setting).home.startOptions()).toThrow(/is not an absolute path/)
})

test('that the data has moved is told once', async () => {
  const { start } = makeHome()
  await start({ state: 'moved' })
  await start({ state: 'moved' })
  expect(editor.window.showInformationMessage.mock.calls).toEqual([
    ['The data of this editor has moved to /data, which the terminal uses, too.'],
  ])
})

test('beside other data a person is asked until one answer was given, and the server starts over with it', async () => {
  const { home, restart, start } = makeHome()
  editor.window.showWarningMessage.mockResolvedValueOnce(undefined).mockResolvedValueOnce('Use the shared data')
  await start({})
  expect(restart).not.toHaveBeenCalled()
  await start({})
  expect(restart).toHaveBeenCalledOnce()
  expect(home.startOptions().editor?.leaves).toBe(true)
  expect(home.startOptions().editor?.leaves).toBe(false)
})

test('whoever keeps both is not asked again', async () => {
  const { restart, start } = makeHome()
  editor.window.showWarningMessage.mockResolvedValueOnce('Keep both')
  await start({})
  await start({})
  expect(editor.window.showWarningMessage).toHaveBeenCalledOnce()
  expect(restart).not.toHaveBeenCalled()
})

test.each(['busy', 'failed'] as const)(
  'what could not move is told with its reason, and tried again: %s',
  async (state) => {
    const { restart, start } = makeHome()
    editor.window.showWarningMessage.mockResolvedValueOnce('Try again')
    await start({ state, detail: 'the disk is full' })
    expect(editor.window.showWarningMessage.mock.calls[0]?.[0]).toBe(
      'The data of this editor stays in /storage for now: the disk is full.',
    )
    expect(restart).toHaveBeenCalledOnce()
  },
)

test.each(['empty', 'left'] as const)('nothing is said where there is nothing to say: %s', async (state) => {
  const { start } = makeHome()
  await start({ state })
  expect(editor.window.showInformationMessage).not.toHaveBeenCalled()
  expect(editor.window.showWarningMessage).not.toHaveBeenCalled()
})
