import { execFile } from 'node:child_process'
import { cpSync, globSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

// The rules of the real compiler projects and the real linter, tried on small files in a house of the same shape:
// a rule that was loosened, or that a newer tool no longer understands, fails here.

const root = path.resolve(import.meta.dirname, '../../..')

/** One offender each: where it stands, what it says, and what the tool answers. */
const rejectedByLint: [name: string, file: string, text: string, rule: string][] = [
  [
    'contract takes a package',
    'protocol/package.ts',
    "import * as yaml from 'yaml'\nexport const a = yaml",
    'noRestrictedImports',
  ],
  [
    'contract sees the server',
    'protocol/up.ts',
    "import { target } from '../server/target.ts'\nexport const a = target",
    'noRestrictedImports',
  ],
  [
    'contract sees the words',
    'protocol/words.ts',
    "import { words } from '../shared/fine.ts'\nexport const a = words",
    'noRestrictedImports',
  ],
  ['words take a package', 'shared/package.ts', "import * as z from 'zod'\nexport const a = z", 'noRestrictedImports'],
  ['words take Node', 'shared/node.ts', "import path from 'node:path'\nexport const a = path", 'noRestrictedImports'],
  [
    'words see the domain',
    'shared/describe/domain.ts',
    "import { pure } from '../../server/domain/fine.ts'\nexport const a = pure",
    'noRestrictedImports',
  ],
  [
    'words see a surface',
    'shared/up.ts',
    "import { target } from '../client/target.ts'\nexport const a = target",
    'noRestrictedImports',
  ],
  [
    'domain takes a package',
    'server/domain/package.ts',
    "import * as z from 'zod'\nexport const a = z",
    'noRestrictedImports',
  ],
  [
    'domain takes Node',
    'server/domain/node.ts',
    "import fs from 'node:fs'\nexport const a = fs",
    'noRestrictedImports',
  ],
  [
    'domain sees the store',
    'server/domain/store.ts',
    "import { target } from '../target.ts'\nexport const a = target",
    'noRestrictedImports',
  ],
  [
    'server sees the client',
    'server/client.ts',
    "import { target } from '../client/target.ts'\nexport const a = target",
    'noRestrictedImports',
  ],
  [
    'server sees the editor',
    'server/editor.ts',
    "import * as vscode from 'vscode'\nexport const a = vscode",
    'noRestrictedImports',
  ],
  [
    'second file with sql.js',
    'server/store/runs.ts',
    "import sql from 'sql.js'\nexport const a = sql",
    'noRestrictedImports',
  ],
  ['SDK outside its file', 'server/health.ts', "export const a = await import('ollama')", 'noRestrictedImports'],
  [
    'SDK in another provider',
    'server/providers/ollama.ts',
    "export const a = await import('openai')",
    'noRestrictedImports',
  ],
  ['named import of zod', 'server/zod.ts', "import { z } from 'zod'\nexport const a = z", 'noRestrictedImports'],
  [
    'product imports a test',
    'server/test.ts',
    "import { target } from '../test/target.ts'\nexport const a = target",
    'noRestrictedImports',
  ],
  [
    'client sees the server',
    'client/server.ts',
    "import { target } from '../server/target.ts'\nexport const a = target",
    'noRestrictedImports',
  ],
  ['client takes an SDK', 'client/sdk.ts', "export const a = await import('@anthropic-ai/sdk')", 'noRestrictedImports'],
  [
    'terminal sees inside the server',
    'cli/inside.ts',
    "import { target } from '../server/target.ts'\nexport const a = target",
    'noRestrictedImports',
  ],
  [
    'terminal sees the editor',
    'cli/editor.ts',
    "import * as vscode from 'vscode'\nexport const a = vscode",
    'noRestrictedImports',
  ],
  ['page takes Node', 'webview/node.ts', "import path from 'node:path'\nexport const a = path", 'noRestrictedImports'],
  [
    'page takes the toolkit past its module',
    'webview/button.tsx',
    "import { vsCodeButton } from '@vscode/webview-ui-toolkit'\nexport const a = vsCodeButton",
    'noRestrictedImports',
  ],
  [
    'page sees the client',
    'webview/client.ts',
    "import { target } from '../client/target.ts'\nexport const a = target",
    'noRestrictedImports',
  ],
  [
    'sources see the runs above them',
    'server/sources/up.ts',
    "import { target } from '../runs/target.ts'\nexport const a = target",
    'noRestrictedImports',
  ],
  [
    'a description sees the views above it',
    'client/describe/up.ts',
    "import type { Target } from '../views/target.ts'\nexport type A = Target",
    'noRestrictedImports',
  ],
  [
    'a part of pages sees the pages above it',
    'webview/parts/up.ts',
    "import { target } from '../pages/target.ts'\nexport const a = target",
    'noRestrictedImports',
  ],
  [
    'what every command needs sees a command',
    'cli/invocation/up.ts',
    "import { target } from '../commands/target.ts'\nexport const a = target",
    'noRestrictedImports',
  ],
  [
    'a feature sees the wiring',
    'server/health/up.ts',
    "import { target } from '../wiring.ts'\nexport const a = target",
    'noRestrictedImports',
  ],
  [
    'promise left alone',
    'server/promise.ts',
    'async function go(): Promise<void> {}\nexport function a() {\n  go()\n}',
    'noFloatingPromises',
  ],
  ['skipped test', 'test/skipped.test.ts', "import { test } from 'vitest'\ntest.skip('a', () => {})", 'noSkippedTests'],
  ['default export', 'server/default.ts', 'export default 1', 'noDefaultExport'],
  ['barrel', 'server/barrel.ts', "export * from './target.ts'", 'noBarrelFile'],
]

const rejectedByCompiler: [name: string, file: string, text: string][] = [
  ['contract knows no Node', 'protocol/node.ts', 'export const a = process.env'],
  [
    'contract knows no server',
    'protocol/up.ts',
    "import { target } from '../server/target.ts'\nexport const a = target",
  ],
  ['contract knows no words', 'protocol/words.ts', "import { words } from '../shared/fine.ts'\nexport const a = words"],
  ['words know no Node', 'shared/process.ts', 'export const a = process.env'],
  ['words know no server', 'shared/server.ts', "import { target } from '../server/target.ts'\nexport const a = target"],
  ['words know no surface', 'shared/up.ts', "import { target } from '../client/target.ts'\nexport const a = target"],
  ['domain knows no Node', 'server/domain/node.ts', "import fs from 'node:fs'\nexport const a = fs"],
  ['domain knows no store', 'server/domain/store.ts', "import { target } from '../target.ts'\nexport const a = target"],
  [
    'server knows no client',
    'server/client.ts',
    "import { target } from '../client/target.ts'\nexport const a = target",
  ],
  [
    'server knows no terminal',
    'server/terminal.ts',
    "import { target } from '../cli/target.ts'\nexport const a = target",
  ],
  [
    'client knows no server',
    'client/server.ts',
    "import { target } from '../server/target.ts'\nexport const a = target",
  ],
  ['page knows no Node', 'webview/process.ts', 'export const a = process.env'],
  ['page knows no terminal', 'webview/up.ts', "import { target } from '../cli/target.ts'\nexport const a = target"],
  ['server knows no document', 'server/document.ts', 'export const a = document.body'],
  ['product knows no test', 'server/test.ts', "import { target } from '../test/target.ts'\nexport const a = target"],
  ['no enum', 'server/enum.ts', 'export enum A {\n  One,\n}'],
]

/** What the offenders point at. */
const targets = [
  'server/target.ts',
  'server/wiring.ts',
  'server/runs/target.ts',
  'client/target.ts',
  'client/views/target.ts',
  'webview/pages/target.ts',
  'cli/target.ts',
  'cli/commands/target.ts',
  'test/target.ts',
].map((file): [string, string] => [file, 'export const target = 1\nexport type Target = 1\n'])

const clean: [file: string, text: string][] = [
  ['protocol/fine.ts', "import * as z from 'zod'\nexport const fine = z.string()\n"],
  ['shared/fine.ts', "import { fine } from '../protocol/fine.ts'\nexport const words = fine\n"],
  ['shared/describe/fine.ts', "import { words } from '../fine.ts'\nexport const fine = words\n"],
  [
    'server/domain/fine.ts',
    "import { fine } from '../../protocol/fine.ts'\nimport { words } from '../../shared/fine.ts'\nexport const pure = [fine, words]\n",
  ],
  [
    'server/fine.ts',
    "import path from 'node:path'\nimport { pure } from './domain/fine.ts'\nexport const fine = [path.sep, pure]\n",
  ],
  ['server/server.ts', "import { fine } from './fine.ts'\nexport const startServer = () => fine\n"],
  ['server/store/sqlite.ts', "import initSqlJs from 'sql.js'\nexport const openDatabase = initSqlJs\n"],
  ['server/providers/openai.ts', "export const load = () => import('openai')\n"],
  [
    'client/fine.ts',
    "import * as vscode from 'vscode'\nimport { fine as id } from '../protocol/fine.ts'\nexport const fine = [vscode.window, id]\n",
  ],
  ['cli/fine.ts', "import { startServer } from '../server/server.ts'\nexport const fine = startServer\n"],
  [
    'webview/fine.ts',
    "import { fine as id } from '../protocol/fine.ts'\nimport { words } from '../shared/fine.ts'\nexport const fine = [id, words]\n",
  ],
  [
    'webview/toolkit.tsx',
    "import { vsCodeButton } from '@vscode/webview-ui-toolkit'\nexport const a: unknown[] = [vsCodeButton, document.body]\n",
  ],
  ['test/fine.ts', "import { startServer } from '../server/server.ts'\nexport const fine = startServer\n"],
]

let house: string
let lintFindings: Map<string, string[]>
let compilerFindings: Map<string, string[]>

beforeAll(async () => {
  house = buildHouse([...clean, ...targets, ...rejectedByLint.map(pickFile), ...rejectedByCompiler.map(pickFile)])
  ;[lintFindings, compilerFindings] = await Promise.all([lint(), compile()])
}, 60_000)

afterAll(() => rmSync(house, { recursive: true, force: true }))

describe('the linter rejects', () => {
  test.each(rejectedByLint)('%s', (_, file, _text, rule) => {
    expect(lintFindings.get(file)?.join() ?? 'nothing').toContain(rule)
  })
})

describe('the compiler rejects', () => {
  test.each(rejectedByCompiler)('%s', (_, file) => {
    expect(compilerFindings.get(file)).toBeDefined()
  })
})

describe('both let through', () => {
  test.each(clean)('%s', (file) => {
    expect(lintFindings.get(file)).toBeUndefined()
    expect(compilerFindings.get(file)).toBeUndefined()
  })
})

function pickFile([, file, text]: readonly [string, string, string, ...unknown[]]): [string, string] {
  return [file, `${text}\n`]
}

function buildHouse(files: readonly [file: string, text: string][]): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'key-on-purpose-in-sources-'))
  const configurations = globSync(
    [
      'biome.json',
      'biome.imports.json',
      '.gitignore',
      'package.json',
      'tsconfig*.json',
      '*/tsconfig.json',
      '*/*/tsconfig.json',
    ],
    {
      cwd: root,
      exclude: ['node_modules/**'],
    },
  )
  for (const name of configurations) cpSync(path.join(root, name), path.join(folder, name))
  symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'), 'junction')
  for (const [file, text] of files) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true })
    writeFileSync(path.join(folder, file), text)
  }
  return folder
}

async function lint(): Promise<Map<string, string[]>> {
  const output = await run('@biomejs/biome/bin/biome', ['lint', '--reporter=json', '--max-diagnostics=none', '.'])
  const { diagnostics } = JSON.parse(output) as { diagnostics: { category: string; location: { path: string } }[] }
  return groupByFile(diagnostics.map(({ category, location }) => [location.path, category]))
}

async function compile(): Promise<Map<string, string[]>> {
  const output = await run('typescript/bin/tsc', ['-b', '--pretty', 'false'])
  return groupByFile(
    [...output.matchAll(/^(.+?)\(\d+,\d+\): error (TS\d+)/gm)].map(([, file = '', code = '']) => [file, code]),
  )
}

/** Both tools end with an error code here, as they should: only their output counts. */
function run(tool: string, args: string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(process.execPath, [path.join(root, 'node_modules', tool), ...args], { cwd: house }, (_error, stdout) =>
      resolve(stdout),
    )
  })
}

function groupByFile(findings: readonly [file: string, what: string][]): Map<string, string[]> {
  const grouped = new Map<string, string[]>()
  for (const [file, what] of findings) grouped.set(file, [...(grouped.get(file) ?? []), what])
  return grouped
}
