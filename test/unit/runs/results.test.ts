import { chmod, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import type { ResultRecord } from '../../../protocol/results.ts'
import { diskFiles } from '../../../server/files/diskFiles.ts'
import { csvCell, csvColumns, csvLine, csvText } from '../../../shared/resultCsv.ts'
import { createHarness, goodAnswer, type Harness, jsonLines, type Script } from '../../support/runs/harness.ts'

let harness: Harness
afterEach(() => harness.dispose())

const one = jsonLines([{ id: 1, text: 'a' }])
const start = (paths: string[], output?: object) =>
  harness.runs.start(
    harness.request({
      source: { kind: 'paths', paths },
      ...(output ? { output: { path: null, format: 'jsonl' as const, none: false, ...output } } : {}),
    }),
  )
const pathOf = async (paths: string[], output?: object): Promise<string | null> => {
  const started = await start(paths, output)
  if (!started.ok) throw new Error(started.reason.message)
  await harness.ended(started.value.runId)
  return started.value.resultsPath
}

describe('a cloned folder whose links lead out of it', () => {
  async function cloned(script?: Script) {
    harness = await createHarness(script)
    const file = await harness.file('clone/a.jsonl', one)
    const mine = await harness.file('home/.bashrc', 'mine\n')
    const workspaceFolder = dirname(file)
    const request = (output: object = {}) =>
      harness.request({
        ...{ source: { kind: 'paths', paths: [file] }, workspaceFolder },
        output: { path: null, format: 'jsonl', none: false, ...output },
      })
    return { file, mine, workspaceFolder, request }
  }
  const refused = { ok: false, reason: { code: 'output_invalid' } }

  test('chooses no place of results: not beside the source, not by a name, not as an export', async () => {
    const { mine, workspaceFolder, request } = await cloned()
    const started = await harness.runs.start(request({ none: true }))
    if (!started.ok) throw new Error(started.reason.message)
    const { runId } = await harness.ended(started.value.runId)
    await symlink(mine, join(workspaceFolder, 'a.results.jsonl'))
    await symlink(dirname(mine), join(workspaceFolder, 'out'))
    expect(await harness.runs.start(request())).toMatchObject(refused)
    for (const name of ['a.results.jsonl', 'out/.bashrc', 'out/new.csv']) {
      const path = join(workspaceFolder, name)
      expect([name, await harness.runs.start(request({ path }))]).toMatchObject([name, refused])
      expect([name, await harness.runs.exportResults({ runId, path, format: 'csv' })]).toMatchObject([name, refused])
    }
    expect(await readFile(mine, 'utf8')).toBe('mine\n')
    expect(await readdir(dirname(mine))).toEqual(['.bashrc'])
  })

  test('does not choose where a results file is written again', async () => {
    const { mine, workspaceFolder, request } = await cloned()
    const out = join(workspaceFolder, 'out')
    await mkdir(out)
    const started = await harness.runs.start(request({ path: join(out, 'results.jsonl') }))
    if (!started.ok) throw new Error(started.reason.message)
    const { runId } = await harness.ended(started.value.runId)
    await rm(out, { recursive: true })
    await symlink(dirname(mine), out)
    expect(await harness.runs.rewrite(runId)).toMatchObject(refused)
    expect(await readdir(dirname(mine))).toEqual(['.bashrc'])
  })

  test('does not choose where the results of a run end that began before they led there', async () => {
    let beforeAnswer = async () => {}
    const { mine, workspaceFolder, request } = await cloned(async (asked) => {
      await beforeAnswer()
      return goodAnswer(asked)
    })
    const out = join(workspaceFolder, 'out')
    await mkdir(out)
    beforeAnswer = async () => {
      beforeAnswer = async () => {}
      await rm(out, { recursive: true })
      await symlink(dirname(mine), out)
    }
    const started = await harness.runs.start(request({ path: join(out, 'results.jsonl') }))
    if (!started.ok) throw new Error(started.reason.message)
    expect(await harness.ended(started.value.runId)).toMatchObject({ state: 'stopped', reason: refused.reason })
    expect(await readdir(dirname(mine))).toEqual(['.bashrc'])
  })
})

describe('where results go', () => {
  test('beside one file, within a folder, within what several have in common', async () => {
    harness = await createHarness()
    const file = await harness.file('data/issues.open.jsonl', one)
    const other = await harness.file('data/deep/b.csv', 'id,text\n1,a\n')
    expect(await pathOf([file])).toBe(join(dirname(file), 'issues.open.results.jsonl'))
    expect(await pathOf([file], { format: 'csv' })).toBe(join(dirname(file), 'issues.open.results.csv'))
    expect(await pathOf([dirname(file)])).toBe(join(dirname(file), 'data.results.jsonl'))
    expect(await pathOf([file, other])).toBe(join(dirname(file), 'data.results.jsonl'))
    expect(await pathOf([file], { path: join(harness.folder, 'out.txt') })).toBe(join(harness.folder, 'out.txt'))
    expect(await pathOf([file], { none: true })).toBeNull()
    const selection = await harness.runs.start(
      harness.request({ source: { kind: 'text', name: 'a.md', text: 'hello' } }),
    )
    expect(selection).toMatchObject({ ok: true, value: { resultsPath: null, source: 'a.md' } })
  })

  test('never over the source, by whatever name', async () => {
    harness = await createHarness()
    const file = await harness.file('a.jsonl', one)
    const part = await harness.file('sub/notes.md', 'notes')
    const link = join(dirname(file), 'link.jsonl')
    await symlink(file, link)
    for (const path of [file, link, join(dirname(file), 'sub', '..', 'a.jsonl')]) {
      expect(await start([file], { path })).toMatchObject({
        ok: false,
        reason: { code: 'output_invalid', detail: 'it is the source itself' },
      })
    }
    expect(await start([dirname(file)], { path: part })).toMatchObject({
      ok: false,
      reason: { code: 'output_invalid', detail: 'it is part of the source' },
    })
    expect(await readFile(file, 'utf8')).toBe(one)
    expect(harness.calls).toHaveLength(0)
  })

  test.each(['jsonl', 'csv', 'json'] as const)(
    'over earlier results of ours, but over nothing else unless it is named: %s',
    async (format) => {
      harness = await createHarness()
      const file = await harness.file('a.jsonl', one)
      const beside = (await pathOf([file], { format })) ?? ''
      expect(await pathOf([file], { format })).toBe(beside)
      await writeFile(beside, 'precious')
      expect(await start([file], { format })).toMatchObject({
        ok: false,
        reason: { code: 'output_invalid', path: beside },
      })
      expect(await readFile(beside, 'utf8')).toBe('precious')
      expect(await pathOf([file], { format, path: beside })).toBe(beside)
      expect(await readFile(beside, 'utf8')).not.toContain('precious')
    },
  )

  test('over a table that an earlier version wrote, which had fewer columns', async () => {
    harness = await createHarness()
    const file = await harness.file('a.jsonl', one)
    const beside = join(dirname(file), 'a.results.csv')
    const earlier = csvColumns.filter((column) => column !== 'probabilities' && column !== 'preview')
    await writeFile(beside, `${earlier.join(',')}\n`)
    expect(await pathOf([file], { format: 'csv' })).toBe(beside)
    expect(await readFile(beside, 'utf8')).toContain('probabilities')
  })

  test('a folder that cannot be written, is missing, or a folder as the file: told before anything is paid for', async () => {
    harness = await createHarness(undefined, {
      files: {
        ...diskFiles,
        open: async (path, flags, mode) => {
          if (flags === 'wx' && path.includes('locked')) throw Object.assign(new Error('no'), { code: 'EACCES' })
          return await diskFiles.open(path, flags, mode)
        },
      },
    })
    const file = await harness.file('locked/a.jsonl', one)
    await chmod(dirname(file), 0o755)
    await mkdir(join(harness.folder, 'folder'))
    const refused = async (path: string | null) => {
      const started = await start([file], { path })
      return started.ok ? 'started' : started.reason.code === 'output_invalid' && started.reason.detail
    }
    expect(await refused(null)).toBe('permission denied')
    expect(await refused(join(harness.folder, 'none', 'x.jsonl'))).toBe('there is no such folder')
    expect(await refused(join(harness.folder, 'folder'))).toBe('it is a folder')
    expect(harness.calls).toHaveLength(0)
    expect(harness.ledger.rows.size).toBe(0)
  })

  test('a disk that is full at the end stops the run with a reason; resuming writes the results without a call', async () => {
    let isFull = true
    harness = await createHarness(undefined, {
      files: {
        ...diskFiles,
        open: async (path, flags, mode) => {
          const handle = await diskFiles.open(path, flags, mode)
          if (!isFull || !path.endsWith('.tmp')) return handle
          handle.write = (async () => {
            throw Object.assign(new Error('full'), { code: 'ENOSPC' })
          }) as unknown as typeof handle.write
          return handle
        },
      },
    })
    const file = await harness.file('a.jsonl', one)
    const view = await harness.run({ source: { kind: 'paths', paths: [file] } })
    expect(view).toMatchObject({ state: 'stopped', reason: { code: 'output_invalid', detail: 'the disk is full' } })
    expect((await readdir(dirname(file))).toSorted()).toEqual(['a.jsonl'])
    isFull = false
    harness.calls.length = 0
    harness.views.length = 0
    await harness.runs.resume(view.runId)
    expect(await harness.ended(view.runId)).toMatchObject({ state: 'completed', counts: { ok: 1 } })
    expect(harness.calls).toHaveLength(0)
    expect(await harness.results(view.resultsPath ?? '')).toHaveLength(1)
  })

  test('nothing half written stays beside them', async () => {
    harness = await createHarness()
    const file = await harness.file('a.jsonl', one)
    const path = (await pathOf([file])) ?? ''
    expect((await readdir(dirname(file))).toSorted()).toEqual(['a.jsonl', basename(path)])
    expect((await stat(path)).size).toBeGreaterThan(0)
  })
})

describe('formats', () => {
  test('JSON is one array, also without results', async () => {
    harness = await createHarness()
    const file = await harness.file(
      'a.jsonl',
      jsonLines([
        { id: 1, text: 'a' },
        { id: 2, text: 'b' },
      ]),
    )
    const path = await pathOf([file], { format: 'json' })
    const records = JSON.parse(await readFile(path ?? '', 'utf8')) as ResultRecord[]
    expect(records.map((record) => record.id)).toEqual(['1', '2'])
    await harness.dispose()
    harness = await createHarness(() => ({
      ok: false,
      reason: { code: 'auth_failed', provider: 'fake', message: '', action: { id: 'setKey', label: '' } },
    }))
    const none = await harness.file('a.jsonl', one)
    const empty = await pathOf([none], { format: 'json' })
    expect(JSON.parse(await readFile(empty ?? '', 'utf8'))).toEqual([])
  })

  test('CSV comes back as it went in, formulas disarmed', async () => {
    const reasoning = '=HYPERLINK("http://evil.example","a, b")\nsecond line'
    harness = await createHarness((request) =>
      goodAnswer(request, () => ({ reasoning, categories: ['Software', 'Science'] })),
    )
    const file = await harness.file(
      'a.jsonl',
      jsonLines([
        { id: '=1+1', text: 'a' },
        { id: -5, text: 'b' },
        { id: '-5+x', text: 'c' },
      ]),
    )
    const path = await pathOf([file], { format: 'csv' })
    const rows: Record<string, string>[] = parse(await readFile(path ?? '', 'utf8'), { columns: true })
    expect(Object.keys(rows[0] ?? {})).toEqual([...csvColumns, 'calibrated'])
    expect(rows.map((row) => row.id)).toEqual(["'=1+1", '-5', "'-5+x"])
    expect(rows[0]).toMatchObject({
      status: 'ok',
      categories: 'Software; Science',
      interest: '8',
      reasoning: `'${reasoning.replace('\n', ' ')}`,
      error_code: '',
      scored_by: 'fake/fake-1',
    })
  })

  test.each([
    ["=cmd|'/C calc'!A0", "'=cmd|'/C calc'!A0"],
    ['+1', "'+1"],
    ['-1', '-1'],
    ['-1.5', '-1.5'],
    ['-1+2', "'-1+2"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\tx', "'\tx"],
    ['\rx', '"\'\rx"'],
    ['\0x', '\uFFFDx'],
    ['\x1b[31mID\x07', '\uFFFD[31mID\uFFFD'],
    ['\x9b2J \x7f', '\uFFFD2J \uFFFD'],
    ['ok;=cmd|x!A0', "ok;'=cmd|x!A0"],
    ['x;-1+1;+2', "x;'-1+1;'+2"],
    ['x\t@SUM(A1)', "x\t'@SUM(A1)"],
    ['x\n=1+1', '"x\n\'=1+1"'],
    ['x;"=1', '"x;\'""=1"'],
    ["x;'=1", "x;''=1"],
    ['x;＝1', "x;'＝1"],
    ['Bug; Feature - new', 'Bug; Feature - new'],
    ['＝1', "'＝1"],
    ['a=b', 'a=b'],
    ['say "x"', '"say ""x"""'],
    ['a,b', '"a,b"'],
    ['', ''],
  ])('a cell %j becomes %j', async (value, cell) => {
    harness = await createHarness()
    expect(csvCell(value)).toBe(cell)
  })
})

test('a person’s word in the table of results is as harmless as a model’s, and “nothing fits” is no empty cell', () => {
  const record: ResultRecord = {
    runId: '01jd0000-abcd',
    id: '1',
    inputHash: 'a'.repeat(64),
    status: 'ok',
    categories: ['Bug'],
    confidence: null,
    suggested: null,
    interest: null,
    quality: null,
    reasoning: null,
    score: null,
    blockedBy: null,
    error: null,
    receipts: {},
  }
  const human = { categories: ['=1+1', 'a,b'], interest: 0, quality: null, score: null, at: '2026-11-21T01:00:00.000Z' }
  const ending = (result: ResultRecord) =>
    csvLine(result, { hasCriteria: result.criteria != null, hasEvidence: false }).split(',01jd0000-abcd')[1]
  expect(ending(record)).toBe(',,,,,,,,')
  expect(ending({ ...record, human })).toBe(',"\'=1+1; a,b",0,,,,,,')
  const probabilities = { '2026': 0.04, '=1+1': 0.930_012 }
  expect(ending({ ...record, probabilities })).toBe(",,,,,,,'=1+1=0.93; 2026=0.04,")
  expect(ending({ ...record, categories: [], confidence: 0.5, probabilities: { Bug: 0.26, Idea: 0.2 } })).toBe(
    ',,,,,,,(no category)=0.5; Bug=0.26; Idea=0.2,',
  )
  expect(ending({ ...record, human: { ...human, categories: [], interest: null } })).toBe(',(no category),,,,,,,')
  expect(ending({ ...record, confidence: 0.9, calibrated: 0.7512 })).toBe(',,,,,,,,0.7512')
  const criteria = { '=Severity': 4, real: true }
  expect(ending({ ...record, criteria, human: { ...human, categories: null, interest: null, criteria } })).toBe(
    ",,,,,,,,'=Severity=4; real=yes,'=Severity=4; real=yes,",
  )
})

test('whatever separator a sheet is set to, no cell of the table begins as a formula, and it is read again as it was', () => {
  const texts = fc.string({ unit: fc.constantFrom(';', '\t', '\n', ',', '"', "'", '=', '+', '-', '@', 'a', '＝', ' ') })
  fc.assert(
    fc.property(texts, (text) => {
      const cell = csvCell(text)
      for (const delimiter of [',', ';', '\t']) {
        const rows: string[][] = parse(`id,${cell},end\n`, {
          delimiter,
          relax_quotes: true,
          relax_column_count: true,
          skip_records_with_error: true,
        })
        for (const each of rows.flat()) if (!/^-?\d+(\.\d+)?$/.test(each)) expect(each).not.toMatch(/^[=+\-@＝]/)
      }
      if (!/^'/.test(text)) {
        const again: string[][] = parse(cell === '' ? '""' : cell)
        expect(csvText(again[0]?.[0] ?? '')).toBe(text)
      }
    }),
    { numRuns: 2000 },
  )
})
