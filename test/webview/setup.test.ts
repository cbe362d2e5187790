import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../support/protocol/testServer.ts'
import { type FakeModelServer, startFakeModelServer } from '../support/providers/fakeModelServer.ts'
import { expectAccessible } from '../support/webview/accessible.ts'
import { launchBrowser } from '../support/webview/browser.ts'
import { type BuiltPage, servePage } from '../support/webview/builtPage.ts'
import { overhang, tabTo } from '../support/webview/keyboard.ts'
import { openSetup, type Panel, type PanelOptions } from '../support/webview/panel.ts'
import { setupWorld } from '../support/webview/setupWorld.ts'
import { themeNames } from '../support/webview/themes.ts'

let browser: Browser
let built: BuiltPage
let server: TestServer
let fake: FakeModelServer
let folder: string
const panels: Panel[] = []
const worlds: ReturnType<typeof setupWorld>[] = []

beforeAll(async () => {
  ;[browser, built] = await Promise.all([launchBrowser(), servePage()])
})
afterAll(async () => {
  await browser?.close()
  await built?.close()
})
beforeEach(async () => {
  ;[server, fake] = await Promise.all([startTestServer(), startFakeModelServer({ models: ['fake-model', 'other'] })])
  folder = mkdtempSync(path.join(tmpdir(), 'llm-providers-setup-'))
})
afterEach(async () => {
  for (const panel of panels.splice(0)) {
    expect(panel.troubles).toEqual([])
    await panel.close()
  }
  await Promise.all(worlds.splice(0).map((world) => world.settled()))
  await server.request('route/list')
  await Promise.all([server.stop(), fake.close()])
  rmSync(folder, { recursive: true })
})

const tickets = (count = 50) =>
  [
    'ticket,subject,body',
    ...Array.from({ length: count }, (_, at) =>
      at % 2 === 0
        ? `T-${at},Refund ${at},"The invoice ${at} was charged twice, please refund the payment."`
        : `T-${at},Login ${at},"I cannot sign in since the password reset number ${at}."`,
    ),
  ].join('\n')

function write(name: string, text: string | Buffer): string {
  const file = path.join(folder, name)
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, text)
  return file
}

/** With both models of its list, for these tasks. */
async function connectFake(tasks: ('categorization' | 'scoring')[]): Promise<void> {
  const config = { base_url: `${fake.origin}/v1` }
  await server.request('provider/save', { provider: 'fake', kind: 'openai-compatible', config, create: true })
  await server.request('provider/test', { provider: 'fake' })
  const routes = tasks.map((task) => ({ task, provider: 'fake', model: 'fake-model' }))
  if (routes.length > 0) await server.request('route/saveAll', { routes })
}

async function open(world: ReturnType<typeof setupWorld>, options: PanelOptions = {}): Promise<Panel> {
  const { commands: _, place: __, ...others } = options
  const panel = await openSetup(browser, built, {
    server,
    id: world.id,
    commands: world.commands,
    width: 1280,
    height: 800,
    ...others,
  })
  panels.push(panel)
  worlds.push(world)
  await panel.page.getByRole('heading', { name: 'What are these?' }).waitFor()
  return panel
}

const radio = ({ page }: Panel, name: string) => page.getByRole('radio', { name, exact: true })
const button = ({ page }: Panel, name: string) => page.getByRole('button', { name, exact: true })
const preview = ({ page }: Panel) => page.getByRole('table', { name: 'Preview' })
const names = (profile: { categories: { name: string }[] } | undefined) => profile?.categories.map(({ name }) => name)

