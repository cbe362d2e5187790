import { strict as assert } from 'node:assert'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import path from 'node:path'
import { expectResults } from '../../support/vscode/panel.ts'
import { type Case, cases, until, untilEqual } from '../../support/vscode/runner.ts'
import { sayWhatTheseAre } from '../../support/vscode/setup.ts'
import { walkthroughOf } from '../../support/vscode/walkthrough.ts'
import { type PanelWorld, rightKey, wrongKey } from './panelWorld.ts'

/** Where the scan looks; the first that nobody on this machine has. */
const usualPorts = [8080, 8000, 1234, 11_434]

/** Lists one model as any OpenAI-compatible server does, and knows nothing else. */
async function startAtUsualPort(): Promise<{ port: number; close(): Promise<void> }> {
  const list = JSON.stringify({ object: 'list', data: [{ id: 'found-model', object: 'model', owned_by: 'nobody' }] })
  const server = createServer(({ url }, response) => {
    if (url !== '/v1/models') return void response.writeHead(404).end()
    response.writeHead(200, { 'content-type': 'application/json' }).end(list)
  })
  for (const port of usualPorts) {
    if (!(await listens(server, port))) continue
    return { port, close: () => new Promise((resolve) => void server.close(() => resolve())) }
  }
  throw new Error(`Something listens on each of the ports ${usualPorts.join(', ')}`)
}

function listens(server: Server, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const fail = () => resolve(false)
    server.once('error', fail)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', fail)
      resolve(true)
    })
  })
}

