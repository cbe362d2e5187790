import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCli } from '../../cli/runCli.ts'
import { AuditEntry } from '../../protocol/audit.ts'
import { succeed } from '../../protocol/outcome.ts'
import { fail } from '../../shared/fail.ts'
import { type Answers, fakeHost, hosting } from '../support/cli/fakeHost.ts'
import { fakeTerminal } from '../support/cli/fakeTerminal.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'llm-providers-audit-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const entries: AuditEntry[] = Array.from({ length: 250 }, (_, index) => ({
  id: 250 - index,
  at: '2026-11-21T10:00:00.000Z',
  what: 'provider',
  target: index === 0 ? '=cmd()' : `p${index}`,
  action: 'change',
  before: index === 1 ? null : { port: index },
  after: { port: index + 1, note: 'a "quoted", word' },
}))

function auditServer(changes: Answers = {}) {
  return fakeHost({
    'audit/list': (params) => {
      const { cursor, limit = 100 } = params ?? {}
      const from = Number(cursor ?? 0)
      const next = from + limit
      return succeed({ rows: entries.slice(from, next), next: next < entries.length ? String(next) : null })
    },
    ...changes,
  })
}

async function audit(words: string[], host = auditServer()) {
  const terminal = fakeTerminal({ workingFolder: folder, columns: 120 })
  const code = await runCli(['audit', ...words], terminal, '0.0.0', hosting(host))
  return { code, out: terminal.out(), err: terminal.err(), asked: host.requests.map(({ params }) => params) }
}

function entriesIn(lines: string): AuditEntry[] {
  return lines
    .trimEnd()
    .split('\n')
    .map((line) => AuditEntry.parse(JSON.parse(line)))
}

test('a page is filtered as it is asked for, and leads to the next one', async () => {
  const words = ['--what', 'provider,route', '--what', 'test', '--target', 'ollama', '--provider', 'work']
  const times = ['--since', '2026-11-01T00:00Z', '--until', '2026-11-21T08:30:00Z', '--limit', '2']
  const { code, asked, err } = await audit([...words, ...times])
  expect(code).toBe(0)
  const filter = {
    what: ['provider', 'route', 'test'],
    target: 'ollama',
    provider: 'work',
    since: '2026-11-01T00:00:00.000Z',
    until: '2026-11-21T08:30:00.000Z',
  }
  expect(asked).toEqual([{ ...filter, limit: 2, cursor: null }])
  const [, line] = /next: {2}llm-providers audit (.*)\n/.exec(err) ?? []
  const next = await audit(line?.split(' ') ?? [])
  expect(next.asked).toEqual([{ ...filter, limit: 2, cursor: '2' }])
})

test('a day begins where the reader lives', async () => {
  const { asked } = await audit(['--since', '2026-11-21'])
  expect(asked).toMatchObject([{ since: new Date(2026, 10, 21).toISOString() }])
})

describe('an export', () => {
  test('writes all pages to a file, one JSON document a line', async () => {
    const { code, out, asked } = await audit(['--export', 'all.jsonl'])
    expect({ code, out }).toEqual({ code: 0, out: `250 entries written to ${path.join(folder, 'all.jsonl')}\n` })
    expect(entriesIn(await readFile(path.join(folder, 'all.jsonl'), 'utf8'))).toEqual(entries)
    expect(asked).toHaveLength(3)
  })

  test('writes CSV whose cells no spreadsheet runs', async () => {
    const { code } = await audit(['--export', 'all.csv', '--limit', '120'])
    expect(code).toBe(0)
    const rows = parse(await readFile(path.join(folder, 'all.csv'), 'utf8'), { columns: true }) as Record<
      string,
      string
    >[]
    expect(rows).toHaveLength(120)
    expect(rows[0]).toMatchObject({ id: '250', what: 'provider', target: "'=cmd()", before: '{"port":0}' })
    expect(rows[1]).toMatchObject({ before: '', after: '{"port":2,"note":"a \\"quoted\\", word"}' })
  })

  test('goes to standard output as it is', async () => {
    const { code, out, err } = await audit(['--export', '-', '--what', 'provider'])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(entriesIn(out)).toEqual(entries)
    expect((await audit(['--export', '-', '--format', 'csv', '--limit', '1'])).out).toMatch(/^id,at,what,target/)
  })

  test('in JSON says where it went', async () => {
    const { out } = await audit(['--export', 'told.jsonl', '--json'])
    expect(JSON.parse(out)).toEqual(succeed({ file: path.join(folder, 'told.jsonl'), entries: 250 }))
  })

  test.each([
    ['a folder that is not there', path.join('no', 'x.jsonl'), 'there is no such folder'],
    ['a folder', '.', 'it is a folder'],
  ])('to %s is told, and leaves nothing behind', async (_name, file, sentence) => {
    const before = await readdir(folder)
    const { code, out, err } = await audit(['--export', file])
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(sentence)
    expect(err).toContain('next:  name another place: --export FILE\n')
    expect(await readdir(folder)).toEqual(before)
  })

  test('that cannot be read begins no file', async () => {
    const host = auditServer({ 'audit/list': () => fail({ code: 'store_failed', detail: 'gone' }) })
    expect(await audit(['--export', 'none.jsonl'], host)).toMatchObject({ code: 3, out: '' })
    expect(await readdir(folder)).not.toContain('none.jsonl')
  })

  test('that breaks off leaves the file as it was', async () => {
    await audit(['--export', 'kept.jsonl', '--limit', '1'])
    const before = await readFile(path.join(folder, 'kept.jsonl'), 'utf8')
    const host = auditServer({
      'audit/list': (params) =>
        params?.cursor
          ? fail({ code: 'store_failed', detail: 'gone' })
          : succeed({ rows: entries.slice(0, 9), next: '9' }),
    })
    expect((await audit(['--export', 'kept.jsonl'], host)).code).toBe(1)
    expect(await readFile(path.join(folder, 'kept.jsonl'), 'utf8')).toBe(before)
    expect(await readdir(folder)).not.toContain('kept.jsonl.part')
  })

  test.each([
    [['--export', '-', '--json'], 'both want standard output'],
    [['--export', 'x', '--cursor', '1'], 'takes no --cursor'],
    [['--limit', '101'], 'at most 100 rows'],
  ])('%j is wrong use', async (words, sentence) => {
    const { code, err } = await audit(words)
    // With --json the sentence stands in the document.
    expect(code).toBe(2)
    if (!words.includes('--json')) expect(err).toContain(sentence)
  })
})