test('a list has to be chosen, is previewed with texts, and kept in the folder when it starts', async () => {
  const world = setupWorld(server, { file: write('tickets.csv', tickets()), folder })
  const panel = await open(world)
  const { page } = panel
  await page.getByText('a table (CSV) · 50 items').waitFor()
  await page.getByText('The invoice 0 was charged twice').first().waitFor()
  await expectAccessible(panel)
  await button(panel, 'Start').click()
  await page.getByText('Choose a list, or make one.').waitFor()
  expect(world.finished).toEqual([])
  await radio(panel, 'Support').check()
  await page.getByText('Money back; refund, chargeback').waitFor()
  await preview(panel).getByText('I cannot sign in').first().waitFor()
  await preview(panel).getByText('Account and Login').first().waitFor()
  await expect.poll(() => preview(panel).getByRole('row').count()).toBe(11)
  await page.getByText('none: it all happens on this machine').waitFor()
  await expectAccessible(panel)
  await button(panel, 'Start').click()
  await expect
    .poll(() => world.finished)
    .toMatchObject([{ start: true, keep: 'workspace', overwrite: false, model: null }])
  expect(readFileSync(path.join(folder, '.llm-providers', 'profile.yaml'), 'utf8')).toMatch(/^name: Support$/m)
})

test('columns that nothing tells apart are asked for, with a value of each', async () => {
  const rows = Array.from({ length: 9 }, (_, at) => `${at},It broke after number ${at}.,It should not break ${at}.`)
  const world = setupWorld(server, { file: write('odd.csv', ['key,left,right', ...rows].join('\n')), folder })
  const panel = await open(world)
  const { page } = panel
  await radio(panel, 'General').check()
  await page.getByRole('checkbox', { name: 'right is text' }).check()
  await page.getByRole('radio', { name: 'key is the id' }).check()
  await preview(panel).getByText('It should not break').first().waitFor()
  await button(panel, 'Start').click()
  await expect
    .poll(() => world.finished)
    .toMatchObject([{ reading: { text: expect.arrayContaining(['right']), id: 'key' } }])
})

test('of a database with several tables one is chosen, and another one later', async () => {
  const { loadSqlite } = await import('../../server/store/sqlite.ts')
  const database = (await loadSqlite()).open(null)
  database.run('CREATE TABLE people (id INTEGER, name TEXT)')
  database.run('CREATE TABLE tickets (id INTEGER, body TEXT)')
  for (let at = 0; at < 5; at += 1) {
    database.run('INSERT INTO people VALUES (?, ?)', [at, `Somebody ${at}`])
    database.run('INSERT INTO tickets VALUES (?, ?)', [at, `The invoice ${at} is wrong.`])
  }
  const world = setupWorld(server, { file: write('desk.db', Buffer.from(database.image())), folder })
  const panel = await open(world)
  const { page } = panel
  await page.getByRole('combobox', { name: 'Table' }).click()
  await page.getByRole('option', { name: 'tickets' }).click()
  await page.getByText('The invoice 0 is wrong.').first().waitFor()
  await page.getByText('Change how it is read').click()
  await expect.poll(() => page.getByRole('combobox', { name: 'Table' }).getAttribute('current-value')).toBe('tickets')
  await expectAccessible(panel)
})

test('an own list is read as it is typed, its mistakes with their lines, and a ready one keeps what a line cannot say', async () => {
  const world = setupWorld(server, { file: write('tickets.csv', tickets()), folder })
  const panel = await open(world)
  const { page } = panel
  await radio(panel, 'A list of your own').check()
  const list = page.getByRole('textbox', { name: 'Categories, one a line' })
  await list.fill('Refund: money back\nLogin\nRefund')
  await page.getByText(/Line 3: /).waitFor()
  await button(panel, 'Start').click()
  await page.getByText('The list cannot be used as it is.').waitFor()
  await expectAccessible(panel)
  expect(world.finished).toEqual([])
  await radio(panel, 'Support').check()
  await button(panel, 'Edit this list').click()
  await expect.poll(() => list.inputValue()).toContain('Spam: Advertising')
  await list.fill('Fraud and Security: stolen cards\nMine: of my own\n    Below: indented')
  await page.getByRole('textbox', { name: 'In a sentence (optional)' }).fill('Stolen cards.')
  await preview(panel).waitFor()
  await button(panel, 'Start').click()
  await expect.poll(() => world.finished.length).toBe(1)
  expect(world.finished[0]?.profile).toMatchObject({
    interests: 'Stolen cards.',
    categories: [
      { name: 'Fraud and Security', description: 'stolen cards', weight: 'max' },
      { name: 'Mine', description: 'of my own', children: [{ name: 'Below', description: 'indented' }] },
    ],
  })
})

