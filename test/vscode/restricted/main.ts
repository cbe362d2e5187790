import { strict as assert } from 'node:assert'
import path from 'node:path'
import { Uri, workspace } from 'vscode'
import { runAndReport } from '../../support/vscode/reportFile.ts'
import { cases } from '../../support/vscode/runner.ts'
import { connected, openApp, perform, resultsPage, workspaceFolder, writeFile } from '../inside/world.ts'

const profile = `categories:
  - name: Chosen by the workspace
    description: anything at all, software, compilers, everything
interests: compilers
`

const restrictedCases = cases({
  'the window is in Restricted Mode, and the extension works in it': async () => {
    assert.equal(workspace.isTrusted, false)
    const { status } = await openApp()
    await connected()
    assert.match(status.item.text, /Categorization/)
  },

  'the profile of an untrusted workspace has no say': async () => {
    writeFile('.llm-providers/profile.yaml', profile)
    const article = writeFile('article.md', 'A compiler for a programming language makes software faster.')
    await perform('llmProviders.categorize', [Uri.file(article.fsPath)])
    const page = (await resultsPage()).getText()
    assert.match(page, /1 item: 1 ok/)
    assert.doesNotMatch(page, /Chosen by the workspace/)
  },

  'settings of an untrusted workspace choose neither endpoint nor route nor data folder': async () => {
    const app = await openApp()
    const { state } = app.lifetime
    assert.ok(state.kind === 'running')
    const inside = path.relative(workspaceFolder(), state.process.info.dataDir)
    assert.ok(inside.startsWith('..'), `data in the workspace: ${inside}`)
    const endpoints = app.snapshots.current?.providers.map(({ endpoint }) => endpoint) ?? []
    assert.doesNotMatch(JSON.stringify(endpoints), /attacker/)
    assert.doesNotMatch(JSON.stringify(app.snapshots.current?.routes), /attacker/)
  },
})

export function run(): Promise<void> {
  return runAndReport(restrictedCases)
}
