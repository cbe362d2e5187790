import { strict as assert } from 'node:assert'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Page } from 'playwright-core'
import { expectResults, panelOf } from '../../support/vscode/panel.ts'
import { type Case, cases, until } from '../../support/vscode/runner.ts'
import { sayWhatTheseAre } from '../../support/vscode/setup.ts'
import { workbenchOf } from '../../support/vscode/workbench.ts'

/** The package as it is installed: what `.vscodeignore` left out or the bundler did not take in shows here. */
export function packagedCases({ page, workspace }: { page: Page; workspace: string }): Case[] {
  const workbench = workbenchOf(page)
  const rows = [
    { id: 'A-1', text: 'The new processor makes computers and software faster.' },
    { id: 'A-2', text: 'The football team won the match in the stadium.' },
  ]
  writeFileSync(path.join(workspace, 'items.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'))

  return cases({
    'the installed package starts and both tasks are ready': async () => {
      await workbench.statusBar.filter({ hasText: 'LLM: ready' }).waitFor()
      await workbench.openView()
      await workbench.treeRow('builtin').filter({ hasText: 'ready' }).waitFor()
    },

    'the installed package categorizes and scores a file': async () => {
      await workbench.openFile('items.jsonl')
      await workbench.command('LLM Providers: Categorize and score')
      await sayWhatTheseAre(page, { list: 'Support' })
      await expectResults(workbench, 'items.jsonl', '2 results')
      const results = path.join(workspace, 'items.results.jsonl')
      assert.ok(existsSync(results))
      const ids = readFileSync(results, 'utf8')
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { id: string }).id)
      assert.deepEqual(
        ids,
        rows.map(({ id }) => id),
      )
    },

    'the installed package has every page of the settings panel': async () => {
      const panel = panelOf(workbench)
      await panel.open()
      const pages = panel.frame.getByRole('navigation', { name: 'Settings' }).getByRole('button')
      const titles = await until('all pages', async () => {
        const listed = await pages.allInnerTexts()
        return listed.length >= 7 && listed
      })
      for (const title of titles) await panel.goTo(title)
      await workbench.command('View: Close All Editors')
    },

    'every kind of provider of the package can be chosen': async () => {
      const { frame, button } = panelOf(workbench)
      await workbench.command('LLM Providers: Add provider')
      await frame.getByRole('heading', { name: 'Connect a provider' }).waitFor()
      for (const kind of [/^Ollama/, /^OpenAI\b(?!-)/, /^Anthropic/, /^OpenAI-compatible/]) {
        await button(kind).first().waitFor()
      }
    },
  })
}
