import { readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as z from 'zod'
import { outcomeOf } from '../../protocol/outcome.ts'
import { ResultRecord } from '../../protocol/results.ts'
import { RunView } from '../../protocol/runs.ts'
import { type BuiltCli, buildCli, machineNode } from '../support/cli/spawnCli.ts'

const RunDocument = outcomeOf(z.object({ run: RunView, results: z.array(ResultRecord) }))

let cli: BuiltCli
beforeAll(async () => {
  cli = await buildCli()
})
afterAll(() => cli.remove())

const rows = [
  { id: 'a', text: 'The app crashes with a segfault when I open a file.' },
  { id: 'b', text: 'Please add a dark theme.' },
  { id: 'c', text: 'How do I export my notes?' },
]
const builtin = ['--provider', 'builtin', '--profile', 'issues']

async function write(name: string, content: string): Promise<string> {
  await writeFile(path.join(cli.folder, name), content)
  return name
}

function jsonLines(values: readonly unknown[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join('')
}

function parseLines(text: string): ResultRecord[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => ResultRecord.parse(JSON.parse(line)))
}

async function readText(name: string): Promise<string> {
  return await readFile(path.join(cli.folder, name), 'utf8')
}

describe('a file', () => {
  test('is judged on the Node of the machine: a table, a results file, the source as it was', async () => {
    const file = await write('first.jsonl', jsonLines(rows))
    const { code, out, err } = await cli.run(['run', file, ...builtin], { node: machineNode() })
    expect({ code, err }).toMatchObject({ code: 0 })
    const [heading, ...lines] = out.trimEnd().split('\n')
    expect(heading).toMatch(/^ID +TEXT +CATEGORIES +INTEREST +QUALITY +SCORE +REASONING$/)
    expect(lines.map((line) => line[0])).toEqual(['a', 'b', 'c'])
    expect(lines[0]).toContain('Crash')
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(100)
    expect(err).toMatch(/Categorization {2}ready.*builtin/)
    expect(err).toMatch(/Scoring {9}ready.*builtin/)
    expect(err).toMatch(/Items {11}3 ok/)
    expect(err).toContain('Results         first.results.jsonl')
    expect(err).toContain('provider kinds')
    expect(parseLines(await readText('first.results.jsonl')).map(({ id }) => id)).toEqual(['a', 'b', 'c'])
    expect(await readText(file)).toBe(jsonLines(rows))
  })

  test('can be judged again', async () => {
    const file = await write('again.jsonl', jsonLines(rows))
    for (const _ of [1, 2]) expect((await cli.run(['run', file, ...builtin])).code).toBe(0)
    expect(parseLines(await readText('again.results.jsonl'))).toHaveLength(3)
  })

  test('that has not changed keeps its results, says so, and says how all is judged again', async () => {
    const file = await write('same.jsonl', jsonLines([...rows, { ...rows[0], id: 'd' }]))
    const first = await cli.run(['run', file, ...builtin])
    expect(first.err).toMatch(/Not asked {7}1 with the text of another item\n/)
    const second = await cli.run(['run', file, ...builtin])
    expect(second.err).toMatch(/Not asked {7}4 unchanged since an earlier run; to judge all again: .* --fresh\n/)
    const third = await cli.run(['run', file, ...builtin, '--fresh'])
    expect(third.err).not.toContain('earlier run')
  })

  test.each([
    ['categorize', ['ID', 'TEXT', 'CATEGORIES', 'CONFIDENCE', 'SUGGESTED']],
    ['score', ['ID', 'TEXT', 'INTEREST', 'QUALITY', 'REASONING']],
  ])('that is only to be %sd has only those columns', async (command, columns) => {
    const file = await write(`${command}.jsonl`, jsonLines(rows))
    const { code, out } = await cli.run([command, file, ...builtin])
    expect(code).toBe(0)
    expect(out.split('\n', 1)[0]?.split(/ +/)).toEqual(columns)
  })

  test('on a narrow terminal has the reasoning below each row', async () => {
    const file = await write('narrow.jsonl', jsonLines(rows))
    const { out } = await cli.run(['run', file, ...builtin], { columns: 80 })
    const lines = out.trimEnd().split('\n')
    expect(lines).toHaveLength(7)
    expect(lines[2]).toMatch(/^ {2}\S/)
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80)
  })

  test('named like a subcommand is reached by its path', async () => {
    await write('list', 'It crashes.')
    const listed = await cli.run(['run', 'list', '--json'])
    expect(JSON.parse(listed.out).value.rows).toBeInstanceOf(Array)
    const { out } = await cli.run(['run', './list', ...builtin, '--json'])
    const document = RunDocument.parse(JSON.parse(out))
    expect(document.ok && document.value.run.source).toBe('list')
  })

  test('is judged up to a limit, with the fields that are named', async () => {
    const file = await write('fields.csv', 'ticket,subject,body\nx-1,Crash,It crashes\nx-2,Theme,Dark please\n')
    const words = ['run', file, '--text', 'subject,body', '--id', 'ticket', '--limit', '1', '--batch-size', '1']
    const { code, out } = await cli.run([...words, ...builtin, '--json'])
    expect(code).toBe(0)
    const document = RunDocument.parse(JSON.parse(out))
    expect(document.ok && document.value.results.map(({ id }) => id)).toEqual(['x-1'])
  })
})

