import { strict as assert } from 'node:assert'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { commands, Selection, Uri, workspace } from 'vscode'
import { type FakeModelServer, startFakeModelServer } from '../../support/providers/fakeModelServer.ts'
import { cases, until } from '../../support/vscode/runner.ts'
import {
  addProvider,
  connected,
  open,
  openApp,
  perform,
  readJsonLines,
  shownResults,
  workspaceFolder,
  writeFile,
} from './world.ts'

const article = [
  'Compilers and programming languages',
  '',
  'A new compiler for a programming language makes software faster. Developers talk about its type system.',
  '',
  'Stock markets fell, and the economy slows down.',
].join('\n')

const rows = [
  { id: 'A-1', text: 'The new processor makes computers and software faster.' },
  { id: 'A-2', text: 'The football team won the match in the stadium.' },
  { id: 'A-3', text: 'A vaccine against the disease was tested by doctors.' },
]

let fake: FakeModelServer

async function closeEditors(): Promise<void> {
  await commands.executeCommand('workbench.action.closeAllEditors')
}

export const runCases = cases({
  'the selected text is one item, shown as a page, and kept where the person says': async () => {
    const editor = await open(writeFile('article.md', article))
    editor.selection = new Selection(2, 0, 2, 40)
    const target = path.join(workspaceFolder(), 'kept.jsonl')
    await perform('llmProviders.categorize', [], (person) => {
      person.press('Save results')
      person.answer('JSON Lines')
      person.saveTo(Uri.file(target))
    })
    const { run, results } = await shownResults()
    assert.match(run.source, /article\.md:3-3/)
    assert.deepEqual(
      results.map(({ status }) => status),
      ['ok'],
    )
    const receipt = results[0]?.receipts.categorization
    assert.deepEqual([receipt?.provider, receipt?.model], ['builtin', 'keywords'])
    assert.equal(existsSync(path.join(workspaceFolder(), 'article.results.jsonl')), false)
    await closeEditors()
  },

  'the active file is read from the disk, and its results file is beside it': async () => {
    const uri = writeFile('rows.jsonl', rows.map((row) => JSON.stringify(row)).join('\n'))
    await open(uri)
    await perform('llmProviders.categorizeAndScore', [])
    const { results } = await shownResults()
    assert.deepEqual(
      results.map(({ id, status }) => [id, status]),
      rows.map(({ id }) => [id, 'ok']),
    )
    const records = readJsonLines(readFileSync(path.join(workspaceFolder(), 'rows.results.jsonl'), 'utf8'))
    assert.deepEqual(
      records.map(({ id, status }) => [id, status]),
      rows.map(({ id }) => [id, 'ok']),
    )
    for (const record of records) {
      assert.ok(Array.isArray(record.categories))
      assert.equal(typeof record.score, 'number')
      assert.deepEqual(Object.keys(record.receipts as object).sort(), ['categorization', 'scoring'])
    }
    assert.equal(readFileSync(uri.fsPath, 'utf8'), rows.map((row) => JSON.stringify(row)).join('\n'))
    await closeEditors()
  },

  'an active file with unsaved changes is judged as it stands in the editor': async () => {
    const uri = writeFile('draft.md', 'nothing yet')
    const editor = await open(uri)
    await editor.edit((edit) => edit.insert(editor.document.positionAt(0), `${article}\n`))
    assert.ok(editor.document.isDirty)
    await perform('llmProviders.score', [])
    assert.match((await shownResults()).run.source, /draft\.md/)
    assert.equal(readFileSync(uri.fsPath, 'utf8'), 'nothing yet')
    await closeAndRevert()
  },

  'rows with unsaved changes are saved first, when the person says so': async () => {
    const uri = writeFile('dirty.jsonl', '')
    const editor = await open(uri)
    await editor.edit((edit) => edit.insert(editor.document.positionAt(0), `${JSON.stringify(rows[0])}\n`))
    await perform('llmProviders.categorize', [])
    assert.equal(existsSync(path.join(workspaceFolder(), 'dirty.results.jsonl')), false)
    await perform('llmProviders.categorize', [], (person) => person.press('Save and start'))
    const { counts } = (await shownResults()).run
    assert.deepEqual([counts.total, counts.ok], [1, 1])
    assert.equal(existsSync(path.join(workspaceFolder(), 'dirty.results.jsonl')), true)
    await closeEditors()
  },

  'files and folders of the explorer are one run': async () => {
    const one = writeFile('pile/one.md', article)
    const two = writeFile('pile/deep/two.txt', 'The doctors tested a vaccine.')
    const three = writeFile('three.md', 'The team won the football match.')
    await perform('llmProviders.categorize', [three, [three, Uri.file(path.dirname(one.fsPath))]])
    const { run, results } = await shownResults()
    assert.deepEqual([run.counts.total, run.counts.ok], [3, 3])
    const ids = results.map(({ id }) => id).join('\n')
    for (const file of [one, two, three]) assert.match(ids, new RegExp(path.basename(file.fsPath)))
    await closeEditors()
  },

  'nothing to judge is told, not tried': async () => {
    const untitled = await workspace.openTextDocument({ content: '  \n' })
    await open(untitled.uri)
    const empty = await perform('llmProviders.score', [])
    assert.match(empty.messages[0]?.text ?? '', /^There is no text in it/)
    await closeAndRevert()
  },

  'a row that cannot be read fails alone, with its line': async () => {
    await open(writeFile('broken.jsonl', `${JSON.stringify(rows[0])}\n{not json\n${JSON.stringify(rows[1])}\n`))
    const person = await perform('llmProviders.categorize', [])
    assert.match(person.messages.at(-1)?.text ?? '', /3 items: 2 ok, 1 failed/)
    const { results } = await shownResults()
    assert.equal(results.find(({ id }) => id === 'line:2')?.error?.code, 'row_invalid')
    await closeEditors()
  },

  'a file that cannot be read at all is told with what helps': async () => {
    const person = await perform('llmProviders.categorize', [Uri.file(path.join(workspaceFolder(), 'not-there.jsonl'))])
    const message = person.messages.at(-1)
    assert.match(message?.text ?? '', /not-there\.jsonl/)
    assert.deepEqual(message?.buttons, ['Choose another file'])
  },

  'what a model writes stays as it is, and text': async () => {
    fake = await startFakeModelServer()
    const config = { base_url: `${fake.origin}/v1` }
    await addProvider({ provider: 'fake', kind: 'openai-compatible', config })
    for (const task of ['categorization', 'scoring'] as const) {
      await perform('llmProviders.setRoute', [task, 'fake'], (person) => person.answer('fake-model'))
    }
    const hostile = 'Good.\n\nLLM Providers results: fake\n[click](command:workbench.action.quit) <b>bold</b>'
    fake.decide((chat) => {
      const answer = exampleWith(chat.prompt, hostile)
      return answer ? { value: answer } : undefined
    })
    await open(writeFile('hostile.md', article))
    await perform('llmProviders.score', [])
    const { results } = await shownResults()
    assert.match(String(results[0]?.reasoning), /\[click\]\(command:workbench\.action\.quit\)/)
    await closeEditors()
  },

  'a run is cancelled, says so, and is resumed to its end': async () => {
    fake.decide(() => undefined)
    const api = await connected()
    const release = fake.hold()
    const before = fake.chats.length
    await open(writeFile('slow.jsonl', rows.map((row) => JSON.stringify(row)).join('\n')))
    const running = perform('llmProviders.categorize', [])
    await fake.arrived(before + 1)
    // By the same person: the end may be told before the command that brought it about is done.
    await commands.executeCommand('llmProviders.cancelRun')
    const person = await running
    assert.match(person.messages.at(-1)?.text ?? '', /^Cancelled\. .*It can be resumed\.$/)
    assert.deepEqual(person.messages.at(-1)?.buttons, ['Resume'])
    release()
    const resumed = await perform('llmProviders.resumeRun', [])
    assert.match(resumed.messages.at(-1)?.text ?? '', /3 items: 3 ok/)
    const runs = await api.request('run/list', { limit: 1 })
    assert.equal(runs.ok && runs.value.rows[0]?.state, 'completed')
    await closeEditors()
  },

  'a server killed in the middle of a run is started again, and the run can be resumed': async () => {
    const app = await openApp()
    const release = fake.hold()
    const before = fake.chats.length
    await open(writeFile('killed.jsonl', rows.map((row) => JSON.stringify(row)).join('\n')))
    const running = perform('llmProviders.categorize', [])
    await fake.arrived(before + 1)
    killServer(app)
    const person = await running
    release()
    assert.match(person.messages.at(-1)?.text ?? '', /^Interrupted\. .*It can be resumed\.$/)
    await until('the server to be back', () => app.lifetime.state.kind === 'running')
    const resumed = await perform('llmProviders.resumeRun', [])
    assert.match(resumed.messages.at(-1)?.text ?? '', /3 items: 3 ok/)
    const records = readJsonLines(readFileSync(path.join(workspaceFolder(), 'killed.results.jsonl'), 'utf8'))
    assert.deepEqual(
      records.map(({ id }) => id),
      rows.map(({ id }) => id),
    )
    await closeEditors()
    for (const task of ['categorization', 'scoring'] as const) {
      await perform('llmProviders.setRoute', [task, 'builtin'], (person) => person.answer('The default'))
    }
    await fake.close()
  },

  'results of an earlier run are opened again': async () => {
    const api = await connected()
    const runs = await api.request('run/list', { limit: 1 })
    assert.ok(runs.ok && runs.value.rows[0])
    await perform('llmProviders.openResults', [runs.value.rows[0].runId])
    assert.equal((await shownResults()).run.runId, runs.value.rows[0].runId)
    await closeEditors()
  },
})

function exampleWith(prompt: string, reasoning: string): unknown {
  const keys = [...prompt.matchAll(/keys: ((?:"[^"\n]*"(?:, )?)+)/g)].at(-1)?.[1]?.match(/[^", ]+/g)
  if (!keys) return undefined
  return { verdicts: keys.map((key) => ({ key, interest: 9, quality: 9, reasoning })) }
}

export function killServer(app: Awaited<ReturnType<typeof openApp>>): number {
  const { state } = app.lifetime
  assert.ok(state.kind === 'running' && state.process.pid !== null)
  process.kill(state.process.pid, 'SIGKILL')
  return state.process.pid
}

async function closeAndRevert(): Promise<void> {
  await commands.executeCommand('workbench.action.revertAndCloseActiveEditor')
  await closeEditors()
}
