import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Params, Result } from '../../protocol/contract.ts'
import type { ResultRecord } from '../../protocol/results.ts'
import { correctedResult } from '../../shared/correctedResult.ts'
import { startTestServer, type TestServer } from '../support/protocol/testServer.ts'

let server: TestServer
let folder: string
let golden: string

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'llm-providers-labels-'))
  golden = path.join(folder, '.llm-providers', 'golden.jsonl')
  server = await startTestServer()
})

afterEach(async () => {
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex')

type LabelToSave = Params<'label/save'>['label']
const crash: LabelToSave = {
  id: '101',
  inputHash: hashOf('It crashes'),
  source: 'issues.jsonl',
  text: 'It crashes',
  categories: ['Bug'],
}
const save = (label: LabelToSave, profile?: Params<'label/save'>['profile']) =>
  server.request('label/save', { workspaceFolder: folder, label, profile })
const list = (filter?: Params<'label/list'>['filter']) =>
  server.request('label/list', { workspaceFolder: folder, filter })
const unwrap = <Value>(outcome: { ok: true; value: Value } | { ok: false; reason: unknown }): Value => {
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.reason))
  return outcome.value
}
const linesOf = async (): Promise<string[]> => (await readFile(golden, 'utf8')).split('\n')

test('an empty workspace has no labels, and none of its files is made by asking', async () => {
  expect(unwrap(await list())).toMatchObject({ rows: [], total: 0, path: golden, problems: [] })
  expect(await readdir(folder)).toEqual([])
})

test('a label is a line of the file, and a later one of the same item takes its place', async () => {
  unwrap(await save(crash))
  unwrap(await save({ ...crash, id: '102', inputHash: hashOf('Thanks'), text: 'Thanks', categories: [] }))
  const corrected = unwrap(await save({ id: '101', inputHash: crash.inputHash, interest: 8, quality: 10 }))
  expect(corrected).toMatchObject({ categories: ['Bug'], interest: 8, quality: 10, text: 'It crashes', line: 1 })
  const [first, second, rest] = await linesOf()
  expect(JSON.parse(first ?? '')).toMatchObject({ id: '101', categories: ['Bug'], interest: 8, source: 'issues.jsonl' })
  expect(JSON.parse(second ?? '')).toMatchObject({ id: '102', categories: [], interest: null })
  expect(rest).toBe('')
})

test('null takes back what was said, and what is absent stays', async () => {
  unwrap(await save({ ...crash, interest: 3, note: 'seen twice' }))
  expect(unwrap(await save({ id: '101', inputHash: crash.inputHash, interest: null }))).toMatchObject({
    categories: ['Bug'],
    interest: null,
    note: 'seen twice',
  })
  expect(unwrap(await save({ id: '101', inputHash: crash.inputHash, note: null }))).not.toHaveProperty('note')
})

test('other lines, unknown fields and broken lines stay as they are, and broken ones are told by number', async () => {
  await mkdir(path.dirname(golden))
  const own = JSON.stringify({ text: 'It crashes', categories: ['Question'], reviewer: 'Ada', ticket: { no: 7 } })
  const before = [own, '{"text": "half', '', '["no object"]', '{"text":"x","interest":11}\r', '{"text":"Bye"}']
  await writeFile(golden, before.join('\n'))
  const page = unwrap(await list())
  expect(page.rows.map(({ id, line }) => [id, line])).toEqual([
    ['line:1', 1],
    ['line:6', 6],
  ])
  expect(page.problems.map(({ line }) => line)).toEqual([2, 4, 5])

  unwrap(await save(crash))
  const after = await linesOf()
  expect(after.slice(1, 6)).toEqual(before.slice(1))
  expect(JSON.parse(after[0] ?? '')).toMatchObject({ categories: ['Bug'], reviewer: 'Ada', ticket: { no: 7 } })
})

test('a label without a text that anybody has is refused, and so is a text that is not of the hash', async () => {
  const { text: _, ...withoutText } = crash
  expect(await save(withoutText)).toMatchObject({ ok: false, reason: { code: 'label_invalid' } })
  expect(await save({ ...crash, text: 'It works' })).toMatchObject({ ok: false, reason: { code: 'label_invalid' } })
  expect(await readdir(folder)).toEqual(['.llm-providers'])
})

