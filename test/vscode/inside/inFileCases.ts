import { strict as assert } from 'node:assert'
import { readFileSync, renameSync } from 'node:fs'
import path from 'node:path'
import {
  type CodeAction,
  type CodeLens,
  type CompletionList,
  ConfigurationTarget,
  commands,
  type Hover,
  type InlayHint,
  languages,
  type MarkdownString,
  Position,
  Range,
  TabInputWebview,
  type TextDocument,
  Uri,
  WorkspaceEdit,
  window,
  workspace,
} from 'vscode'
import { createResultsCommands } from '../../../client/panel/resultsCommands.ts'
import { cases, until } from '../../support/vscode/runner.ts'
import { connected, lastMessage, open, openApp, perform, shownResults, workspaceFolder, writeFile } from './world.ts'

const rows = [
  { id: 1, text: 'The new processor makes computers and software faster.' },
  { id: 2, text: 'The hospital has a vaccine against the disease.' },
]
const text = `${rows.map((row) => JSON.stringify(row)).join('\n')}\n{"id": 3, "nothing": 1}\n`

const shown = 'shown.jsonl'

/** The first case has written it. Written again while it is open it would be read again, and what is typed meanwhile be lost. */
const shownUri = () => Uri.file(path.join(workspaceFolder(), shown))

export async function judge(uri: Uri): Promise<void> {
  const api = await connected()
  const started = await api.request('run/start', {
    tasks: ['categorization', 'scoring'],
    source: { kind: 'paths', paths: [uri.fsPath] },
    override: { provider: 'builtin' },
  })
  assert.ok(started.ok)
  const { runId } = started.value
  await until('the end of the run', async () => {
    const run = await api.request('run/get', { runId })
    return run.ok && run.value.revision?.isKept
  })
}

async function hintsOf(uri: Uri): Promise<string[]> {
  const hints = await commands.executeCommand<InlayHint[]>(
    'vscode.executeInlayHintProvider',
    uri,
    new Range(0, 0, 99, 0),
  )
  const all = hints.map(({ label, position }) => [position.line, wordsOf(label).trimEnd()] as const)
  // What only keeps the column is none.
  return all.flatMap(([line, label]) => (label === '' ? [] : [`${line}: ${label}`]))
}

const wordsOf = (label: InlayHint['label']) =>
  typeof label === 'string' ? label : label.map(({ value }) => value).join('')

async function titlesOf(uri: Uri): Promise<(string | undefined)[]> {
  const lenses = await commands.executeCommand<CodeLens[]>('vscode.executeCodeLensProvider', uri)
  return lenses.map(({ command }) => command?.title)
}

async function fixesAt(uri: Uri, line: number): Promise<CodeAction[]> {
  const range = new Range(line, 5, line, 5)
  return commands.executeCommand<CodeAction[]>('vscode.executeCodeActionProvider', uri, range)
}

const ours = (uri: Uri) => languages.getDiagnostics(uri).filter(({ source }) => source === 'LLM Providers')

async function set(name: string, value: boolean | undefined): Promise<void> {
  await workspace.getConfiguration('llmProviders').update(name, value, ConfigurationTarget.Global)
}