const proposed = ['Billing', 'Login', 'Delivery', 'Other', 'Refunds']

test('a proposal says who would be asked before it asks, is edited in place, and outlives the page', async () => {
  await connectFake(['categorization', 'scoring'])
  const categories = proposed.map((name, at) => ({ name, description: `About ${name}.`, items: [at + 1] }))
  fake.decide(({ prompt }) => (prompt.includes('<<<ITEM 1 ') ? { value: { categories } } : undefined))
  const world = setupWorld(server, { file: write('tickets.csv', tickets()), folder })
  const panel = await open(world)
  const { page } = panel
  await radio(panel, 'Proposed from the items').check()
  await page.getByText(/^Sends 40 items to fake\/fake-model: about [\d,]+ tokens sent/).waitFor()
  expect(fake.chats).toHaveLength(0)
  await button(panel, 'Propose categories').click()
  const rows = page.getByRole('list', { name: 'Proposed categories' }).getByRole('listitem')
  await expect.poll(() => rows.count()).toBe(5)
  await rows.first().getByText('1 item').waitFor()
  await expectAccessible(panel)
  await page.getByRole('textbox', { name: 'Name 1' }).fill('Invoices')
  await rows.nth(4).getByRole('button').click()
  await expect.poll(() => rows.count()).toBe(4)
  const asked = fake.chats.length
  await panel.reload()
  await expect.poll(() => page.getByRole('textbox', { name: 'Name 1' }).inputValue()).toBe('Invoices')
  expect(fake.chats).toHaveLength(asked)
  await page.getByText('50 items').first().waitFor()
  await button(panel, 'Save without starting').click()
  await expect.poll(() => names(world.finished[0]?.profile)).toEqual(['Invoices', 'Login', 'Delivery', 'Other'])
  expect(world.finished[0]).toMatchObject({ start: false })
})

test('built-in words are proposed without anybody being asked, and are honest about it', async () => {
  const world = setupWorld(server, { file: write('tickets.csv', tickets()), folder })
  const panel = await open(world)
  await radio(panel, 'Proposed from the items').check()
  await panel.page.getByText(/Nothing is sent and it costs nothing, but it does not understand meaning/).waitFor()
  await button(panel, 'Propose categories').click()
  await panel.page.getByRole('list', { name: 'Proposed categories' }).getByRole('listitem').first().waitFor()
})

test('a task that is not ready says why and what helps; another model is tried without changing the routes', async () => {
  await connectFake([])
  await server.request('route/save', { task: 'scoring', provider: 'gone', model: 'x' })
  await server.request('provider/save', {
    provider: 'off',
    kind: 'openai-compatible',
    config: { base_url: `${fake.origin}/v1` },
  })
  await server.request('route/save', { task: 'scoring', provider: 'off', model: 'fake-model' })
  await server.request('provider/setEnabled', { provider: 'off', enabled: false, confirm: true })
  const world = setupWorld(server, { file: write('tickets.csv', tickets()), folder })
  const panel = await open(world)
  const { page } = panel
  await radio(panel, 'Support').check()
  const reason = page.getByRole('alert').filter({ hasText: '"off"' })
  await reason.getByRole('button').click()
  await expect.poll(() => world.acted).toMatchObject([{ reason: { code: 'provider_disabled' } }])
  await page.getByRole('combobox', { name: 'Model of both tasks' }).click()
  await page.getByRole('option', { name: 'fake/other' }).click()
  await reason.waitFor({ state: 'hidden' })
  expect(fake.chats).toHaveLength(0)
  await button(panel, 'Judge 10 items now').click()
  await expect.poll(() => preview(panel).getByRole('row').count()).toBe(11)
  await preview(panel).getByText('I cannot sign in').first().waitFor()
  expect(new Set(fake.chats.map(({ model }) => model))).toEqual(new Set(['other']))
  await page.getByText('50: 10 judged already; 40 to judge').waitFor()
  await expectAccessible(panel)
  await page.getByRole('textbox', { name: 'In a sentence (optional)' }).fill('Something else')
  await page.getByText('These were judged before the last change.').waitFor()
  await button(panel, 'Start').click()
  await expect.poll(() => world.finished).toMatchObject([{ model: { provider: 'fake', model: 'other' } }])
})