test('its score is computed by the weights of the profile', async () => {
  const profile = { kind: 'preset', name: 'issues' } as const
  const label = { ...crash, categories: ['bug'], interest: 8, quality: 10 }
  // 8 × 1.5 × (0.5 + 10 / 20)
  expect(unwrap(await save(label, profile))).toMatchObject({ categories: ['Bug'], score: 12 })
  expect(unwrap(await save({ ...label, categories: ['Spam'] }, profile))).toMatchObject({ score: 0 })
})

test('a long text is cut to the larger limit, and known by the hash of the whole', async () => {
  const text = 'word '.repeat(2000).trim()
  const saved = unwrap(await save({ ...crash, text, inputHash: hashOf(text) }))
  expect(saved.text.length).toBeLessThanOrEqual(4000)
  expect(saved.inputHash).toBe(hashOf(text))
})

test('pages and filters', async () => {
  for (const name of ['one', 'two', 'three']) {
    const categories = name === 'three' ? [] : ['Bug']
    unwrap(await save({ ...crash, id: name, text: name, inputHash: hashOf(name), categories }))
  }
  const first = unwrap(await server.request('label/list', { workspaceFolder: folder, limit: 2 }))
  expect(first.rows.map(({ id }) => id)).toEqual(['one', 'two'])
  const second = await server.request('label/list', { workspaceFolder: folder, limit: 2, cursor: first.next })
  expect(unwrap(second)).toMatchObject({ rows: [{ id: 'three' }], next: null, total: 3 })
  expect(unwrap(await list({ categories: [''] })).rows.map(({ id }) => id)).toEqual(['three'])
  expect(unwrap(await list({ search: 'TW' })).rows.map(({ id }) => id)).toEqual(['two'])
})

test('a label is removed, and one that is not there is told', async () => {
  unwrap(await save(crash))
  const remove = () => server.request('label/remove', { workspaceFolder: folder, inputHash: crash.inputHash })
  expect(await remove()).toEqual({ ok: true, value: null })
  expect(await remove()).toMatchObject({ ok: false, reason: { code: 'not_found', what: 'label' } })
  expect(await readFile(golden, 'utf8')).toBe('')
})

test('the audit log counts, and holds nothing of the items', async () => {
  unwrap(await save({ ...crash, note: 'between us' }))
  const audit: Result<'audit/list'> = await server.request('audit/list', { what: ['label'] })
  expect(unwrap(audit).rows).toMatchObject([{ action: 'save', before: { labels: 0 }, after: { labels: 1 } }])
  expect(JSON.stringify(audit)).not.toMatch(/crashes|between us|101/)
})

test('a run whose result is corrected says which categories there are, and its source has the text', async () => {
  const source = path.join(folder, 'issues.jsonl')
  await writeFile(source, '{"id":7,"text":"The app crashes and quits with a stack trace"}\n')
  const started = unwrap(
    await server.request('run/start', {
      tasks: ['categorization'],
      source: { kind: 'paths', paths: [source] },
      profile: { kind: 'preset', name: 'issues' },
      override: { provider: 'builtin' },
      workspaceFolder: folder,
    }),
  )
  const results = await resultsOf(started.runId)
  const [{ id, inputHash }] = results as [(typeof results)[0]]
  const { runId } = started
  const wrong = await save({ id, inputHash, runId, categories: ['Crush'] })
  expect(wrong).toMatchObject({ reason: { code: 'label_invalid', message: expect.stringContaining('"Crash"') } })
  expect(unwrap(await save({ id, inputHash, runId, categories: ['crash'] }))).toMatchObject({
    categories: ['Crash'],
    source: 'issues.jsonl',
    text: 'The app crashes and quits with a stack trace',
  })
})

