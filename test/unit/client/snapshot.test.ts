import { expect, test, vi } from 'vitest'
import type { Api } from '../../../client/connection/api.ts'
import type { ServerState } from '../../../client/connection/serverLifetime.ts'
import { english } from '../../../shared/language.ts'

vi.mock('vscode', () => ({ env: { language: 'en' }, l10n: { t: (text: string) => text } }))
const { SnapshotStore } = await import('../../../client/connection/snapshot.ts')

const running = (request: (name: string) => Promise<unknown>): ServerState => ({
  kind: 'running',
  process: {
    api: { request, notify: async () => {} } as unknown as Api,
    info: {} as never,
    pid: 1,
    stop: async () => {},
  },
})

const answers = async (name: string) => {
  const isPaged = name === 'model/list' || name === 'run/list' || name === 'usage/read'
  return { ok: true, value: isPaged ? { rows: [], next: null } : [] }
}

test('a server that died without an answer does not keep the next one from being read', async () => {
  const store = new SnapshotStore({ language: english, now: () => 0, folder: () => null, log: () => {} })
  store.follow(running(() => new Promise(() => {})))
  const reading = store.reload()
  store.follow({ kind: 'starting', attempt: 1 })
  store.follow(running(answers))
  await reading
  expect(store.current?.providers).toEqual([])
})
