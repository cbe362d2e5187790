import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { SourceSettings } from '../../../protocol/sources.ts'
import { loadSqlite } from '../../../server/store/sqlite.ts'
import { entryLines, readSource } from '../../support/runs/readSource.ts'
import { useSourceFolder } from '../../support/runs/sourceFolder.ts'

const { put } = useSourceFolder()

async function make(sql: string, name = 'a.db'): Promise<string> {
  const database = (await loadSqlite()).open(null)
  database.script(sql)
  const path = put(name, database.image())
  database.close()
  return path
}

const readAll = (path: string, { text, id, ...told }: SourceSettings = {}) =>
  readSource({ kind: 'paths', paths: [path], ...told }, { ...(text ? { text } : {}), ...(id ? { id } : {}) })
const read = async (path: string, told: SourceSettings = {}) => entryLines(await readAll(path, told))

const tickets = `create table tickets (id integer primary key, body text); insert into tickets values (1, 'It stops'), (2, 'It is slow');`
const users = `create table users (id integer, name text); insert into users values (1, 'Ada'), (2, 'Bob'), (3, 'Eve');`

describe('which rows are read', () => {
  test.each<[string, string, SourceSettings, string[]]>([
    ['the only table', tickets, {}, ['1|It stops', '2|It is slow']],
    [
      'the only one with rows, beside what a framework notes for itself',
      `${tickets} create table drafts (id integer, body text); create table schema_migrations (version text); insert into schema_migrations values ('1'); create view open as select * from tickets;`,
      {},
      ['1|It stops', '2|It is slow'],
    ],
    [
      'beside the tables of a search index',
      `${tickets} create virtual table found using fts4(body); insert into found values ('x');`,
      {},
      ['1|It stops', '2|It is slow'],
    ],
    ['the one that is named', tickets + users, { table: 'Tickets' }, ['1|It stops', '2|It is slow']],
    [
      'a view',
      `${tickets}${users} create view slow as select * from tickets where body like '%slow%';`,
      { table: 'slow' },
      ['2|It is slow'],
    ],
    [
      'a name with quotation marks',
      `create table "a ""b""" (id, body); insert into "a ""b""" values (1, 'x')`,
      { table: 'a "b"' },
      ['1|x'],
    ],
    [
      'what a statement finds',
      tickets + users,
      {
        query: 'select t.id, name, body from tickets t join users u on u.id = t.id order by t.id desc',
        text: ['name', 'body'],
      },
      ['2|Bob\n\nIt is slow', '1|Ada\n\nIt stops'],
    ],
    [
      'two columns of a name',
      tickets,
      { query: 'select a.body, b.body from tickets a join tickets b on b.id = a.id + 1', text: ['body (2)'] },
      ['row:1|It is slow'],
    ],
    [
      'integers that a number cannot hold, and bytes',
      `create table t (id integer, body blob); insert into t values (9007199254740993, x'c3a4'), (2, x'00ff');`,
      {},
      ['9007199254740993|ä', expect.stringMatching(/^2!.*text_missing/) as unknown as string],
    ],
  ])('%s', async (_, sql, told, items) => {
    expect(await read(await make(sql), told)).toEqual(items)
  })

  test('prompts and answers in the log of llm, without a word', async () => {
    const path = await make(
      `create table _llm_migrations (name text); insert into _llm_migrations values ('m001');
       create table conversations (id text primary key, name text, model text);
       create table responses (id text primary key, model text, prompt text, system text, prompt_json text, options_json text, response text,
         response_json text, conversation_id text references conversations(id), duration_ms integer, datetime_utc text);
       create virtual table responses_fts using fts4(prompt, response);
       insert into conversations values ('c1', 'Names', 'gpt'), ('c2', 'Other', 'gpt');
       insert into responses (id, prompt, response, conversation_id, datetime_utc) values
         ('r2', 'Name a cat', 'Tom', 'c1', '2026-11-02'), ('r1', 'Name a dog', 'Rex', 'c1', '2026-11-01');`,
      'logs.db',
    )
    expect(await read(path)).toEqual(['r1|Name a dog\n\nRex', 'r2|Name a cat\n\nTom'])
    expect(await read(path, { table: 'conversations', text: ['name'] })).toEqual(['c1|Names', 'c2|Other'])
  })
})

/** What is there, what is asked for, the failure, and what to do. */
test.each<[string, string, SourceSettings, string, string]>([
  [
    'several tables',
    tickets + users,
    {},
    'no_table: it has several tables (users, tickets); say which holds the items',
    'Choose a table',
  ],
  [
    'a table that is not there',
    tickets,
    { table: 'bugs' },
    'no_table: it has no table "bugs"; its tables are tickets',
    'Choose a table',
  ],
  ['no rows', 'create table a (id)', {}, 'empty: it has no table with rows', 'Choose another file'],
  [
    'a statement with a mistake',
    tickets,
    { query: 'select absent from tickets' },
    'no_table: the statement cannot be carried out: no such column: absent',
    'Correct the statement',
  ],
  [
    'a statement that changes',
    tickets,
    { query: 'delete from tickets' },
    'no_table: the statement finds no rows: it must be one that begins with select or with',
    'Correct the statement',
  ],
  [
    'a change that gives rows',
    tickets,
    { query: 'delete from tickets returning id, body' },
    'no_table: the statement cannot be carried out: attempt to write a readonly database',
    'Correct the statement',
  ],
])('%s: refused with what helps', async (_, sql, told, failure, action) => {
  const path = await make(sql)
  const before = readFileSync(path)
  const found = await readAll(path, told)
  expect(entryLines(found).at(-1)).toBe(`STOP ${failure}`)
  expect(found.failure?.action.label).toBe(action)
  expect(readFileSync(path)).toEqual(before)
})

describe('a database that cannot be read as it stands', () => {
  test('is open elsewhere, with changes that are not in it yet', async () => {
    const path = await make(tickets)
    writeFileSync(`${path}-journal`, 'x'.repeat(600))
    const { failure } = await readAll(path)
    expect(failure).toMatchObject({
      problem: 'locked',
      detail: 'another program has it open, or did not close it: some of it is still in -journal',
      action: { label: 'Close it in the other program' },
    })
  })

  test('keeps a log: what is in the file is read, and what is only in the log is told', async () => {
    const path = await make(tickets)
    const bytes = readFileSync(path)
    writeFileSync(path, bytes.fill(2, 18, 20))
    expect(await read(path)).toEqual(['1|It stops', '2|It is slow'])
    writeFileSync(`${path}-wal`, 'x'.repeat(600))
    expect((await readAll(path)).failure).toMatchObject({ problem: 'locked' })
  })

  test('is encrypted', async () => {
    const { failure } = await readAll(
      put('a.sqlite', Buffer.from(Array.from({ length: 4096 }, (_, at) => (at * 7919) % 256))),
    )
    expect(failure).toMatchObject({ problem: 'encrypted', detail: 'it is not a SQLite database, or it is encrypted' })
  })

  test('is cut off', async () => {
    const rows = Array.from({ length: 900 }, (_, at) => `(${at}, '${'text '.repeat(20)}')`).join()
    const path = await make(`create table a (id integer, body text); insert into a values ${rows}`)
    const bytes = readFileSync(path)
    writeFileSync(path, bytes.subarray(0, bytes.length / 2))
    expect((await read(path)).at(-1)).toBe('STOP malformed: it is damaged: database disk image is malformed')
  })
})
