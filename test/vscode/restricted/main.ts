import { strict as assert } from 'node:assert'
import path from 'node:path'
import { type CodeAction, commands, extensions, lm, Range, Uri, workspace } from 'vscode'
import type { LlmProvidersApi } from '../../../api/llm-providers.js'
import { runAndReport } from '../../support/vscode/reportFile.ts'
import { cases, until } from '../../support/vscode/runner.ts'
import { judge } from '../inside/inFileCases.ts'
import {
  chooseStoredProfile,
  connected,
  extensionId,
  lastMessage,
  open,
  openApp,
  perform,
  shownResults,
  workspaceFolder,
  writeFile,
} from '../inside/world.ts'

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
    assert.match(status.item.text, /LLM: ready/)
    const { views } = await openApp()
    for (const { tree } of [views.providers, views.runs]) assert.match(tree.message ?? '', /^Restricted Mode: /)
  },

  'the profile of an untrusted workspace has no say': async () => {
    writeFile('.llm-providers/profile.yaml', profile)
    await chooseStoredProfile()
    const article = writeFile('article.md', 'A compiler for a programming language makes software faster.')
    await perform('llmProviders.categorize', [Uri.file(article.fsPath)])
    const { run, results } = await shownResults()
    assert.deepEqual([run.counts.total, run.counts.ok], [1, 1])
    assert.doesNotMatch(JSON.stringify(results), /Chosen by the workspace/)
  },

  'other extensions get nothing: neither the API nor a model': async () => {
    const extension = extensions.getExtension<LlmProvidersApi>(extensionId)
    assert.ok(extension)
    const api = await extension.activate()
    for (const call of [
      api.readiness(),
      api.categorize('a text'),
      api.run({ paths: [workspaceFolder()] }),
      api.results('x'),
    ]) {
      await assert.rejects(call, { code: 'untrusted' })
    }
    assert.deepEqual(await lm.selectChatModels({ vendor: 'llm-providers' }), [])
    const server = await connected()
    const saved = { provider: 'vs', kind: 'vscode-lm', config: {}, create: true } as const
    assert.ok((await server.request('provider/save', saved)).ok)
    const tested = await server.request('provider/test', { provider: 'vs' })
    assert.ok(!tested.ok && tested.reason.code === 'editor_absent' && tested.reason.why === 'untrusted')
    assert.ok((await server.request('provider/remove', { provider: 'vs', confirm: true })).ok)
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

  'results are shown in the file, and nothing is offered that would write into the workspace': async () => {
    const uri = writeFile('rows.jsonl', '{"id": 1, "text": "A compiler makes software faster."}\n')
    await judge(uri)
    await open(uri)
    const { inFile } = await openApp()
    await until('the document with the server', () => inFile.shows(uri))
    const range = new Range(0, 5, 0, 5)
    const fixes = await commands.executeCommand<CodeAction[]>('vscode.executeCodeActionProvider', uri, range)
    const ours = fixes.filter(({ command }) => command?.command.startsWith('llmProviders.'))
    assert.deepEqual(
      ours.map(({ title }) => title),
      ['Why this model?', 'Show in the results panel'],
    )
    const told = await perform('llmProviders.correctCategory', [])
    assert.match(lastMessage(told).text, /only if you trust it/)
  },
})

export function run(): Promise<void> {
  return runAndReport(restrictedCases)
}
