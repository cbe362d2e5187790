import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { searchFolder } from './canary.ts'

/** Where the tests of this run write, their child processes included: everything is below one folder, and can be searched. */
export const rootVariable = 'LLM_PROVIDERS_TEST_ROOT'

/** Gives the whole suite one temporary folder. */
export function setup(): void {
  const root = mkdtempSync(path.join(tmpdir(), 'llm-providers-suite-'))
  const temporary = path.join(root, 'tmp')
  mkdirSync(temporary)
  for (const name of ['TMPDIR', 'TEMP', 'TMP']) process.env[name] = temporary
  process.env[rootVariable] = root
}

/** Searches what is left of it for keys, what was printed included: any is a failure. */
export function teardown(): void {
  const root = process.env[rootVariable]
  if (root === undefined) throw new Error('nobody set the folder of the suite up')
  const found = searchFolder(root).map((file) => path.relative(root, file))
  rmSync(root, { recursive: true, force: true, maxRetries: 3 })
  if (found.length > 0) throw new Error(`A key of the tests was written down:\n  ${found.join('\n  ')}`)
}
