import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { RunRequest, RunView } from '../../protocol/runs.ts'
import { startTestEditor, type TestEditor } from '../support/documents/editor.ts'
import { startTestServer, type TestServer } from '../support/protocol/testServer.ts'

let folder: string
let editor: TestEditor
let server: TestServer

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'documents-')))
  editor = await startTestEditor(folder, { dataDir: join(folder, '.data') })
  server = editor.server
})
afterEach(async () => {
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})

async function run(path: string, changes: Partial<RunRequest> = {}, on: TestServer = server): Promise<RunView> {
  let told: (view: RunView) => void = () => undefined
  const ended = new Promise<RunView>((resolve) => {
    told = resolve
  })
  const listening = on.connection.onNotification('run/progress', (view: RunView) => {
    if (view.finishedAt !== null) told(view)
  })
  const started = await on.request('run/start', {
    tasks: ['categorization', 'scoring'],
    source: { kind: 'paths', paths: [path] },
    override: { provider: 'builtin' },
    ...changes,
  })
  if (!started.ok) throw new Error(started.reason.message)
  const view = await ended
  listening.dispose()
  return view
}

async function write(name: string, text: string): Promise<string> {
  const path = join(folder, name)
  await mkdir(join(path, '..'), { recursive: true })
  await writeFile(path, text)
  return path
}

const issues = [
  { id: 7, text: 'The compiler of the software crashes when a program is built' },
  { id: 8, text: 'A vaccine against the disease was found by the hospital' },
  { id: 9, text: '🎉 The government holds an election and votes on a new law' },
]
const rows = (all: readonly object[], end = '\n') => all.map((row) => `${JSON.stringify(row)}${end}`).join('')

describe('what a file with results shows', () => {
  test('a hint for each record, a lens above, everything on hovering', async () => {
    const path = await write('in.jsonl', rows(issues))
    const view = await run(path)
    const open = editor.open(path, rows(issues))
    const hints = await open.hints()
    expect(hints.map(({ line, character }) => [line, character])).toEqual([
      [0, 0],
      [1, 0],
      [2, 0],
    ])
    expect(hints[1]?.label).toMatch(/^Health.* · \d+\.\d$/)
    expect(await open.lenses()).toMatchObject([
      { command: { title: '3 results', command: 'llmProviders.openResults', arguments: [view.runId] } },
    ])
    const hover = (await open.hover({ line: 1, character: 5 })) ?? ''
    for (const words of [
      'Categories',
      'Health',
      'Score',
      'interest',
      'quality',
      'Why this model',
      'builtin',
      'Prompt',
      'Cost',
    ]) {
      expect(hover).toContain(words)
    }
    const [, hint] = await open.rawHints()
    const resolved = await server.connection.sendRequest<{ tooltip: { value: string } }>('inlayHint/resolve', hint)
    expect(resolved.tooltip.value).toBe(hover)
  })

  test('a file without results, and one that is closed, show nothing', async () => {
    const path = await write('in.jsonl', rows(issues))
    const other = await write('other.jsonl', rows(issues))
    await run(path)
    const silent = editor.open(other, rows(issues))
    expect([await silent.hints(), await silent.lenses(), await silent.hover({ line: 0, character: 0 })]).toEqual([
      [],
      [],
      null,
    ])
    expect(await server.request('document/results', { paths: [path, other, join(folder, 'none')] })).toMatchObject({
      ok: true,
      value: { rows: [{ path }] },
    })
    const open = editor.open(path, rows(issues))
    expect(await open.hints()).toHaveLength(3)
    open.close()
    expect([await open.hints(), await open.lenses()]).toEqual([[], []])
  })
})