test('an answer to an earlier choice is dropped, however late it comes', async () => {
  const world = setupWorld(server, { file: write('tickets.csv', tickets()), folder })
  const { estimate } = world.commands
  const late: (() => void)[] = []
  const answered: string[] = []
  const commands = {
    ...world.commands,
    estimate: async (asked: Parameters<typeof estimate>[0]) => {
      const isLogs = names(asked.draft as never)?.includes('Infrastructure')
      if (isLogs) await new Promise<void>((resolve) => void late.push(resolve))
      const answer = await estimate(asked)
      if (isLogs) answered.push('logs')
      return answer
    },
  }
  const panel = await open({ ...world, commands } as never)
  await radio(panel, 'Logs').check()
  await expect.poll(() => late.length).toBe(1)
  await radio(panel, 'Support').check()
  await preview(panel).getByText('Account and Login').first().waitFor()
  late[0]?.()
  await expect.poll(() => answered).toEqual(['logs'])
  await expect.poll(() => preview(panel).getByText('Infrastructure').count()).toBe(0)
  await preview(panel).getByText('Account and Login').first().waitFor()
})

test('what was chosen comes back to be changed, without a source too, and replaces itself', async () => {
  const profile = {
    categories: [{ name: 'Mine', weight: 'boost' as const }, { name: 'Yours' }],
    anti_interests: 'Adverts.',
  }
  await server.request('profile/choose', { workspaceFolder: folder, profile })
  const world = setupWorld(server, { file: null, folder })
  const panel = await open(world)
  await expect.poll(() => radio(panel, 'Current categories').isChecked()).toBe(true)
  await expect.poll(() => panel.page.getByRole('button', { name: 'Start', exact: true }).count()).toBe(0)
  await button(panel, 'Edit this list').click()
  await panel.page.getByRole('textbox', { name: 'Categories, one a line' }).fill('Mine\nTheirs')
  await expectAccessible(panel)
  await button(panel, 'Save').click()
  await expect.poll(() => world.finished.length).toBe(1)
  const read = await server.request('profile/read', { workspaceFolder: folder })
  expect(read).toMatchObject({
    ok: true,
    value: {
      profile: { anti_interests: 'Adverts.', categories: [{ name: 'Mine', weight: 'boost' }, { name: 'Theirs' }] },
    },
  })
})

test('a file that came meanwhile is replaced only when somebody says so', async () => {
  const world = setupWorld(server, { file: write('tickets.csv', tickets(4)), folder })
  const panel = await open(world)
  await radio(panel, 'Support').check()
  await server.request('profile/choose', { workspaceFolder: folder, profile: { categories: [{ name: 'Faster' }] } })
  await button(panel, 'Start').click()
  await button(panel, 'Replace it').click()
  await expect.poll(() => world.finished.map(({ overwrite }) => overwrite)).toEqual([false, true])
})

test('without a folder the stored profile is what it can be kept as', async () => {
  const world = setupWorld(server, { file: write('tickets.csv', tickets(4)), folder: null })
  const panel = await open(world)
  await panel.page.getByText(/^Saved as the stored profile/).waitFor()
  await radio(panel, 'Support').check()
  await button(panel, 'Start').click()
  await expect.poll(() => world.finished).toMatchObject([{ keep: 'stored' }])
  const read = await server.request('profile/read', {})
  expect(read).toMatchObject({ ok: true, value: { isChosen: true } })
})

