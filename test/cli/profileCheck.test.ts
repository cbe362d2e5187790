import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type LiveCli, startLiveCli } from '../support/cli/liveCli.ts'

let cli: LiveCli
beforeEach(async () => {
  cli = await startLiveCli()
  await mkdir(path.join(cli.folder, '.llm-providers'))
})
afterEach(() => cli.remove())

const write = (name: string, text: string) => writeFile(path.join(cli.folder, '.llm-providers', name), text)
const check = async (...words: string[]) => {
  const { code, out, err } = await cli.run(['profile', 'check', ...words])
  return { code, out, err, json: words.includes('--json') ? JSON.parse(out) : null }
}

const profile = `# first line
categories:
  max: 2
  list:
    - name: Crash
      description: The program ends, hangs or shows an error message.
      children:
        - name: At start
    - name: Ending
      description: The program hangs, ends or shows an error message.
    - { name: Praise, description: Likes it. }
    - { name: Old, hidden: true }
`

test('what may be better is told with its line, and decides only with --strict', async () => {
  await write('profile.yaml', profile)
  const plain = await check()
  expect(plain.code).toBe(0)
  expect(plain.out).toContain('Valid profile of 5 categories.')
  expect(plain.out).toContain('note: line 9: "Ending" and "Crash" are described nearly alike')
  expect((await check('--strict')).code).toBe(2)
  const { json } = await check('--json')
  expect(json).toMatchObject({ ok: true, value: { form: 'profile', policies: [], results: 0 } })
  expect(json.value.notes).toMatchObject([{ code: 'overlap', category: 'Ending', line: 9 }])
})

test('categories without a label are told where the folder has labels, and hidden ones never', async () => {
  await write('profile.yaml', profile.replace('hangs, ends or shows an error message', 'stops for good'))
  const items = path.join(cli.folder, 'items.jsonl')
  await writeFile(items, '{"text":"It crashed","categories":["Crash"]}\n{"text":"Great","categories":["Praise"]}\n')
  expect((await cli.run(['label', 'import', items])).code).toBe(0)
  const { json } = await check('--json')
  expect(json.value.notes.map(({ code, category }: { code: string; category: string }) => [code, category])).toEqual([
    ['no_label', 'At start'],
    ['no_label', 'Ending'],
  ])
})

test('categories that no result has are told once there are many', async () => {
  await write('profile.yaml', 'categories:\n  - { name: Crash, description: "crash, hang, error" }\n  - name: Zebra\n')
  const rows = Array.from({ length: 120 }, (_, at) => JSON.stringify({ id: `${at}`, text: `A crash, number ${at}` }))
  await writeFile(path.join(cli.folder, 'many.jsonl'), rows.join('\n'))
  expect((await cli.run(['categorize', 'many.jsonl', '--yes'])).code).toBe(0)
  const { json } = await check('--json')
  expect(json.value).toMatchObject({ results: 120, notes: [{ code: 'unused', category: 'Zebra', line: 3 }] })
})

test('a mistake in the profile, or in the rules beside it, is exit code 2 and has its line', async () => {
  await write('profile.yaml', 'categories:\n  - name: A\n  - nam: B\n')
  const broken = await check('--json')
  expect(broken.code).toBe(2)
  expect(broken.json.reason).toMatchObject({ code: 'profile_invalid' })
  expect(broken.json.reason.problems[0].line).toBe(3)
  await write('profile.yaml', 'categories: [{ name: A }]\n')
  await write('policy.yaml', 'providers: ollama\n')
  const ruled = await check()
  expect(ruled.code).toBe(2)
  expect(ruled.out).toContain('line 1: providers: a list is needed')
})
