import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type BuiltCli, buildCli } from '../support/cli/spawnCli.ts'

let cli: BuiltCli
beforeAll(async () => {
  cli = await buildCli()
})
afterAll(() => cli.remove())

const processes = 4
const labelsEach = 25

test('several processes import labels into one golden set at once, and none of them is lost', async () => {
  const files = await Promise.all(
    Array.from({ length: processes }, async (_, process) => {
      const rows = Array.from({ length: labelsEach }, (_, at) => {
        // The last one is the same text in all files.
        const text = at === labelsEach - 1 ? 'Everybody labels this.' : `Text ${at} of process ${process}.`
        return JSON.stringify({ id: `${process}-${at}`, text, interest: process })
      })
      await writeFile(path.join(cli.folder, `labels-${process}.jsonl`), `${rows.join('\n')}\n`)
      return `labels-${process}.jsonl`
    }),
  )
  const ended = await Promise.all(files.map((file) => cli.run(['label', 'import', file, '--json'])))
  const told = ended.map(({ code, out, err }) => {
    expect({ code, err }).toEqual({ code: 0, err: '' })
    return JSON.parse(out).value as { added: number; changed: number; left: number }
  })
  const sum = (name: 'added' | 'changed' | 'left') => told.reduce((before, each) => before + each[name], 0)
  const distinct = processes * (labelsEach - 1) + 1
  expect([sum('added'), sum('changed'), sum('left')]).toEqual([distinct, processes - 1, 0])
  const lines = (await readFile(path.join(cli.folder, '.llm-providers', 'golden.jsonl'), 'utf8')).trimEnd().split('\n')
  expect(new Set(lines.map((line) => JSON.parse(line).inputHash)).size).toBe(distinct)
  expect(lines).toHaveLength(distinct)
})
