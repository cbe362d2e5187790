import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { findForbiddenImports, layers } from './arrows.ts'

const root = path.resolve(import.meta.dirname, '../../..')

function readSources(): Map<string, string> {
  const files = new Map<string, string>()
  for (const folder of new Set(layers.map((layer) => layer.folder.split('/', 1)[0] as string))) {
    for (const name of listSources(folder)) files.set(name, readFileSync(path.join(root, name), 'utf8'))
  }
  return files
}

function listSources(folder: string): string[] {
  try {
    return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.[mc]?tsx?$/.test(name))
      .map((name) => path.posix.join(folder, name.replaceAll(path.sep, '/')))
  } catch {
    // A folder that is not there yet has no imports.
    return []
  }
}

test('the code keeps to the arrows', () => {
  const sources = readSources()
  expect(sources.size).toBeGreaterThan(10)
  expect(findForbiddenImports(sources)).toEqual([])
})

describe('an import against the arrows is found', () => {
  test.each([
    ['the contract taking a package', 'protocol/a.ts', "import { parse } from 'yaml'"],
    ['the contract seeing the server', 'protocol/a.ts', "import { x } from '../server/x.ts'"],
    ['the contract seeing the words', 'protocol/a.ts', "import { x } from '../shared/x.ts'"],
    ['the words taking a package', 'shared/a.ts', "import type * as z from 'zod'"],
    ['the words using Node', 'shared/describe/a.ts', "import path from 'node:path'"],
    ['the words seeing the server', 'shared/describe/a.ts', "import { x } from '../../server/domain/x.ts'"],
    ['the words seeing a surface', 'shared/a.ts', "import type { x } from '../webview/x.ts'"],
    ['the domain using Node', 'server/domain/a.ts', "import { readFileSync } from 'node:fs'"],
    ['the domain taking a package', 'server/domain/a.ts', "import * as z from 'zod'"],
    ['the domain seeing the rest of the server', 'server/domain/a.ts', "import type { X } from '../store/x.ts'"],
    ['the server seeing the client', 'server/a.ts', "export { x } from '../client/x.ts'"],
    ['the client seeing the server', 'client/a.ts', "import { x } from '../server/server.ts'"],
    ['the terminal seeing the inside of the server', 'cli/a.ts', "import { x } from '../server/store/x.ts'"],
    ['the terminal seeing the editor', 'cli/a.ts', "import * as vscode from 'vscode'"],
    ['the page using Node', 'webview/a.ts', "import path from 'node:path'"],
    ['the toolkit in a second file', 'webview/a.tsx', "import { vsCodeButton } from '@vscode/webview-ui-toolkit'"],
    ['sql.js in a second file', 'server/runs/a.ts', "import initSqlJs from 'sql.js'"],
    ['an SDK outside its file', 'server/health/a.ts', "const sdk = await import('openai')"],
    ['an SDK loaded at the start', 'server/providers/openai.ts', "import OpenAI from 'openai'"],
    ['a named import of zod', 'server/a.ts', "import { z } from 'zod'"],
    ['the product importing a test', 'server/a.ts', "import { x } from '../test/support/x.ts'"],
    ['an import over several lines', 'client/a.ts', "import {\n  x,\n  y,\n} from '../cli/x.ts'"],
    ['a side effect', 'client/a.ts', "import '../cli/x.ts'"],
  ])('%s', (_, file, line) => {
    expect(findForbiddenImports(new Map([[file, line]]))).toHaveLength(1)
  })

  test('an SDK shared by two files of its family', () => {
    const line = "const sdk = await import('openai')"
    const files = new Map([
      ['server/providers/openai.ts', line],
      ['server/providers/openaiCompatible.ts', line],
    ])
    expect(findForbiddenImports(files)).toHaveLength(1)
  })
})

test('what the arrows allow is let through', () => {
  const files = new Map([
    ['protocol/a.ts', "import * as z from 'zod'\nimport { b } from './b.ts'"],
    ['shared/describe/a.ts', "import type { Task } from '../../protocol/names.ts'\nimport { b } from '../b.ts'"],
    ['server/domain/a.ts', "import { fail } from '../../shared/fail.ts'\nimport { b } from './b.ts'"],
    ['server/domain/b.ts', "import type { Task } from '../../protocol/names.ts'"],
    ['webview/a.ts', "import { x } from '../shared/describe/x.ts'"],
    ['server/store/sqlite.ts', "import initSqlJs from 'sql.js'\nimport { x } from '../domain/x.ts'"],
    ['server/providers/openai.ts', "import type OpenAI from 'openai'\nconst sdk = await import('openai')"],
    ['server/providers/openaiAnswer.ts', "import type OpenAI from 'openai'"],
    ['server/a.ts', "import type * as z from 'zod'\nimport { version } from '../package.json'"],
    ['client/a.ts', "import * as vscode from 'vscode'\nimport { x } from '../protocol/x.ts'"],
    ['cli/a.ts', "import { startServer } from '../server/server.ts'\nimport { Command } from 'commander'"],
    ['server/b.ts', "// import { x } from '../client/x.ts'\n * import('vscode')\nconst text = 'import nothing'"],
  ])
  expect(findForbiddenImports(files)).toEqual([])
})