test('a result is corrected to what it was judged by and to what there is by now, whichever profile file came since', async () => {
  const source = path.join(folder, 'issues.jsonl')
  await writeFile(source, '{"id":7,"text":"The app crashes and quits with a stack trace"}\n')
  const profilePath = path.join(folder, 'profile.yaml')
  await writeFile(profilePath, 'categories:\n  - name: Crash\n  - name: Wish\n')
  const { runId } = unwrap(
    await server.request('run/start', {
      tasks: ['categorization'],
      source: { kind: 'paths', paths: [source] },
      profile: { kind: 'file', path: profilePath },
      override: { provider: 'builtin' },
    }),
  )
  const results = await resultsOf(runId)
  const [{ id, inputHash }] = results as [(typeof results)[0]]
  await writeFile(profilePath, 'categories:\n  - name: Crash\n  - name: Question\n')
  for (const categories of [['wish'], ['Question'], ['Wish', 'Question']]) {
    const said = unwrap(await save({ id, inputHash, runId, categories }))
    expect(said.categories?.map((name) => name.toLowerCase())).toEqual(categories.map((name) => name.toLowerCase()))
  }
  expect(unwrap(await save({ id, inputHash, runId, categories: ['wish'] })).categories).toEqual(['Wish'])
  expect(await save({ id, inputHash, runId, categories: ['Wash'] })).toMatchObject({
    reason: { code: 'label_invalid', message: expect.stringContaining('"Wish"') },
  })
})

test('corrected results and texts with categories are imported', async () => {
  unwrap(await save(crash))
  const file = path.join(folder, 'reviewed.csv')
  const rows = [
    'id,text,categories,interest,quality',
    '101,It crashes,Bug; Crash,7,5',
    'new,Where is it?,Question,,',
    'empty,Nothing said,,,',
  ]
  await writeFile(file, rows.join('\n'))
  const imported = await server.request('label/import', { workspaceFolder: folder, path: file })
  expect(unwrap(imported)).toMatchObject({ added: 1, changed: 1, same: 0, left: 1, problems: [{ line: 4 }] })
  expect(unwrap(await list()).rows).toMatchObject([
    { id: '101', categories: ['Bug', 'Crash'], interest: 7 },
    { id: 'new', categories: ['Question'], interest: null, source: 'reviewed.csv' },
  ])
  const again = await server.request('label/import', { workspaceFolder: folder, path: file })
  expect(unwrap(again)).toMatchObject({ added: 0, changed: 0, same: 2 })
})

test('a file of which no row can be used is bad input, and so is an empty one', async () => {
  const file = path.join(folder, 'profile.yaml')
  const importIt = () => server.request('label/import', { workspaceFolder: folder, path: file })
  await writeFile(file, 'categories:\n  - name: Bug\n')
  expect(await importIt()).toMatchObject({
    ok: false,
    reason: { code: 'source_invalid', source: file, line: 1, detail: 'none of its 2 rows can be used: it is not JSON' },
  })
  await writeFile(file, '')
  expect(await importIt()).toMatchObject({ ok: false, reason: { code: 'source_invalid', problem: 'no_items' } })
  expect(unwrap(await list()).total).toBe(0)
})