export const inFileCases = cases({
  'a data file is offered to be judged until it is, unless that is switched off, and code is not': async () => {
    const app = await openApp()
    await connected()
    const data = writeFile('offered.jsonl', text)
    const code = writeFile('tsconfig.json', JSON.stringify({ compilerOptions: {}, references: rows }))
    await open(data)
    await until('the offer', async () => (await titlesOf(data))[0] === 'Categorize and score 3 rows')
    await until('the button', () => app.contextKeys.get('llmProviders.editorHasOffer') === true)
    await set('inFile.offer', false)
    await until('no offer', async () => (await titlesOf(data)).length === 0)
    await until('no button', () => app.contextKeys.get('llmProviders.editorHasOffer') === false)
    await set('inFile.offer', undefined)
    await until('the offer again', async () => (await titlesOf(data)).length === 1)
    await open(code)
    await until('none for code', () => app.contextKeys.get('llmProviders.editorHasOffer') === false)
    assert.deepEqual(await titlesOf(code), [])
    await open(data)
    await judge(data)
    await until('results', async () => (await titlesOf(data)).join() === '3 results, 1 failed')
    await until('no button any more', () => app.contextKeys.get('llmProviders.editorHasOffer') === false)
  },

  'what was edited is judged again from above the file, and nothing else is asked about': async () => {
    const uri = writeFile('edited.jsonl', text)
    const editor = await open(uri)
    await judge(uri)
    await until('results', async () => (await titlesOf(uri)).join() === '3 results, 1 failed')
    await editor.edit((edit) => edit.insert(new Position(1, JSON.stringify(rows[1]).length - 2), ' Really'))
    const lens = await until('the lens', async () => {
      const lenses = await commands.executeCommand<CodeLens[]>('vscode.executeCodeLensProvider', uri)
      return lenses.find(({ command }) => command?.title === 'Judge 1 changed')
    })
    await perform('llmProviders.judgeChanged', lens.command?.arguments ?? [], (person) =>
      person.press('Save and start'),
    )
    const { run } = await shownResults()
    assert.deepEqual([run.counts.ok, run.counts.reused], [2, 1])
    await open(uri)
    await until('nothing to judge', async () => (await titlesOf(uri)).join() === '3 results, 1 failed')
    await commands.executeCommand('workbench.action.closeAllEditors')
  },

  'a file without results is not sent, and shows them as soon as it has some': async () => {
    const app = await openApp()
    const uri = writeFile(shown, text)
    await open(uri)
    await connected()
    assert.equal(app.inFile.shows(uri), false)
    assert.deepEqual(await hintsOf(uri), [])
    await judge(uri)
    const hints = await until('hints', async () => {
      const found = await hintsOf(uri)
      return found.length === 3 && found
    })
    assert.match(hints[0] ?? '', /^0: .+ · \d+\.\d$/)
    assert.equal(hints[2], '2: failed')
    assert.deepEqual(await titlesOf(uri), ['3 results, 1 failed'])
    assert.equal(app.contextKeys.get('llmProviders.editorHasResults'), true)
  },

  'hovering tells the whole receipt, as text that can do nothing': async () => {
    const uri = shownUri()
    const hovers = await commands.executeCommand<Hover[]>('vscode.executeHoverProvider', uri, new Position(1, 8))
    const contents = hovers.flatMap((hover) => hover.contents as MarkdownString[])
    const mine = contents.find(({ value }) => value.includes('Why this model'))
    assert.ok(mine, JSON.stringify(contents))
    assert.match(mine.value, /builtin/)
    assert.ok(!mine.isTrusted && !mine.supportHtml)
  },

  'failed items are problems of the file': async () => {
    const uri = shownUri()
    const [problem] = await until('a problem', () => ours(uri).length === 1 && ours(uri))
    assert.equal(problem?.code, 'text_missing')
    assert.equal(problem?.range.start.line, 2)
  },

  'a correction is kept as a label, shown as one, and taken back': async () => {
    const uri = shownUri()
    const fixes = await fixesAt(uri, 1)
    const fix = fixes.find(({ title }) => title === 'Correct the category…')
    assert.ok(fix?.command, fixes.map(({ title }) => title).join())
    const [place] = fix.command.arguments ?? []
    await perform('llmProviders.correctCategory', [place], (person) => person.answer('Planning'))
    await until('the correction', async () => (await hintsOf(uri))[1]?.startsWith('1: corrected: Planning'))
    const golden = path.join(workspaceFolder(), '.llm-providers', 'golden.jsonl')
    assert.match(readFileSync(golden, 'utf8'), /"categories":\["Planning"\]/)
    await perform('llmProviders.correctScore', [place], (person) => person.answer('10', '10'))
    await until('the score', async () => (await hintsOf(uri))[1] === '1: corrected: Planning · 10.0')
    await perform('llmProviders.removeCorrection', [place])
    await until('none again', async () => (await hintsOf(uri))[1]?.startsWith('1: corrected') === false)
  },

  'commands check what they are given, and use the place of the cursor': async () => {
    const editor = await open(shownUri())
    const told = await perform('llmProviders.removeCorrection', [])
    assert.match(lastMessage(told).text, /Nobody has corrected/)
    const other = await perform('llmProviders.correctCategory', [{ uri: 'file:///etc/passwd', key: 'a'.repeat(24) }])
    assert.match(lastMessage(other).text, /no result at this place/)
    await perform('llmProviders.whyThisModel', [])
    assert.equal(editor.document.fileName.endsWith('shown.jsonl'), true)
  },

  'a fix leads to the result in the panel, and from there one comes back to its line': async () => {
    const app = await openApp()
    const uri = shownUri()
    const fix = (await fixesAt(uri, 1)).find(({ title }) => title === 'Show in the results panel')
    assert.equal(fix?.command?.command, 'llmProviders.openResult')
    await perform('llmProviders.openResult', fix.command.arguments ?? [])
    await until('the results panel in front', () => {
      const input = window.tabGroups.activeTabGroup.activeTab?.input
      return input instanceof TabInputWebview && input.viewType.endsWith('llmProviders.results')
    })
    const { runId } = app.resultsPanel
    const api = await connected()
    const item = await api.request('document/item', { uri: uri.toString(), at: { line: 1, character: 3 } })
    assert.ok(runId !== null && item.ok && item.value?.runId === runId)
    const { id, inputHash } = item.value.result
    assert.equal(await createResultsCommands(app)('openItem', { runId, id, inputHash }), null)
    await until('the line', () => window.activeTextEditor?.selection.active.line === 1)
  },

  'typing moves what is shown, and an edited record is told as changed': async () => {
    const { document } = await open(shownUri())
    const { uri } = document
    assert.equal(document.getText(), text)
    const edit = new WorkspaceEdit()
    edit.insert(uri, new Position(0, 0), '\n')
    edit.insert(uri, new Position(1, JSON.stringify(rows[1]).length - 2), ' Really')
    assert.ok(await workspace.applyEdit(edit))
    await until('moved hints', async () => {
      const hints = await hintsOf(uri)
      return hints.length === 3 && hints[1]?.startsWith('2: changed since: ')
    })
    await commands.executeCommand('workbench.action.files.revert')
    await until('the text as it was', () => !document.isDirty && document.getText() === text)
  },

  'a file that is renamed keeps what is shown in it, whoever has renamed it': async () => {
    const old = writeFile('before.jsonl', text)
    await judge(old)
    const renamed = Uri.file(path.join(workspaceFolder(), 'after.jsonl'))
    const edit = new WorkspaceEdit()
    edit.renameFile(old, renamed)
    assert.ok(await workspace.applyEdit(edit))
    await open(renamed)
    await until('the hints', async () => (await hintsOf(renamed)).length === 3)
    await commands.executeCommand('workbench.action.closeActiveEditor')
    const moved = Uri.file(path.join(workspaceFolder(), 'later.jsonl'))
    renameSync(renamed.fsPath, moved.fsPath)
    await open(moved)
    await until('the hints', async () => (await hintsOf(moved)).length === 3)
    await commands.executeCommand('workbench.action.closeActiveEditor')
  },

  'it can be switched off, and on again': async () => {
    const app = await openApp()
    const uri = shownUri()
    await set('inFile.hints', false)
    await until('no hints', async () => (await hintsOf(uri)).length === 0)
    assert.equal(ours(uri).length, 1)
    await set('inFile.diagnostics', false)
    await until('no problems', () => ours(uri).length === 0)
    assert.equal(app.inFile.shows(uri), false)
    await set('inFile.hints', undefined)
    await until('hints', async () => (await hintsOf(uri)).length === 3)
    assert.equal(ours(uri).length, 0)
    await set('inFile.diagnostics', undefined)
    await until('problems', () => ours(uri).length === 1)
  },

  'after a restart of the server it is all there again': async () => {
    const uri = shownUri()
    await perform('llmProviders.restartServer', [])
    await until('hints', async () => (await hintsOf(uri)).length === 3)
    await commands.executeCommand('workbench.action.closeAllEditors')
  },

  'a profile shows what is wrong with it, and how many results and labels a category has': async () => {
    await connected()
    const good = 'categories:\n  - name: Crash\n    description: The program ends, hangs or shows an error.\n'
    const twice = `${good}  - name: Ending\n    description: The program hangs, ends or shows an error.\n`
    const uri = writeFile('coded/.llm-providers/profile.yaml', `${good}  - nam: Slow\n`)
    const { document } = await open(uri)
    const told = () => languages.getDiagnostics(uri).map(({ range, message }) => `${range.start.line} ${message}`)
    await until('the mistake', () => told().some((line) => line.startsWith('3 ')))
    await replaceAll(document, twice)
    await until('what is nearly alike', () => told().join().includes('nearly alike') && told().length === 1)
    const hovers = await until('what is known of it', async () => {
      const found = await commands.executeCommand<Hover[]>('vscode.executeHoverProvider', uri, new Position(1, 12))
      return found.length > 0 ? found : null
    })
    const words = hovers.flatMap(({ contents }) => contents.map((each) => (each as MarkdownString).value)).join('\n')
    assert.match(words, /Crash/)
    assert.match(words, /0 of 0 results in this folder/)
    await replaceAll(document, `${twice}    weight: `)
    const offered = await until('what may be typed', async () => {
      const list = await commands.executeCommand<CompletionList>(
        'vscode.executeCompletionItemProvider',
        uri,
        new Position(5, 12),
      )
      const labels = list.items.map(({ label }) => (typeof label === 'string' ? label : label.label))
      return labels.includes('boost') ? labels : null
    })
    assert.ok(offered.includes('max'))
    await replaceAll(document, good)
    await until('nothing to be told of it', () => told().length === 0)
    await workspace.save(uri)
    await commands.executeCommand('workbench.action.closeAllEditors')
  },
})

async function replaceAll(document: TextDocument, text: string): Promise<void> {
  const edit = new WorkspaceEdit()
  edit.replace(document.uri, new Range(0, 0, document.lineCount, 0), text)
  assert.ok(await workspace.applyEdit(edit))
}