describe('--output', () => {
  test.each(['jsonl', 'csv', 'json'])(
    '- prints %s as a file of that format has it, and writes none',
    async (format) => {
      const file = await write(
        `same-${format}.jsonl`,
        jsonLines([...rows, { id: '=cmd()', text: 'It "crashes",\nbadly' }]),
      )
      const toFile = await cli.run(['run', file, ...builtin, '--output', `out.${format}`])
      expect(toFile.code).toBe(0)
      const toStdout = await cli.run(['run', file, ...builtin, '--fresh', '--output', '-', '--format', format])
      expect(toStdout.code).toBe(0)
      const steady = (text: string): string =>
        text.replace(/\d{8}t\w+-\w+/g, 'RUN').replace(/"latencyMs":[\d.]+|"at":"[^"]+"/g, '')
      expect(steady(toStdout.out)).toBe(steady(await readText(`out.${format}`)))
      expect(await readdir(cli.folder)).not.toContain(`same-${format}.results.${format}`)
    },
  )

  test('- is complete for a reader that stops early, which is no crash', async () => {
    const many = Array.from({ length: 400 }, (_, index) => ({ id: index, text: `It crashes ${index}` }))
    const file = await write('many.jsonl', jsonLines(many))
    const child = cli.start(['run', file, ...builtin, '--output', '-'])
    child.process.stdout?.once('data', () => child.process.stdout?.destroy())
    const { code, err } = await child.finished
    expect(code).toBe(0)
    expect(err).not.toMatch(/EPIPE|bug/i)
  })
})

describe('standard input', () => {
  test.each([
    ['JSON lines', jsonLines(rows), ['a', 'b', 'c'], []],
    ['a CSV table with a known heading', 'id,text\nx,It crashes\ny,Hello\n', ['x', 'y'], []],
    ['a TSV table with a named field', 'nr\twords\nx\tIt crashes\n', ['x'], ['--text', 'words', '--id', 'nr']],
    ['a JSON array', JSON.stringify(rows), ['a', 'b', 'c'], []],
    ['plain text', 'It crashes when it starts.', ['stdin'], []],
    ['what it is told to be', '{"text":"one text, not a row"}', ['stdin'], ['--stdin-format', 'text']],
  ])('is recognised as %s', async (_name, stdin, ids, options) => {
    const { code, out, err } = await cli.run(['run', '-', ...builtin, ...options, '--json'], { stdin })
    const document = RunDocument.parse(JSON.parse(out))
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(document.ok && document.value.results.map(({ id }) => id)).toEqual(ids)
    expect(document.ok && document.value.run.resultsPath).toBe(path.join(cli.folder, 'stdin.results.jsonl'))
    expect(await readdir(path.join(cli.dataDir, 'stdin'))).toEqual([])
  })

  test('that cannot be judged is named so, and leaves nothing behind', async () => {
    const { code, out } = await cli.run(['run', '-', ...builtin, '--json'], { stdin: new Uint8Array(3000).fill(0) })
    expect(code).toBe(2)
    expect(JSON.parse(out).reason).toMatchObject({ code: 'source_invalid', source: 'stdin', problem: 'binary' })
    expect(await readdir(path.join(cli.dataDir, 'stdin'))).toEqual([])
  })
})

test('the next step after broken rows is to correct them, however many results are not shown', async () => {
  const good = Array.from({ length: 60 }, (_, id) => JSON.stringify({ id, text: `The app crashes, ${id} times.` }))
  const rows = [...good, '{bad', '{"id":61}']
  const { code, err } = await cli.run(['run', await write('late.jsonl', rows.join('\n')), ...builtin])
  expect(code).toBe(4)
  expect(err).toContain('60 ok, 2 failed')
  expect(err).toContain('correct the rows that failed')
})

test('rows that are broken are told, and the others are judged', async () => {
  const hostile = [
    '{"id":"\\u001b[2J\\u001b[31mred\\u202e\\u009b","text":"App crashes \\u001b]0;title\\u0007"}',
    'not json',
    '{"id":"no text"}',
    JSON.stringify({ id: 'x'.repeat(300), text: 'It crashes' }),
  ]
  const file = await write('hostile.jsonl', hostile.join('\n'))
  const { code, out, err } = await cli.run(['run', file, ...builtin])
  expect(code).toBe(4)
  expect(out).toContain('␛[2J␛[31mred')
  expect(out).toMatch(/failed: Line 2:/)
  expect(err).toMatch(/2 ok, 2 failed/)
  expect(err).toContain('correct the rows that failed')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
  expect(out + err).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/)
  for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(100)
})

test('runs are listed and shown again, as a table, as JSON and as their format', async () => {
  const file = await write('shown.jsonl', jsonLines(rows))
  const started = RunDocument.parse(JSON.parse((await cli.run(['run', file, ...builtin, '--json'])).out))
  if (!started.ok) throw new Error(started.reason.message)
  const { runId } = started.value.run
  const listed = await cli.run(['run', 'list'])
  expect(listed.out).toContain(runId)
  expect((await cli.run(['run', 'show', runId])).out.split('\n')).toHaveLength(5)
  expect((await cli.run(['run', 'show', runId, '--limit', '1'])).out.split('\n')).toHaveLength(3)
  expect(RunDocument.parse(JSON.parse((await cli.run(['run', 'show', runId, '--json'])).out))).toEqual(started)
  const printed = await cli.run(['run', 'show', runId, '--output', '-'])
  expect(parseLines(printed.out)).toEqual(started.value.results)
})
