import type { Browser } from 'playwright-core'
import { type PageId, pageIds } from '../../../protocol/page.ts'
import { fail } from '../../../shared/fail.ts'
import { startTestServer, type TestServer } from '../protocol/testServer.ts'
import type { StoreFolders } from '../store/storeFolder.ts'
import type { BuiltPage } from './builtPage.ts'
import { madeRecord, makeRuns } from './madeRuns.ts'
import { type MadeThread, makeThreads } from './madeThreads.ts'
import { openPanel, openResults, openThreads, type Panel, type PanelOptions } from './panel.ts'

/** What a person can look at: a page of the settings panel, a side of the results panel, or the conversations. */
export type PlaceName = PageId | `results: ${'items' | 'figures' | 'revisions'}` | 'conversations'

export const placeNames: readonly PlaceName[] = [
  ...pageIds,
  ...(['results: items', 'results: figures', 'results: revisions', 'conversations'] as const),
]

const first = '20261121t093000000z-made01'
const second = '20261121t093000000z-made02'

/** About a run, with an answer that has something of all that an answer can have. */
const talk: MadeThread = {
  ...{ threadId: '20261121t093000000z-talk01', title: 'Talk', questions: 2, about: { kind: 'run', runId: second } },
  answerOf: (at) => ({
    text: at === 0 ? 'It is number **1** [item-1]:\n\n```js\nlet it\n```\n\n| it | is |\n|-|-|\n| 1 | 2 |' : '',
    context: { items: 301, shown: 40, cited: [{ id: 'item-1', inputHash: 'a'.repeat(64) }] },
    ...(at === 0 ? {} : { state: 'failed', reason: fail({ code: 'auth_failed', provider: 'keyless' }).reason }),
  }),
}

/** Something of everything: providers that work, lack a key, are off and are gone; suggestions; changes; two runs over one file. */
export async function startFilledServer(folders: StoreFolders): Promise<TestServer> {
  const dataDir = await makeRuns(folders, [
    { runId: first, items: 300, isKept: true, record: (at) => madeRecord(first, at) },
    {
      runId: second,
      items: 301,
      record: (at) => madeRecord(second, at, at % 10 === 1 ? { categories: ['Science'], score: 3 } : {}),
    },
  ])
  await makeThreads(folders, dataDir, [talk])
  // The runs were judged by that list.
  const server = await startTestServer({ dataDir, newsCategories: true })
  const { request } = server
  await request('provider/save', { provider: 'keyless', kind: 'openai', config: {} })
  await request('provider/save', { provider: 'unused', kind: 'builtin', config: {} })
  await request('provider/setEnabled', { provider: 'unused', enabled: false })
  const config = { base_url: 'http://127.0.0.1:9/v1' }
  await request('provider/save', { provider: 'vanished', kind: 'openai-compatible', config })
  await request('provider/test', { provider: 'vanished' })
  await request('route/save', { task: 'scoring', provider: 'keyless', model: 'gpt-5', options: {} })
  await request('route/save', { task: 'categorization', provider: 'builtin', model: null, options: {} })
  await request('model/save', {
    provider: 'vanished',
    model: 'vectors',
    type: 'embedding',
    status: 'active',
    parameters: {},
  })
  await request('kb/create', {
    ...{ name: 'handbook', sources: [{ kind: 'path', path: dataDir }] },
    embed: { provider: 'vanished', model: 'vectors' },
  })
  return server
}

/** What of those nobody translates: names of formats and codes, ids, and what people, providers and models have said. */
const given = [
  ...['CSV', 'JSON Lines', 'JSON', 'SARIF', 'Markdown', 'UTC', 'ECONNREFUSED', 'openai', 'keywords'],
  ...['It is number', ', and that is all there is to say of it.', 'Software', 'Adverts', 'Compilers'],
  // What an API calls it, and an example of it.
  ...['top_p', '{"seed": 7}'],
  'keyless',
  'unused',
  'vanished',
  'builtin',
  'fake',
  'fake-model',
  'gpt-5',
  'items.jsonl',
  ...['Talk', 'Question 0', 'Question 1', 'keyless/gpt-5', 'let it', 'it', 'is', 'js'],
  'vectors',
  'handbook',
  first,
  second,
]

/** The same with the names of categories, which are the stored profile's, and of ready-made criteria. */
export async function listGiven({ request }: Pick<TestServer, 'request'>): Promise<string[]> {
  const categories = await request('category/list', {})
  const criteria = await request('profile/criteria', {})
  return [
    ...given,
    ...(categories.ok ? categories.value.map(({ name }) => name) : []),
    ...(criteria.ok
      ? criteria.value.map((set) => `${set.name}: ${set.criteria.map(({ name }) => name).join(', ')}`)
      : []),
  ]
}

export interface PlaceParts {
  browser: Browser
  built: BuiltPage
  server: TestServer
}

/** Opened and read. `options` as for any panel. */
export async function openPlace(
  { browser, built, server }: PlaceParts,
  name: PlaceName,
  options: Omit<PanelOptions, 'place' | 'server' | 'commands'> = {},
): Promise<Panel> {
  const panel = await openAt()
  await panel.page.getByRole('heading', { level: 1 }).waitFor()
  await whenRead(panel)
  return panel

  async function openAt(): Promise<Panel> {
    if (name === 'conversations') return await openThreads(browser, built, { ...options, server, at: null })
    return isPage(name)
      ? await openPanel(browser, built, { ...options, server, place: { page: name, target: null } })
      : await openResults(browser, built, { ...options, server, at: { runId: second, view: viewOf(name) } })
  }
}

/** Nothing says any more that it is being read, nor has for some frames. */
export const whenRead = ({ page }: Panel): Promise<void> =>
  page.evaluate(`new Promise((resolve) => {
    let calm = 0
    const look = () => {
      calm = document.querySelector('.loading, [aria-busy=true]') ? 0 : calm + 1
      if (calm > 10) resolve()
      else requestAnimationFrame(look)
    }
    look()
  })`)

function isPage(name: PlaceName): name is PageId {
  return (pageIds as readonly string[]).includes(name)
}

function viewOf(name: PlaceName): 'results' | 'figures' | 'revisions' {
  return name === 'results: figures' ? 'figures' : name === 'results: revisions' ? 'revisions' : 'results'
}
