import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { makeFolder } from '../../../server/files/makeFolder.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'llm-providers-folder-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

it('makes a folder with its parents, and says nothing when it is there', () => {
  const folder = path.join(root, 'a', 'b', 'c')
  makeFolder(folder)
  makeFolder(folder)
  expect(existsSync(folder)).toBe(true)
})

it('fails where a file stands in the way', () => {
  writeFileSync(path.join(root, 'file'), '')
  expect(() => makeFolder(path.join(root, 'file'))).toThrow(/EEXIST/)
  expect(() => makeFolder(path.join(root, 'file', 'below'))).toThrow(/ENOTDIR/)
})

it.runIf(process.platform === 'linux')('fails, and does not hang, where the file system takes no folders', () => {
  expect(() => makeFolder('/proc/llm-providers/below')).toThrow(/ENOENT/)
})