describe('a file of results', () => {
  const texts = ['The app crashes and quits with a stack trace', 'Please add an option for dark mode', 'Buy now, click']
  const profile = { kind: 'preset', name: 'issues' } as const

  async function judge(): Promise<string> {
    const source = path.join(folder, 'issues.jsonl')
    await writeFile(source, texts.map((text, id) => `${JSON.stringify({ id, text })}\n`).join(''))
    const request = {
      tasks: ['categorization' as const, 'scoring' as const],
      source: { kind: 'paths' as const, paths: [source] },
      ...{ profile, override: { provider: 'builtin' }, workspaceFolder: folder },
    }
    const { runId } = unwrap(await server.request('run/start', request))
    await resultsOf(runId)
    return runId
  }

  async function exported(runId: string, format: 'jsonl' | 'csv'): Promise<string[]> {
    const target = path.join(folder, `exported.${format}`)
    unwrap(await server.request('run/export', { runId, path: target, format }))
    return (await readFile(target, 'utf8')).trim().split('\n')
  }

  async function importLines(name: string, lines: readonly string[]) {
    await writeFile(path.join(folder, name), `${lines.join('\n')}\n`)
    return unwrap(await server.request('label/import', { workspaceFolder: folder, path: path.join(folder, name) }))
  }

  const change = (line: string | undefined, by: object): string => JSON.stringify({ ...JSON.parse(line ?? ''), ...by })

  async function correct(runId: string, nth: number, said: Partial<LabelToSave>) {
    const { id, inputHash } = (await resultsOf(runId))[nth] as Awaited<ReturnType<typeof resultsOf>>[0]
    return unwrap(await save({ id, inputHash, runId, ...said }))
  }

  test('gives labels only of what a person changed in it, and leaves those that there are', async () => {
    const runId = await judge()
    const lines = await exported(runId, 'jsonl')
    const said = await correct(runId, 0, { categories: ['Question'], interest: 1, quality: 1 })
    const edited = [lines[0] ?? '', change(lines[1], { categories: ['Security'] }), lines[2] ?? '']
    expect(await importLines('copy.jsonl', edited)).toEqual({ added: 1, changed: 0, same: 2, left: 0, problems: [] })
    const [first, second, ...others] = unwrap(await list()).rows
    expect(first).toMatchObject({ at: said.at, categories: ['Question'], interest: 1, quality: 1 })
    expect(second).toMatchObject({ id: '1', categories: ['Security'], interest: null, quality: null, text: texts[1] })
    expect(others).toEqual([])
    expect(await importLines('copy.jsonl', edited)).toMatchObject({ added: 0, changed: 0, same: 3, left: 0 })
  })

  test('as a table: an edited cell counts before what was corrected when the table was written', async () => {
    const runId = await judge()
    await correct(runId, 0, { categories: ['Question'], interest: 2 })
    const [header = '', first = '', ...others] = await exported(runId, 'csv')
    const [id, status, , ...cells] = first.split(',')
    const edited = [header, [id, status, 'Security', ...cells].join(','), ...others]
    expect(await importLines('copy.csv', edited)).toMatchObject({ added: 0, changed: 1, same: 2, left: 0 })
    expect(unwrap(await list()).rows).toMatchObject([{ categories: ['Security'], interest: 2, quality: null }])
    unwrap(await server.request('label/remove', { workspaceFolder: folder, inputHash: hashOf(texts[0] ?? '') }))
    expect(await importLines('copy.csv', [header, first, ...others])).toMatchObject({ added: 1, changed: 0, same: 2 })
    expect(unwrap(await list()).rows).toMatchObject([{ categories: ['Question'], interest: 2, quality: null }])
  })

  test('leaves a correction that is newer than it', async () => {
    const runId = await judge()
    await correct(runId, 0, { categories: ['Question'] })
    const lines = await exported(runId, 'jsonl')
    await correct(runId, 0, { categories: ['Security'] })
    const old = change(lines[0], { human: { ...JSON.parse(lines[0] ?? '').human, at: '2020-01-01T00:00:00.000Z' } })
    expect(await importLines('copy.jsonl', [old, ...lines.slice(1)])).toMatchObject({
      ...{ added: 0, changed: 0, same: 2, left: 1 },
      problems: [{ line: 1, message: expect.stringContaining('corrected again') }],
    })
    expect(unwrap(await list()).rows).toMatchObject([{ categories: ['Security'] }])
  })

  test('of a run that is gone gives only what it says people said', async () => {
    const runId = await judge()
    await correct(runId, 0, { categories: ['Question'] })
    const lines = await exported(runId, 'jsonl')
    unwrap(await server.request('run/remove', { runId }))
    const edited = [
      change(lines[0], { human: { categories: ['Crash'] } }),
      change(lines[1], { categories: ['Security'] }),
      lines[2] ?? '',
    ]
    expect(await importLines('copy.jsonl', edited)).toMatchObject({
      ...{ added: 0, changed: 1, same: 0, left: 2 },
      problems: [{ line: 2, message: expect.stringContaining(`the run ${runId} is gone`) }, { line: 3 }],
    })
    expect(unwrap(await list()).rows).toMatchObject([{ categories: ['Crash'] }])
  })
})

async function resultsOf(runId: string) {
  for (;;) {
    const run = unwrap(await server.request('run/get', { runId }))
    if (run.state !== 'running') break
    await new Promise((resolve) => setImmediate(resolve))
  }
  return unwrap(await server.request('run/results', { runId })).rows
}

