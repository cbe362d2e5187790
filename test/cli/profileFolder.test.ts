import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findProfileFolder } from '../../cli/runs/profileFolder.ts'

let home: string
beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'home-'))
})
afterEach(() => rm(home, { recursive: true }))

async function put(...names: string[]): Promise<void> {
  for (const name of names) {
    await mkdir(path.join(home, path.dirname(name)), { recursive: true })
    await writeFile(path.join(home, name), '')
  }
}

test.each<[string, string[], string, string]>([
  ['its own', ['a/.llm-providers/profile.yaml'], 'a', 'a'],
  [
    'the nearest above',
    ['a/.llm-providers/profile.yaml', 'a/b/.llm-providers/profile.yaml', 'a/b/c/d/x'],
    'a/b/c/d',
    'a/b',
  ],
  ['that at the top of the repository', ['a/.git', 'a/.llm-providers/profile.yaml', 'a/b/x'], 'a/b', 'a'],
  ['none beyond the repository', ['a/.llm-providers/profile.yaml', 'a/b/.git', 'a/b/c/x'], 'a/b/c', 'a/b/c'],
  ['none of the home folder, when working below it', ['.llm-providers/profile.yaml', 'a/b/x'], 'a/b', 'a/b'],
  ['none at all', ['a/b/x'], 'a/b', 'a/b'],
])('whoever works in a folder gets %s', async (_, files, from, expected) => {
  await put(...files)
  expect(await findProfileFolder(path.join(home, from), home)).toBe(path.join(home, expected))
})
