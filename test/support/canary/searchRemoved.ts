import fs, { existsSync, promises } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { searchFolder } from './canary.ts'
import { rootVariable } from './globalSetup.ts'

// Tests remove what they wrote, and what is gone cannot be searched at the end: so a folder is searched before it goes.
const { rm } = promises
const { rmSync } = fs

function search(removed: unknown, options: unknown): void {
  const folder = String(removed)
  const isFolder = typeof options === 'object' && options !== null && 'recursive' in options && options.recursive
  if (!isFolder || !folder.startsWith(process.env[rootVariable] ?? '\0') || !existsSync(folder)) return
  const found = fs.statSync(folder).isDirectory() ? searchFolder(folder) : []
  if (found.length > 0) throw new Error(`A key of the tests was written down:\n  ${found.join('\n  ')}`)
}

promises.rm = async (...args) => {
  search(args[0], args[1])
  return rm(...args)
}
fs.rmSync = (...args) => {
  search(args[0], args[1])
  rmSync(...args)
}
syncBuiltinESMExports()
