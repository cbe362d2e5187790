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
export function wayCases({ page, workbench, panel, workspace, provider, interactions }: PanelWorld): Case[] {
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

    'a model server on this machine is found when a person looks for it, and is tested at once': async () => {
      const server = await startAtUsualPort()
      await panel.open()
      await button('Add provider').first().click()
      await button('Find local servers').click()
      await untilEqual('its address', () => field('Base URL').inputValue(), `http://localhost:${server.port}/v1`)
      await frame.getByRole('radio', { name: 'found-model' }).waitFor()
      await untilEqual('buttons for a key', () => button('Paste the key …').count(), 0)
      await button('Back').click()
      await button('Back to the list').click()
      await server.close()
    },

    'with a key it takes five interactions from the view to ready, too': async () => {
      const { origin } = await provider()
      await workbench.openView()
      interactions.begin()
      await workbench.actInView('Providers', 'Add provider')
      await field('Address of a server or service').fill(`${origin}/v1`)
      // The server wants a key, and the box for it is there by itself.
      await workbench.type('Paste the key', rightKey)
      await button('Use for both tasks').click()
      await until('the status bar to tell that both are ready', async () =>
        /Categorization: ready through openai-compatible, fake-model\. Scoring: ready/.test(
          (await workbench.statusBar.locator('a').getAttribute('aria-label')) ?? '',
        ),
      )
      interactions.expectAtMost(5)
      await frame.getByText('Scoring: ready through openai-compatible, fake-model').waitFor()
      await button('Done').click()
      await button('Remove openai-compatible').click()
      await frame.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click()
      await row('openai-compatible').waitFor({ state: 'detached' })
    },

    'a wrong key is told and mended in the form that it was pasted for': async () => {
      const { origin } = await provider()
      await button('Add provider').first().click()
      await field('Search').fill('OpenAI')
      await button(/^OpenAI\b(?!-)/)
        .first()
        .click()
      // The service needs a key, whose box comes by itself; the key is for another address first.
      await workbench.quickInput.locator('.quick-input-title', { hasText: 'Paste the key' }).waitFor()
      await page.keyboard.press('Escape')
      await field('Name').fill('work')
      await field('Base URL').fill(`${origin}/v1`)
      await button('Paste the key …').click()
      await workbench.type('Paste the key', wrongKey)
      await frame.getByRole('alert').filter({ hasText: 'does not accept the key' }).waitFor()
      await button('Paste another key …').last().click()
      await workbench.type('Paste the key', rightKey)
      await frame.getByRole('radio', { name: 'fake-model' }).waitFor()
      await button('Use for both tasks').click()
      await frame.getByText('Scoring: ready through work, fake-model').waitFor()
      await button('Done').click()
      await row('work')
        .getByText(`Key: stored, ends in …${rightKey.slice(-4)}`)
        .waitFor()
    },

    'setting a key opens the masked box and nothing else': async () => {
      await button('Set key … of work').click()
      const input = workbench.quickInput.locator('input[type="password"]')
      await input.waitFor()
      await workbench.type('Key of "work"', rightKey)
      await row('work').getByText('The connection works').waitFor()
    },

    'both tasks go through it, and the route explains itself': async () => {
      await panel.goTo('Task routes')
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
      // One asks for both tasks.
      assert.ok(chats.length >= 1, `${chats.length} calls`)
      const results = readFileSync(path.join(workspace, 'items.results.jsonl'), 'utf8').trim().split('\n')
      const records = results.map((line) => JSON.parse(line) as Record<'id', string> & { receipts: unknown })
      assert.deepEqual(
        records.map(({ id }) => id),
        ['A-1', 'A-2'],
      )
      for (const { receipts } of records) assert.match(JSON.stringify(receipts), /"provider":"work"/)
    },

    'the results are asked about: the answer comes in pieces, and says who gave it': async () => {
      const { decide } = await provider()
      decide(({ system }) =>
        system.includes('verdicts')
          ? undefined
          : { kind: 'text', text: 'They speak of **speed** and of <b>matches</b>.' },
      )
      const results = await expectResults(workbench, 'items.jsonl', '2 results')
      await results.getByRole('button', { name: 'Ask about these' }).click()
      const box = frame.getByRole('textbox', { name: 'Question' })
      await box.fill('What do they speak of?')
      await page.keyboard.press('Enter')
      const exchange = frame.getByRole('article', { name: 'Question: What do they speak of?' })
      await exchange.getByText('work/fake-model').waitFor()
      await exchange.locator('strong', { hasText: 'speed' }).waitFor()
      // What a model writes is text.
      await exchange.getByText('<b>matches</b>').waitFor()
      await page.screenshot({ path: 'test-output/vscode/conversation.png' })
      await workbench.command('View: Close All Editors')
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
