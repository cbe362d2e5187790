import { expect, onTestFinished, test } from 'vitest'
import type { ResolvedRoute } from '../../../protocol/routing.ts'
import { RunRequest } from '../../../protocol/runs.ts'
import { isInOwnNetwork } from '../../../server/providers/endpointRules.ts'
import { createWentBefore } from '../../../server/revisions/wentBefore.ts'
import { insertRun } from '../../../server/store/runTable.ts'
import { viewOfRun } from '../../support/runs/viewOfRun.ts'
import { openMigrated } from '../../support/store/migratedDatabase.ts'

const cloud: ResolvedRoute = {
  ...{ task: 'categorization', provider: 'work', kind: 'openai', model: 'm', endpoint: 'https://api.example.com/v1' },
  ...{ options: {}, rule: 'route' },
}
const nextDoor = { ...cloud, provider: 'box', model: 'large-cloud', endpoint: 'http://localhost:11434' }

const over = (path: string, workspaceFolder?: string) =>
  RunRequest.parse({ tasks: ['categorization'], source: { kind: 'paths', paths: [path] }, workspaceFolder })
const text = RunRequest.parse({ tasks: ['categorization'], source: { kind: 'text', name: 'a', text: 'b' } })

test('a provider is new in a folder until a run has gone to it from there', async () => {
  const database = await openMigrated()
  onTestFinished(() => database.close())
  const wentBefore = createWentBefore({ read: (look) => look(database) })
  const file = over('/work/project/data/a.csv', '/work/project')
  expect(await wentBefore(file, cloud)).toBe(false)
  insertRun(
    database,
    { view: viewOfRun({ routes: [cloud, nextDoor] }), request: file, owner: null },
    '2026-11-21T09:30:00Z',
  )
  // Another model of it is no news, and neither is a folder within; another provider, address or folder is.
  expect(await wentBefore(file, { ...cloud, model: 'other' })).toBe(true)
  expect(await wentBefore(over('/work/project/more/b.csv'), cloud)).toBe(true)
  expect(await wentBefore(over('/work/project/more/b.csv', '/work/project/more'), cloud)).toBe(true)
  expect(await wentBefore(over('/work/project-two/b.csv', '/work/project-two'), cloud)).toBe(false)
  expect(await wentBefore(file, { ...cloud, provider: 'home' })).toBe(false)
  expect(await wentBefore(file, { ...cloud, endpoint: 'https://elsewhere.example.com/v1' })).toBe(false)
  expect(await wentBefore(text, cloud)).toBe(false)
  // What a server next door passes on goes elsewhere by the model.
  expect(await wentBefore(file, nextDoor)).toBe(true)
  expect(await wentBefore(file, { ...nextDoor, model: 'larger-cloud' })).toBe(false)
})

test.each([
  ['http://localhost:11434', true],
  ['http://127.0.0.2', true],
  ['http://[::1]:8080', true],
  ['http://0.0.0.0:8000', true],
  ['http://10.1.2.3', true],
  ['http://172.16.0.1', true],
  ['http://172.32.0.1', false],
  ['http://192.168.0.7:8080', true],
  ['http://169.254.1.1', true],
  ['http://100.64.0.1', true],
  ['http://100.63.0.1', false],
  ['http://[fd00::1]', true],
  ['http://[fe80::1]', true],
  ['http://[::ffff:10.0.0.1]', true],
  ['http://[::ffff:8.8.8.8]', false],
  ['http://box', true],
  ['http://box.local', true],
  ['https://api.openai.com/v1', false],
  ['https://10.example.com', false],
])('%s is in the own network: %s', (endpoint, isIn) => {
  expect(isInOwnNetwork(endpoint)).toBe(isIn)
})
