import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startTestEditor, type TestEditor } from '../support/documents/editor.ts'

let folder: string
let editor: TestEditor
const path = () => join(folder, '.llm-providers', 'profile.yaml')

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'profiles-')))
  await mkdir(join(folder, '.llm-providers'))
  editor = await startTestEditor(folder, { dataDir: join(folder, '.data') })
})
afterEach(async () => {
  await editor.server.stop()
  await rm(folder, { recursive: true, force: true })
})

const profile = 'categories:\n  - name: Crash\n    description: crash, hang, error\n  - name: "Ze*bra"\n'

async function judge(rows: number): Promise<void> {
  await writeFile(path(), profile)
  const items = join(folder, 'items.jsonl')
  const lines = Array.from({ length: rows }, (_, at) => JSON.stringify({ id: `${at}`, text: `A crash, number ${at}` }))
  await writeFile(items, lines.join('\n'))
  const ended = new Promise<void>((resolve) => {
    editor.server.connection.onNotification('run/progress', ({ finishedAt }: { finishedAt: string | null }) => {
      if (finishedAt !== null) resolve()
    })
  })
  const started = await editor.server.request('run/start', {
    tasks: ['categorization'],
    source: { kind: 'paths', paths: [items] },
    override: { provider: 'builtin' },
    workspaceFolder: folder,
  })
  expect(started.ok).toBe(true)
  await ended
}

test('what is wrong stands where it is, and goes when it is mended', async () => {
  const open = editor.open(path(), profile.replace('  - name: "Ze', '  - nam: "Ze'))
  await open.until(() => open.diagnostics().length > 0)
  expect(open.diagnostics()[0]).toMatchObject({ severity: 1, range: { start: { line: 3 } } })
  expect(await open.hover({ line: 1, character: 12 })).toBeNull()
  open.edit('nam:', 'name:')
  await open.until(() => open.diagnostics().length === 0)
})

test('a category says how many results and labels have it; one that none has can be hidden', async () => {
  await judge(120)
  const open = editor.open(path(), profile)
  await open.until(() => open.diagnostics().length > 0)
  expect(await open.hover({ line: 1, character: 12 })).toContain('120 of 120 results')
  expect(await open.hover({ line: 3, character: 12 })).toContain('Ze\\*bra')
  expect(await open.hover({ line: 2, character: 12 })).toBeNull()
  expect(open.diagnostics()).toMatchObject([{ code: 'unused', range: { start: { line: 3, character: 10 } } }])
  const { uri } = open
  const [fix] = await editor.server.connection.sendRequest<
    { edit: { changes: Record<string, { newText: string }[]> } }[]
  >('textDocument/codeAction', {
    textDocument: { uri },
    range: open.diagnostics()[0]?.range,
    context: { diagnostics: open.diagnostics() },
  })
  expect(fix?.edit.changes[uri]).toMatchObject([{ newText: '\n    hidden: true' }])
  open.edit('  - name: "Ze*bra"', '  - name: "Ze*bra"\n    hidden: true')
  await open.until(() => open.diagnostics().length === 0)
})

test('hostile texts are told about, and end nothing', async () => {
  const open = editor.open(path(), '')
  await open.until(() => open.diagnostics().length > 0)
  open.close()
  const deep = editor.open(path(), '['.repeat(5000))
  await deep.until(() => deep.diagnostics().length > 0)
  deep.edit('[', 'categories: [{ name: A, name: B }]\n#')
  await deep.until(() => deep.diagnostics()[0]?.message !== undefined)
  const far = editor.open(join(folder, 'profile.yaml'), '- nothing of ours')
  expect(await far.hover({ line: 0, character: 3 })).toBeNull()
})