/** From an empty profile to results: the first steps, a provider with its key, routes, a file. */
export function wayCases({ page, workbench, panel, workspace, provider }: PanelWorld): Case[] {
  const { frame, button, field, row } = panel
  const rows = [
    { id: 'A-1', text: 'The new processor makes computers and software faster.' },
    { id: 'A-2', text: 'The football team won the match in the stadium.' },
  ]
  writeFileSync(path.join(workspace, 'items.jsonl'), rows.map((each) => JSON.stringify(each)).join('\n'))

  const { open: openWalkthrough, ticked } = walkthroughOf(workbench)

  return cases({
    'the first steps lead to judged samples without any provider of one’s own': async () => {
      await workbench.statusBar.filter({ hasText: 'LLM: ready' }).waitFor()
      await openWalkthrough()
      await page.getByRole('button', { name: 'Try the sample' }).click()
      await workbench.message(/Categorized and scored\. \d+ items: \d+ ok/).waitFor()
      await expectResults(workbench, 'issues.jsonl', '13 results')
      await workbench.dismissMessages()
      await openWalkthrough()
      // The sample is nobody's own file.
      await untilEqual('no tick', ticked, [])
      await workbench.command('View: Close All Editors')
    },

    'a model server on this machine is found when a person looks for it, and its address is filled in': async () => {
      const server = await startAtUsualPort()
      await panel.open()
      await button('Add provider').first().click()
      await button('Scan for local servers').click()
      const found = frame.getByRole('listitem').filter({ hasText: `localhost:${server.port}` })
      await found.getByText('1 model').waitFor()
      await found.getByRole('button', { name: /^Add OpenAI-compatible server/ }).click()
      await untilEqual('its address', () => field('Base URL').inputValue(), `http://localhost:${server.port}/v1`)
      await button('Back').click()
      await button('Back to the list').click()
      await server.close()
    },

    'a provider is added in the panel, and a wrong key is told at once': async () => {
      const { origin } = await provider()
      await panel.open()
      await button('Add provider').first().click()
      await field('Search').fill('OpenAI')
      await button(/^OpenAI\b(?!-)/)
        .first()
        .click()
      await field('Name').fill('work')
      await field('Base URL').fill(`${origin}/v1`)
      await button('Add and test').click()
      await workbench.type('Key of "work"', wrongKey)
      await row('work').getByText('does not accept the key').first().waitFor()
    },

    'the right key is tested as soon as it is entered': async () => {
      await row('work').getByRole('button', { name: 'Set the key', exact: true }).first().click()
      await workbench.choose('Enter another key')
      await workbench.type('Key of "work"', rightKey)
      await row('work').getByText('The connection works').waitFor()
      await row('work')
        .getByText(`Key: stored, ends in …${rightKey.slice(-4)}`)
        .waitFor()
    },

    'both tasks go through it, and the route explains itself': async () => {
      await panel.goTo('Task routes')
      await panel.choose('Provider for both tasks', 'work (OpenAI)')
      await panel.choose('Model for both tasks', 'fake-model')
      await button('Save routes').click()
      await frame.getByText('Nothing has changed.').waitFor()
      await until('the status bar to tell the new routes', async () =>
        /Categorization: ready through work, fake-model\. Scoring: ready through work/.test(
          (await workbench.statusBar.locator('a').getAttribute('aria-label')) ?? '',
        ),
      )
      await frame.getByText('How Scoring is decided').click()
      const steps = frame.getByRole('list', { name: 'Steps of Scoring' }).getByRole('listitem')
      await steps.filter({ hasText: 'key available' }).waitFor()
      await untilEqual('all steps', () => steps.count(), 10)
    },

    'a file is judged through it, and the results come up': async () => {
      const { chats } = await provider()
      await workbench.openFile('items.jsonl')
      await workbench.command('LLM Providers: Categorize and score')
      await sayWhatTheseAre(page, { list: 'General', keep: 'stored profile' })
      await workbench.message(/Categorized and scored\. 2 items: 2 ok/).waitFor()
      await expectResults(workbench, 'items.jsonl', '2 results')
      await workbench.dismissMessages()
      assert.ok(chats.length >= 2, `${chats.length} calls`)
      const results = readFileSync(path.join(workspace, 'items.results.jsonl'), 'utf8').trim().split('\n')
      const records = results.map((line) => JSON.parse(line) as Record<'id', string> & { receipts: unknown })
      assert.deepEqual(
        records.map(({ id }) => id),
        ['A-1', 'A-2'],
      )
      for (const { receipts } of records) assert.match(JSON.stringify(receipts), /"provider":"work"/)
    },

    'the first steps are ticked by what was done: three results that a person corrected are the last': async () => {
      await openWalkthrough()
      await untilEqual('the ticks', ticked, ['file', 'categories', 'model'])
      const texts = ['The printer is on fire.', 'The ink is too dear.', 'The paper is fine.']
      const lines = texts.map((text, index) => JSON.stringify({ id: `B-${index}`, text }))
      writeFileSync(path.join(workspace, 'three.jsonl'), lines.join('\n'))
      await workbench.openFile('three.jsonl')
      await workbench.command('LLM Providers: Categorize and score')
      await workbench.message(/Categorized and scored/).waitFor()
      const results = await expectResults(workbench, 'three.jsonl', '3 results')
      await workbench.dismissMessages()
      const cell = (id: string) => results.getByRole('row', { name: new RegExp(`\\b${id}\\b`) })
      for (const id of ['B-0', 'B-1']) {
        await cell(id).click()
        await page.keyboard.press('0')
        await results.getByText('The model said').waitFor()
      }
      // Accepted, which is no correction.
      await cell('B-2').click()
      await page.keyboard.press('Enter')
      await openWalkthrough()
      await untilEqual('the ticks', ticked, ['file', 'categories', 'model'])
      await page.locator('.tab', { hasText: /^three\.jsonl$/ }).click()
      await page.keyboard.press('ControlOrMeta+End')
      await workbench.command('LLM Providers: Correct the score…')
      await workbench.find('Correct the score: interest', '3')
      await workbench.find('Correct the score: quality', '4')
      await openWalkthrough()
      await untilEqual('all ticks', ticked, ['file', 'categories', 'model', 'corrections'])
      await workbench.command('View: Close All Editors')
    },
  })
}
