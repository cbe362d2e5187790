import { strict as assert } from 'node:assert'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { type ScriptedServer, startScriptedServer } from '../../support/providers/scriptedServer.ts'
import { expectResults } from '../../support/vscode/panel.ts'
import { type Case, cases, until, untilEqual } from '../../support/vscode/runner.ts'
import { hasEnded } from '../../support/vscode/workbench.ts'
import type { PanelWorld } from './panelWorld.ts'

const topics = ['key', 'crash', 'ink', 'paper', 'printer']

/** How often a text speaks of each topic: texts of one topic are near to each other. */
function vectorOf(text: string): number[] {
  return topics.map((topic) => text.toLowerCase().split(topic).length - 1).concat(0.1)
}

/** A server without a key that lists one model, which embeds. */
async function startEmbedder(): Promise<ScriptedServer> {
  const server = await startScriptedServer()
  server.play((response, { path: asked, body }) => {
    const answer = (value: object) =>
      void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
    if (asked === '/v1/models') return answer({ object: 'list', data: [{ id: 'vec', object: 'model' }] })
    if (asked !== '/v1/embeddings') return void response.writeHead(404).end()
    const texts = [JSON.parse(body).input].flat() as string[]
    const data = texts.map((text, index) => ({ index, embedding: vectorOf(text) }))
    answer({ data, usage: { prompt_tokens: 7 * texts.length, total_tokens: 7 * texts.length } })
  })
  return server
}