test('it is answered by keys alone', async () => {
  const world = setupWorld(server, { file: write('tickets.csv', tickets()), folder })
  const panel = await open(world)
  const { page } = panel
  await page.getByText('50 items').first().waitFor()
  await tabTo(panel, 'Change how it is read')
  await page.keyboard.press('Enter')
  await tabTo(panel, 'Issues')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowDown')
  await expect.poll(() => radio(panel, 'Support').isChecked()).toBe(true)
  await preview(panel).waitFor()
  await tabTo(panel, 'Start')
  await page.keyboard.press('Enter')
  await expect.poll(() => world.finished.map(({ profile }) => names(profile)?.at(-1))).toEqual(['Spam'])
})

test.each(themeNames)('it looks as the theme %s wants, and nothing runs out of it', async (theme) => {
  await connectFake(['categorization', 'scoring'])
  const world = setupWorld(server, { file: write('tickets.csv', tickets()), folder })
  for (const [width, height] of [
    [1280, 800],
    [900, 700],
    [400, 800],
  ] as const) {
    const panel = await open(world, { theme, width, height })
    await radio(panel, 'Support').check()
    await panel.page.getByText('50 items').first().waitFor()
    await expectAccessible(panel)
    await expect.poll(() => overhang(panel)).toBe(0)
  }
})

test('texts that would go over the internet for the first time from the folder: the host stands beside Start', async () => {
  const config = { base_url: 'https://llm.example.com/v1' }
  await server.request('provider/save', { provider: 'cloud', kind: 'openai-compatible', config, create: true })
  const routes = (['categorization', 'scoring'] as const).map((task) => ({ task, provider: 'cloud', model: 'large' }))
  await server.request('route/saveAll', { routes })
  await connectFake([])
  const world = setupWorld(server, { file: write('tickets.csv', tickets()), folder })
  const panel = await open(world)
  const told = panel.page.getByText(
    'For the first time from this folder, the texts are sent to cloud, large (llm.example.com).',
  )
  await told.waitFor()
  await button(panel, 'Start').waitFor()
  await expectAccessible(panel)
  await panel.page.getByRole('combobox', { name: 'Model of both tasks' }).click()
  await panel.page.getByRole('option', { name: 'fake/other' }).click()
  // On this machine.
  await told.waitFor({ state: 'detached' })
})

test('who can wait pays half: the box says so, and what has no batch API says that', async () => {
  await connectFake([])
  const world = setupWorld(server, { file: write('tickets.csv', tickets()), folder })
  const panel = await open(world)
  const { page } = panel
  await radio(panel, 'Support').check()
  await page.getByRole('combobox', { name: 'Model of both tasks' }).click()
  await page.getByRole('option', { name: 'fake/other' }).click()
  const box = page.getByRole('checkbox', { name: 'in batches, at half the price' })
  await box.check()
  await page.getByText('"fake" has no batch API.').first().waitFor()
  await expectAccessible(panel)
  await button(panel, 'Start').click()
  await expect.poll(() => world.finished).toMatchObject([{ lane: 'batch', start: true }])
})

test('a part is asked and the rest decided: the page says by whom, to which agreement, and what that saves', async () => {
  await connectFake([])
  const many = Array.from({ length: 1500 }, (_, nth) => `${nth},"Ticket number ${nth} about a broken lamp"`)
  const world = setupWorld(server, { file: write('many.csv', `id,text\n${many.join('\n')}\n`), folder })
  const panel = await open(world)
  const { page } = panel
  await radio(panel, 'Support').check()
  await page.getByRole('combobox', { name: 'Model of both tasks' }).click()
  await page.getByRole('option', { name: 'fake/other' }).click()
  await page.getByRole('checkbox', { name: 'Ask about a part, and decide the rest without the model' }).check()
  await page.getByText('Cascade: 550 to 1,500 of 1,500 items asked').waitFor()
  await page.getByRole('combobox', { name: 'Promised agreement with the model' }).click()
  await page.getByRole('option', { name: '90 %' }).click()
  await page.getByRole('combobox', { name: 'Who decides the rest' }).waitFor()
  await expectAccessible(panel)
  await button(panel, 'Start').click()
  await expect.poll(() => world.finished).toMatchObject([{ cascade: { promise: 0.9 }, start: true }])
})
