import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../support/protocol/testServer.ts'

let folder: string
let server: TestServer

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'offers-')))
  server = await startTestServer({ dataDir: join(folder, 'data') })
})
afterAll(async () => {
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})

async function offerOf(name: string, text: string) {
  const path = join(folder, 'ws', name)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
  const answer = await server.request('document/offer', { path })
  if (!answer.ok) throw new Error(answer.reason.message)
  return answer.value
}

const words = (count: number) =>
  Array.from({ length: count }, (_, nth) => ({ id: nth, text: `The printer of floor ${nth} does not print any more` }))
const lines = (rows: readonly unknown[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('')
const feed = `<rss><channel>${'<item><title>A new law was passed today</title></item>'.repeat(4)}</channel></rss>`
const sarif = {
  version: '2.1.0',
  $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
  runs: [{ tool: { driver: { name: 'x' } }, results: [{ ruleId: 'a', message: { text: 'Unused' } }] }],
}
const log = Array.from({ length: 6 }, (_, nth) => `2026-01-0${nth + 1} 10:00:00 ERROR disk full\n    at line\n`).join(
  '',
)

test.each<[name: string, text: string, rows: number]>([
  ['tickets.jsonl', lines(words(50)), 50],
  ['export.json', JSON.stringify(words(7), null, 2), 7],
  ['answer.json', JSON.stringify({ total: 2, items: words(3) }), 3],
  ['cells.csv', `id,text\n${'7,"two lines\nof one cell, here"\n'.repeat(4)}`, 4],
  ['tabs.tsv', 'id\ttext\n1\tIt does not print today\n2\tIt prints too much\n', 2],
  ['server.log', log, 6],
  ['日本語.csv', '番号,本文\n1,印刷できなくなりました\n2,電源が入りません\n', 2],
  ['news.xml', feed, 4],
  ['findings.sarif', JSON.stringify(sarif), 1],
  ['note.md', '---\ntitle: On printers\n---\nThey break.\n', 1],
])('%s is offered with its rows', async (name, text, rows) => {
  expect(await offerOf(name, text)).toMatchObject({ rows, isAbout: false })
})

test.each<[name: string, text: string]>([
  ['package.json', JSON.stringify({ name: 'x', keywords: ['a'], contributors: words(3) })],
  ['tsconfig.base.json', JSON.stringify({ compilerOptions: {}, references: words(2) })],
  ['api.json', JSON.stringify({ openapi: '3.1.0', tags: [{ name: 'a', description: 'All that is about printers' }] })],
  ['.vscode/tasks.json', JSON.stringify({ version: '2.0.0', tasks: words(3) })],
  ['node_modules/x/data.json', JSON.stringify(words(3))],
  ['main.ts', 'export const rows = [{ text: "The printer of floor one" }]\n'],
  ['script.py', '# 2026-01-01 10:00:00 changed\nprint("x")\n'],
  ['figures.csv', 'x,y\n1,2\n3,4\n5,6\n'],
  [
    'points.json',
    JSON.stringify([
      { x: 1, y: 2 },
      { x: 3, y: 4 },
    ]),
  ],
  ['words.json', JSON.stringify({ greeting: 'Hello to all of you', farewell: 'See you next time again' })],
  ['README.md', '# Printers\n\nThey break.\n'],
  ['plain.md', '# Printers\n\nThey break.\n'],
  ['prose.txt', 'Printers break.\nThey are mended, and break again.\n'],
  ['pom.xml', '<project><dependencies><dependency>a b c d</dependency></dependencies></project>'],
  ['tickets.results.jsonl', lines(words(3))],
  ['empty.jsonl', ''],
  ['large.jsonl', lines(words(1)).repeat(100_000)],
  ['config.yaml', '- name: a\n  text: the printer of floor one\n'],
])('%s is not offered', async (name, text) => {
  expect(await offerOf(name, text)).toBeNull()
})
