import { describe, expect, test } from 'vitest'
import { findProblems, maxBytes } from '../../../scripts/packaging/checkVsix.mjs'

const manifest = {
  main: './dist/extension.js',
  bin: { 'llm-providers': './dist/cli.js' },
  icon: 'media/icon.png',
  contributes: { viewsContainers: { activitybar: [{ id: 'llmProviders', icon: 'media/bar.svg' }] } },
}
const distFiles = [
  'dist/extension.js',
  'dist/server.js',
  'dist/cli.js',
  'dist/sql-wasm.wasm',
  'dist/migrations/0001_start.sql',
]
const complete = [
  '[Content_Types].xml',
  'extension.vsixmanifest',
  'extension/package.json',
  'extension/readme.md',
  'extension/changelog.md',
  'extension/LICENSE.txt',
  'extension/media/icon.png',
  'extension/media/bar.svg',
  'extension/samples/issues.jsonl',
  'extension/samples/profile.yaml',
  'extension/package.nls.json',
  'extension/package.nls.de.json',
  'extension/l10n/bundle.l10n.de.json',
  ...distFiles.map((file) => `extension/${file}`),
]

function problemsOf(names, size = 1_000_000) {
  return findProblems({ entries: names.map((name) => ({ name, bytes: 1, packed: 1 })), size, manifest, distFiles })
}

test('a complete package has no problem', () => {
  expect(problemsOf(complete)).toEqual([])
})

describe('a file that is left out is named', () => {
  test.each(complete.slice(2))('%s', (name) => {
    expect(problemsOf(complete.filter((other) => other !== name))).toEqual([`missing: ${name}`])
  })
})

describe('a file that has no business there is named', () => {
  test.each([
    'extension/.env',
    'extension/dist/extension.js.map',
    'extension/server/main.ts',
    'extension/test/unit/a.test.ts',
    'extension/node_modules/zod/index.js',
    'extension/package-lock.json',
    'extension/tsconfig.json',
    'extension/dist/server.cpuprofile',
    'extension/samples/notes.md',
    'extension/l10n/bundle.l10n.json',
    'extension/.github/workflows/ci.yml',
  ])('%s', (name) => {
    expect(problemsOf([...complete, name])).toEqual([`unexpected: ${name}`])
  })
})

test('an empty file is named', () => {
  const entries = complete.map((name) => ({ name, bytes: name.endsWith('.wasm') ? 0 : 1, packed: 1 }))
  expect(findProblems({ entries, size: 1, manifest, distFiles })).toEqual(['empty: extension/dist/sql-wasm.wasm'])
})

test('a package over the limit is refused', () => {
  expect(problemsOf(complete, maxBytes)).toEqual([])
  expect(problemsOf(complete, maxBytes + 1)).toHaveLength(1)
})