test('results show what a person said of their items, and are filtered, sorted and written by it', async () => {
  const source = path.join(folder, 'issues.jsonl')
  const texts = ['The app crashes and quits with a stack trace', 'Please add an option for dark mode', 'Buy now, click']
  await writeFile(source, texts.map((text, id) => `${JSON.stringify({ id, text })}\n`).join(''))
  const started = unwrap(
    await server.request('run/start', {
      tasks: ['categorization', 'scoring'],
      source: { kind: 'paths', paths: [source] },
      profile: { kind: 'preset', name: 'issues' },
      override: { provider: 'builtin' },
      workspaceFolder: folder,
    }),
  )
  const { runId } = started
  const before = await resultsOf(runId)
  expect(before.every(({ human }) => human == null)).toBe(true)
  const second = before[1] as (typeof before)[0]
  unwrap(
    await save({
      id: second.id,
      inputHash: second.inputHash,
      runId,
      categories: ['Security'],
      interest: 10,
      quality: 10,
    }),
  )
  const human = { categories: ['Security'], interest: 10, quality: 10, score: 20 }
  const ids = async (params: Omit<Params<'run/results'>, 'runId'>) =>
    unwrap(await server.request('run/results', { runId, ...params })).rows.map(({ id }) => id)
  expect((await resultsOf(runId))[1]).toMatchObject({ ...second, human })
  expect(await ids({ filter: { changedByHuman: true } })).toEqual(['1'])
  expect(await ids({ filter: { changedByHuman: false } })).toEqual(['0', '2'])
  expect(await ids({ filter: { categories: ['Security'] } })).toEqual(['1'])
  expect((await ids({ sort: { by: 'score', descending: true } }))[0]).toBe('1')

  const exported = path.join(folder, 'human.jsonl')
  unwrap(await server.request('run/export', { runId, path: exported, format: 'jsonl' }))
  const written = (await readFile(exported, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(written[1]).toMatchObject({ categories: second.categories, human })
  expect(written[0]).not.toHaveProperty('human')

  const exportAs = async (format: 'csv' | 'markdown' | 'sarif'): Promise<string> => {
    const target = path.join(folder, `human.${format}`)
    unwrap(await server.request('run/export', { runId, path: target, format }))
    return await readFile(target, 'utf8')
  }
  const [header, plain, corrected] = (await exportAs('csv')).split('\n')
  expect(header).toMatch(
    /,run_id,human_categories,human_interest,human_quality,human_score,source,preview,probabilities,calibrated$/,
  )
  expect(plain).toMatch(/,,,,,,[^,]+,,$/)
  expect(corrected).toMatch(/,Security,10,10,20,,[^,]+,,$/)
  const markdown = await exportAs('markdown')
  expect(markdown).toContain('1 corrected by a person')
  expect(markdown).toMatch(
    /\| 20 \(corrected\) \| `1` \| `Security` \(corrected\) \| 10 \(corrected\) \| 10 \(corrected\) \|/,
  )
  const findings = JSON.parse(await exportAs('sarif')).runs[0].results
  expect(findings[1]).toMatchObject({
    ruleId: 'category/security',
    level: 'error',
    properties: { categories: second.categories, human },
  })
  expect(findings[1].message.text).toMatch(/^1: Security \(corrected\); score 20 \(corrected\)/)
  expect(findings[0].properties).not.toHaveProperty('human')

  // By hand, in another program.
  const label = { text: texts[0], categories: ['Question'] }
  await writeFile(golden, `${await readFile(golden, 'utf8')}${JSON.stringify(label)}\n`)
  expect(await ids({ filter: { changedByHuman: true } })).toEqual(['0', '1'])
  unwrap(await server.request('label/remove', { workspaceFolder: folder, inputHash: second.inputHash }))
  expect(await ids({ filter: { changedByHuman: true } })).toEqual(['0'])
})

test('an item that a person takes out of a blocked category has no score, and one that goes into it is blocked', async () => {
  const source = path.join(folder, 'issues.jsonl')
  const texts = ['The app crashes and quits with a stack trace', 'Buy cheap watches now, visit our casino, click here']
  await writeFile(source, texts.map((text, id) => `${JSON.stringify({ id, text })}\n`).join(''))
  const { runId } = unwrap(
    await server.request('run/start', {
      tasks: ['categorization', 'scoring'],
      source: { kind: 'paths', paths: [source] },
      profile: { kind: 'preset', name: 'issues' },
      override: { provider: 'builtin' },
      workspaceFolder: folder,
    }),
  )
  const [crashed, spam] = (await resultsOf(runId)) as [ResultRecord, ResultRecord]
  expect(spam).toMatchObject({ score: 0, blockedBy: 'Spam', interest: null })
  const correct = async ({ id, inputHash }: ResultRecord, categories: string[]) =>
    unwrap(await save({ id, inputHash, runId, categories }))
  const mean = async () => unwrap(await server.request('run/summary', { runId })).meanScore
  const lowest = async () => unwrap(await server.request('run/results', { runId, filter: { maxScore: 1 } })).rows
  const written = async (format: 'markdown' | 'csv' | 'sarif') => {
    const target = path.join(folder, `blocked.${format}`)
    unwrap(await server.request('run/export', { runId, path: target, format }))
    return await readFile(target, 'utf8')
  }

  await correct(spam, ['Question'])
  const [, question] = (await resultsOf(runId)) as [ResultRecord, ResultRecord]
  expect(question.human).toMatchObject({ score: null, blockedBy: null })
  expect(correctedResult(question)).toMatchObject({ categories: ['Question'], score: null, blockedBy: null })
  expect(await mean()).toBe(crashed.score)
  expect(await lowest()).toEqual([])
  expect(await written('markdown')).toContain('2 ok, 0 failed, 0 skipped, 1 corrected by a person')
  expect(await written('csv')).toMatch(/,Question,,,,,"Buy cheap watches[^\n]+\n$/)
  const { level, message } = JSON.parse(await written('sarif')).runs[0].results[1]
  expect({ level, text: message.text }).toMatchObject({
    level: 'note',
    text: expect.not.stringMatching(/blocked|score 0/),
  })

  await correct(crashed, ['Spam'])
  const [blocked] = (await resultsOf(runId)) as [ResultRecord]
  expect(correctedResult(blocked)).toMatchObject({ score: 0, blockedBy: 'Spam' })
  expect((await lowest()).map(({ id }) => id)).toEqual(['0'])
  expect(await written('markdown')).toContain('1 blocked, 2 corrected by a person')

  unwrap(await save({ id: spam.id, inputHash: spam.inputHash, runId, interest: 4, quality: 10 }))
  expect((await resultsOf(runId))[1]?.human?.score).toBeGreaterThan(0)
})

test('a profile that says so shows labels to models as examples, but never the item itself', async () => {
  unwrap(await save(crash))
  unwrap(await save({ ...crash, id: '2', text: 'Where is it?', inputHash: hashOf('Where is it?'), categories: [] }))
  const profile = path.join(folder, '.llm-providers', 'profile.yaml')
  await writeFile(profile, 'categories:\n  - name: Bug\n')
  const preview = async (text: string) =>
    unwrap(await server.request('prompt/preview', { task: 'categorization', workspaceFolder: folder, item: { text } }))
  const without = await preview('Another one')
  expect(without.system).not.toContain('It crashes')
  await writeFile(profile, 'categories:\n  - name: Bug\nexamples:\n  use: true\n  count: 3\n')
  const shown = await preview('Another one')
  expect(shown.system).toContain('It crashes')
  expect(shown.promptHash).not.toBe(without.promptHash)
  expect((await preview('It crashes')).system).not.toContain('It crashes')
  await writeFile(profile, 'categories:\n  - name: Bug\nexamples:\n  use: true\n  count: 21\n')
  const wrong = await server.request('prompt/preview', { task: 'scoring', workspaceFolder: folder })
  expect(wrong).toMatchObject({
    ok: false,
    reason: { code: 'profile_invalid', problems: [{ path: 'examples.count', line: 5 }] },
  })
})

test('the stored profile keeps whether examples are shown', async () => {
  const saved = await server.request('preferences/save', { examples: { use: true, count: 4 } })
  expect(unwrap(saved).examples).toEqual({ use: true, count: 4 })
  unwrap(await save(crash))
  const shown = await server.request('prompt/preview', { task: 'categorization', workspaceFolder: folder })
  expect(unwrap(shown).system).toContain('It crashes')
  expect(unwrap(await server.request('preferences/save', { examples: null })).examples).toBeNull()
})

describe('a golden set that a cloned folder brings', () => {
  const asFile = async (target: string): Promise<void> => {
    await mkdir(path.dirname(golden), { recursive: true })
    await symlink(target, golden)
  }

  test.each([
    ['the file leads to a start file of the shell', 'file'],
    ['its folder leads elsewhere', 'folder'],
    ['the file leads to one that is not there yet', 'missing'],
    ['the file leads to another kind of file within the workspace', 'other'],
  ])('is not written where %s', async (_, kind) => {
    const outside = await mkdtemp(path.join(tmpdir(), 'llm-providers-outside-'))
    const target = path.join(kind === 'other' ? folder : outside, '.bashrc')
    if (kind !== 'missing') await writeFile(target, 'mine\n')
    if (kind === 'folder') await symlink(outside, path.dirname(golden))
    else await asFile(target)
    const saved = await save(crash)
    expect(saved).toMatchObject({ ok: false, reason: { code: 'labels_failed', file: golden } })
    if (!saved.ok && kind === 'file') expect(saved.reason.message).toContain(target)
    expect(await readdir(kind === 'other' ? folder : outside)).not.toContain('golden.jsonl')
    expect(await readFile(target, 'utf8').catch(() => null)).toBe(kind === 'missing' ? null : 'mine\n')
    await rm(outside, { recursive: true })
  })

  test('is written through a link that stays within the workspace, which stays one', async () => {
    await asFile('../labels.jsonl')
    await writeFile(path.join(folder, 'labels.jsonl'), '')
    unwrap(await save(crash))
    expect(await readFile(path.join(folder, 'labels.jsonl'), 'utf8')).toContain('It crashes')
    expect((await lstat(golden)).isSymbolicLink()).toBe(true)
  })

  test.skipIf(process.platform === 'win32')('is refused at once where it is a device or a FIFO', async () => {
    await asFile('/dev/zero')
    expect(await list()).toMatchObject({ ok: false, reason: { code: 'labels_failed' } })
    await rm(golden)
    execFileSync('mkfifo', [golden])
    expect(await list()).toMatchObject({ ok: false, reason: { code: 'labels_failed' } })
    expect(await save(crash)).toMatchObject({ ok: false, reason: { code: 'labels_failed' } })
  })

  test('is refused where it is larger than any golden set, before it is read', async () => {
    await mkdir(path.dirname(golden))
    await writeFile(golden, '')
    await truncate(golden, 2 ** 30)
    expect(await list()).toMatchObject({ ok: false, reason: { code: 'labels_failed' } })
  })
})

test.skipIf(process.platform === 'win32')(
  'results are shown without labels, and runs start, where the golden set is a device or a FIFO',
  async () => {
    const source = path.join(folder, 'a.jsonl')
    await writeFile(source, '{"id":1,"text":"The app crashes"}\n')
    const request = {
      ...{ tasks: ['categorization', 'scoring'] as const, source: { kind: 'paths' as const, paths: [source] } },
      ...{ override: { provider: 'builtin' }, workspaceFolder: folder, reuse: 'none' as const },
    }
    await mkdir(path.dirname(golden))
    for (const make of [() => symlink('/dev/zero', golden), async () => void execFileSync('mkfifo', [golden])]) {
      await make()
      const { runId } = unwrap(await server.request('run/start', { ...request, tasks: [...request.tasks] }))
      expect(await resultsOf(runId)).toMatchObject([{ id: '1', status: 'ok' }])
      expect(unwrap(await server.request('run/get', { runId }))).toMatchObject({ counts: { ok: 1 } })
      await rm(golden)
    }
  },
)

test.skipIf(process.platform === 'win32')(
  'a profile that somebody names is refused at once where it is a device or a FIFO',
  async () => {
    const source = path.join(folder, 'a.jsonl')
    const fifo = path.join(folder, 'fifo')
    await writeFile(source, '{"id":1,"text":"a"}\n')
    execFileSync('mkfifo', [fifo])
    for (const file of ['/dev/zero', fifo]) {
      const started = await server.request('run/start', {
        ...{ tasks: ['scoring'], source: { kind: 'paths', paths: [source] }, override: { provider: 'builtin' } },
        profile: { kind: 'file', path: file },
      })
      expect(started).toMatchObject({ ok: false, reason: { code: 'profile_invalid', file } })
    }
  },
)

test.skipIf(process.platform === 'win32')(
  'a profile that is a device, a FIFO, a folder or a gigabyte is refused at once',
  async () => {
    const file = path.join(folder, '.llm-providers', 'profile.yaml')
    await mkdir(path.dirname(file))
    const make = [
      () => symlink('/dev/zero', file),
      async () => void execFileSync('mkfifo', [file]),
      () => mkdir(file),
      async () => {
        await writeFile(file, '')
        await truncate(file, 2 ** 30)
      },
    ]
    for (const each of make) {
      await each()
      const read = await server.request('profile/read', { workspaceFolder: folder })
      expect(read).toMatchObject({ ok: false, reason: { code: 'profile_invalid', file } })
      await rm(file, { recursive: true })
    }
  },
)
