import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type LiveCli, startLiveCli } from '../support/cli/liveCli.ts'

/** Random, and without the mark by which the suite finds keys by itself. */
const key = 'b7kq2zx9lm4tn8vc1rw6yp3hs5jd0fg2'
const local = ['--kind', 'openai-compatible', '--set', 'base_url=http://127.0.0.1:9/v1']

let cli: LiveCli
beforeAll(async () => {
  cli = await startLiveCli()
  await cli.run(['provider', 'add', 'local', ...local])
})
afterAll(async () => await cli.remove())

test.each([
  [['provider', 'add', key, ...local]],
  [['provider', 'add', 'x', '--kind', key]],
  [['provider', 'add', 'x', ...local, '--preset', key]],
  [['provider', 'add', 'x', ...local, '--key-env', `K${key}`]],
  [['provider', 'add', 'x', ...local, '--set', `headers=x-org: ${key}`]],
  [['provider', 'add', 'x', ...local, '--set', `${key}=on`]],
  [['provider', 'set', 'local', `base_url=http://127.0.0.1:9/v1?key=${key}`]],
  [['provider', 'set', 'local', '--key-env', `K${key}`]],
  [['provider', 'set-key', key]],
  [['provider', 'set-key', 'local', key]],
  [['provider', 'test', 'local', '--model', key]],
  [['model', 'add', 'local', key, '--type', 'generation']],
  [['route', 'set', 'scoring', '--provider', 'local', '--model', key]],
  [['category', 'add', key]],
  [['preferences', 'set', `interests=my key is ${key}`]],
  [['run', 'items.jsonl', '--model', key, '--provider', 'local']],
])('a key is refused and not repeated: %#', async (words) => {
  for (const line of [words, [...words, '--json']]) {
    const { code, out, err } = await cli.run(line)
    expect(code).toBe(2)
    expect(out + err).not.toContain(key)
  }
  expect(filesOf(cli.dataDir)).not.toContain(key)
})

function filesOf(folder: string): string {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(path.join(entry.parentPath, entry.name), 'latin1'))
    .join('\n')
}