/** Knowledge bases: made in the editor's own dialogs, built after a question, searched, and asked for what is like a result. */
export function knowledgeCases({ page, workbench, panel, workspace, provider }: PanelWorld): Case[] {
  const { frame, button, field, row } = panel
  const notes = path.join(workspace, 'notes')
  const base = row('notes')
  let embedder: ScriptedServer
  const embedded = () => embedder.requests.filter((request) => request.path === '/v1/embeddings').length

  /** In the editor's own dialog for files, which is a list here: of a folder the first press only goes into it. */
  async function chooseInDialog(title: string, file: string): Promise<void> {
    const { quickInput } = workbench
    await quickInput.locator('.quick-input-title', { hasText: title }).waitFor()
    const input = quickInput.locator('input')
    const found = quickInput.locator('.monaco-list-row.focused', { hasText: path.basename(file) })
    // The dialog writes its own path once it has read the folder, over what was typed before, and what was typed while it read is looked at
    // by nobody: it is typed anew.
    await until('the file to be found', async () => {
      if ((await input.inputValue()) === file && (await found.isVisible())) return true
      await input.fill(`${path.dirname(file)}/`)
      await input.fill(file)
      return await hasEnded(found.waitFor({ timeout: 3_000 }))
    })
    const add = quickInput.getByRole('button', { name: 'Add', exact: true })
    await add.click()
    await until('the dialog to be closed', async () => {
      if (!(await quickInput.isVisible())) return true
      // It may close under the pointer.
      if ((await input.inputValue()) === `${file}/`) await add.click({ timeout: 1_000 }).catch(() => undefined)
      return false
    })
  }

  return cases({
    'a model that embeds is found and registered': async () => {
      embedder = await startEmbedder()
      await panel.open()
      await panel.goTo('Providers')
      await button('Add provider').first().click()
      await field('Address of a server or service').fill(`${embedder.origin}/v1`)
      await frame.getByRole('radio', { name: 'vec' }).waitFor()
      await button('Add and test').click()
      await row('openai-compatible').waitFor()
      await panel.goTo('Models')
      await field('Search').fill('vec')
      await button('Edit vec of openai-compatible').click()
      await panel.choose('What does it do?', /embedding/i)
      await button('Save').click()
      await frame.getByRole('combobox', { name: 'Status' }).waitFor()
      await button('Back to the list').click()
    },

    'a knowledge base is made of a folder and a file that are chosen in the editor': async () => {
      mkdirSync(notes)
      writeFileSync(path.join(notes, 'keys.md'), '# Keys\n\nA key stands in the secret store.\n')
      writeFileSync(path.join(notes, 'runs.md'), '# Runs\n\nA run goes on after a crash.\n')
      const other = path.join(workspace, 'other.md')
      writeFileSync(other, 'The ink and the paper.\n')
      await panel.goTo('Knowledge bases')
      await button('New knowledge base …').click()
      await field('Name').fill('notes')
      await button('Add folders …').click()
      await chooseInDialog('Folders of the knowledge base', notes)
      await button(`Leave out ${notes}`).waitFor()
      await button('Add files …').click()
      await chooseInDialog('Files of the knowledge base', other)
      await button(`Leave out ${other}`).waitFor()
      await button('Add results …').click()
      await workbench.find('Results of the knowledge base', 'items.jsonl')
      await button(/^Leave out Results of items\.jsonl \(/).click()
      await button(/^Leave out Results of/).waitFor({ state: 'detached' })
      // What was typed and chosen is there when the panel comes back.
      await workbench.openFile('items.jsonl')
      await panel.tab.click()
      await button(`Leave out ${other}`).click()
      await button(`Leave out ${other}`).waitFor({ state: 'detached' })
      await untilEqual('the name', () => field('Name').inputValue(), 'notes')
      await button('Create').click()
      await base.getByText('not built yet').waitFor()
    },

    'it is built after saying what is sent where, and searched; a hit opens its file at its line': async () => {
      await button('Build notes').click()
      const question = frame.getByRole('dialog', { name: 'Build the knowledge base "notes"?' })
      await question.getByText(`at ${embedder.origin}/v1`).waitFor()
      assert.equal(embedded(), 0)
      await question.getByRole('button', { name: 'Build', exact: true }).click()
      await base.getByText(/^Built notes: 2 chunks, 2 embedded now/).waitFor()
      await base.getByRole('textbox', { name: 'Search by meaning' }).fill('after a crash')
      await page.keyboard.press('Enter')
      const hits = base.getByRole('list', { name: 'Hits in notes' })
      await hits.getByRole('listitem').first().getByText('A run goes on after a crash.').waitFor()
      await page.screenshot({ path: 'test-output/vscode/knowledge.png' })
      await hits.getByRole('button', { name: 'notes/runs.md:1' }).click()
      await page.locator('.tab.active', { hasText: 'runs.md' }).waitFor()
      await panel.tab.click()
    },

    'a question is asked about it, which leads back to it': async () => {
      const { decide } = await provider()
      decide(({ system }) => (system.includes('verdicts') ? undefined : { kind: 'text', text: 'It goes on.' }))
      await button('Ask about notes').click()
      // Nobody is the default: the conversation says so, and a person chooses.
      await frame.getByText('No model is the default for generation').waitFor()
      await panel.choose('Model of the next question', 'work/fake-model')
      await frame.getByText('No model is the default for generation').waitFor({ state: 'detached' })
      await field('Question').fill('What of a crash?')
      await field('Question').press('Enter')
      const exchange = frame.getByRole('article', { name: 'Question: What of a crash?' })
      await exchange.getByText('It goes on.').waitFor()
      await frame.getByText('About the knowledge base notes').waitFor()
      await button('Open').click()
      await base.waitFor()
      await workbench.command('View: Close All Editors')
    },

    'the items of a run are embedded after a question of the editor, and what is alike leads to its row': async () => {
      await workbench.openFile('three.jsonl')
      await workbench.command('LLM Providers: Open results')
      await workbench.find('Open results', 'three.jsonl')
      const results = await expectResults(workbench, 'three.jsonl', '3 results')
      const cell = (id: string) => results.getByRole('row', { name: new RegExp(`\\b${id}\\b`) })
      await cell('B-0').dblclick()
      const similar = results.getByRole('region', { name: 'Similar items' })
      await similar.getByRole('button', { name: 'Find similar items …' }).click()
      const question = page.getByRole('dialog').filter({ hasText: 'Find similar items by embeddings?' })
      await question.getByText(`at ${embedder.origin}/v1`).waitFor()
      const before = embedded()
      await question.getByRole('button', { name: 'Cancel' }).click()
      await similar.getByRole('button', { name: 'Find similar items …' }).click()
      await question.getByRole('button', { name: 'Embed' }).click()
      await untilEqual('what is alike', () => similar.getByRole('listitem').count(), 2)
      assert.ok(embedded() > before)
      await page.screenshot({ path: 'test-output/vscode/similar.png' })
      await similar.getByRole('button', { name: /^B-2/ }).click()
      await results.getByRole('region', { name: 'The item B-2' }).waitFor()
      await until('its row to be chosen', async () => (await cell('B-2').getAttribute('aria-selected')) === 'true')
      await workbench.command('View: Close All Editors')
    },

    'a base is removed, and then the provider that it was the last to need': async () => {
      await panel.open()
      await panel.goTo('Knowledge bases')
      await button('Remove notes').click()
      await frame.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click()
      await base.waitFor({ state: 'detached' })
      await panel.goTo('Providers')
      await button('Remove openai-compatible').click()
      const question = frame.getByRole('dialog')
      await question.getByText(/the knowledge base run-/).waitFor()
      await question.getByRole('button', { name: 'Remove', exact: true }).click()
      await row('openai-compatible').waitFor({ state: 'detached' })
      await embedder.close()
    },
  })
}
