import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type BuiltCli, buildCli } from '../support/cli/spawnCli.ts'

let cli: BuiltCli
beforeEach(async () => {
  cli = await buildCli()
})
afterEach(() => cli.remove())

const inFolder = (name: string) => path.join(cli.folder, name)
const preload = pathToFileURL(path.join(import.meta.dirname, '../support/cli/dieAtRewrite.mjs')).href

async function done(...words: string[]): Promise<string> {
  const { code, out, err } = await cli.run(words)
  if (code !== 0) throw new Error(`${words.join(' ')}: exit code ${code}\n${err}`)
  return out
}

test('whoever begins next writes the file that a second opinion was to settle when its process was killed', async () => {
  const rows = ['It crashes with a segfault.', 'Please add an option for dark colours.', 'Hello.']
  await writeFile(inFolder('in.jsonl'), rows.map((text, id) => JSON.stringify({ id, text })).join('\n'))
  await writeFile(inFolder('other.jsonl'), JSON.stringify({ id: 'o', text: 'A crash' }))
  await done('provider', 'add', 'other', '--kind', 'builtin')
  const first = JSON.parse(
    await done('categorize', 'in.jsonl', '--provider', 'builtin', '--profile', 'issues', '--json'),
  )
  const { runId } = first.value.run
  const before = await readFile(inFolder('in.results.jsonl'), 'utf8')
  const killed = await cli.run(['run', 'resume', runId, '--second', 'other', '--on', 'all', '--yes'], {
    environment: { NODE_OPTIONS: `--import ${preload}`, DIE_AT_REWRITE_OF: 'in.results.jsonl' },
  })
  expect(killed.code).toBeNull()
  expect(await readFile(inFolder('in.results.jsonl'), 'utf8')).toBe(before)
  // The second run was complete: nothing of it is asked again.
  expect(JSON.parse(await done('run', 'list', '--json')).value.rows[0]).toMatchObject({
    secondOf: runId,
    state: 'completed',
  })

  await done('categorize', 'other.jsonl', '--provider', 'builtin')
  const settled = (await readFile(inFolder('in.results.jsonl'), 'utf8')).trim().split('\n')
  expect(settled.map((line) => JSON.parse(line).opinion?.other.receipts.categorization.provider)).toEqual([
    'other',
    'other',
    'other',
  ])

  // It is done once: what a person does with the file afterwards stays.
  await writeFile(inFolder('in.results.jsonl'), '{"mine": true}\n')
  await done('categorize', 'other.jsonl', '--provider', 'builtin')
  expect(await readFile(inFolder('in.results.jsonl'), 'utf8')).toBe('{"mine": true}\n')
})

test('a file that was edited meanwhile is left alone', async () => {
  await writeFile(inFolder('in.jsonl'), JSON.stringify({ id: 1, text: 'A crash' }))
  await done('provider', 'add', 'other', '--kind', 'builtin')
  const first = JSON.parse(
    await done('categorize', 'in.jsonl', '--provider', 'builtin', '--profile', 'issues', '--json'),
  )
  await cli.run(['run', 'resume', first.value.run.runId, '--second', 'other', '--on', 'all', '--yes'], {
    environment: { NODE_OPTIONS: `--import ${preload}`, DIE_AT_REWRITE_OF: 'in.results.jsonl' },
  })
  const edited = `${await readFile(inFolder('in.results.jsonl'), 'utf8')}{"mine": true}\n`
  await writeFile(inFolder('in.results.jsonl'), edited)
  await writeFile(inFolder('other.jsonl'), JSON.stringify({ id: 'o', text: 'A crash' }))
  await done('categorize', 'other.jsonl', '--provider', 'builtin')
  expect(await readFile(inFolder('in.results.jsonl'), 'utf8')).toBe(edited)
})
