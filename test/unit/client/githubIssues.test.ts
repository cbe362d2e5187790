import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Api } from '../../../client/connection/api.ts'
import type { Notifier } from '../../../client/forms/notifier.ts'
import { answerGitHubToken, provideLabelPlans, showGitHubLabels } from '../../../client/runs/githubIssues.ts'
import { type GitHubServer, startGitHubServer } from '../../support/github/githubServer.ts'
import { startTestServer, type TestServer } from '../../support/protocol/testServer.ts'

const editor = vi.hoisted(() => ({
  l10n: { t: (text: string, ...values: unknown[]) => text.replace(/\{(\d)\}/g, (_, at) => String(values[Number(at)])) },
  env: { language: 'en' },
  ProgressLocation: { Notification: 15 },
  Uri: {
    from: ({ scheme, path: name, query }: Record<string, string>) => ({ toString: () => `${scheme}:${name}?${query}` }),
  },
  authentication: { getSession: vi.fn() },
  commands: { executeCommand: vi.fn() },
  workspace: {
    isTrusted: true,
    workspaceFolders: undefined,
    settings: new Map<string, string>(),
    getConfiguration: () => ({ get: (name: string) => editor.workspace.settings.get(name) }),
    registerTextDocumentContentProvider: vi.fn(),
  },
  window: {
    showInformationMessage: vi.fn(),
    showWarningMessage: vi.fn(),
    withProgress: async (_: object, work: (progress: object, token: object) => Promise<void>) =>
      await work({ report: () => undefined }, { isCancellationRequested: false }),
  },
}))
vi.mock('vscode', () => editor)

let folder = ''
let server: TestServer
let github: GitHubServer
beforeEach(async () => {
  vi.clearAllMocks()
  folder = await mkdtemp(path.join(tmpdir(), 'llm-providers-github-'))
  server = await startTestServer()
  github = await startGitHubServer([
    { number: 1, title: 'Crash\n#9 forged', body: 'It crashes.', labels: ['triage'] },
    { number: 2, title: 'Crash again', body: 'It crashes.', labels: ['crash'] },
  ])
})
afterEach(async () => {
  await github.close()
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})

test('the sign-in goes to the API that it is for, and to no other', async () => {
  editor.authentication.getSession.mockImplementation(async (id: string) => ({ accessToken: `fake-${id}` }))
  expect(await answerGitHubToken('https://api.github.com')).toMatchObject({ ok: true, value: { key: 'fake-github' } })
  expect(await answerGitHubToken('https://api.github.com.evil.example')).toMatchObject({ ok: false })
  expect(await answerGitHubToken('https://git.example')).toMatchObject({ ok: false })
  editor.workspace.settings.set('uri', 'https://git.example')
  expect(await answerGitHubToken('https://git.example')).toMatchObject({ value: { key: 'fake-github-enterprise' } })
  expect(await answerGitHubToken('http://git.example')).toMatchObject({ ok: false })
})

test('the plan is a diff; what is accepted is written, and Undo takes it back', async () => {
  const file = path.join(folder, 'issues.jsonl')
  const fetched = await server.request('github/fetch', { repo: 'octo/tracker', api: github.api, path: file })
  expect(fetched).toMatchObject({ ok: true })
  const started = await server.request('run/start', {
    tasks: ['categorization'],
    source: { kind: 'paths', paths: [file] },
    output: { path: null, format: 'jsonl', none: true },
    profile: { kind: 'preset', name: 'issues' },
    override: { provider: 'builtin' },
  })
  if (!started.ok) throw new Error(started.reason.message)
  const { runId } = started.value
  await expect.poll(async () => (await server.request('run/get', { runId })).ok).toBe(true)
  await expect
    .poll(async () => {
      const run = await server.request('run/get', { runId })
      return run.ok && run.value.state
    })
    .toBe('completed')
  provideLabelPlans()
  const [, provider] = editor.workspace.registerTextDocumentContentProvider.mock.calls[0] ?? []
  const failures: string[] = []
  const notifier = { showFailure: async ({ message }: { message: string }) => void failures.push(message) }
  const api = { request: server.request } as unknown as Api
  editor.window.showInformationMessage.mockResolvedValueOnce('Write labels').mockResolvedValueOnce('Undo')
  await showGitHubLabels(api, runId, { notifier: notifier as unknown as Notifier, now: () => 0 })
  expect(failures).toEqual([])
  const [, before, after] = editor.commands.executeCommand.mock.calls.find(([id]) => id === 'vscode.diff') ?? []
  expect(provider.provideTextDocumentContent(before)).toBe('#1 Crash #9 forged\n    triage\n')
  expect(provider.provideTextDocumentContent(after)).toBe('#1 Crash #9 forged\n    Crash\n    triage\n')
  expect(github.writes).toEqual(['+Crash #1', '-Crash #1'])
})
