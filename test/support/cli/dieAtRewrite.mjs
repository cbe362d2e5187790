// Preloaded into a process that is to die: at the moment when it begins to write a results file, whose name it is given.
import { createRequire, syncBuiltinESMExports } from 'node:module'
import path from 'node:path'

const files = createRequire(import.meta.url)('node:fs/promises')
const { open } = files
files.open = (name, ...rest) => {
  if (path.basename(String(name)).startsWith(`${process.env.DIE_AT_REWRITE_OF}.`)) process.kill(process.pid, 'SIGKILL')
  return open(name, ...rest)
}
syncBuiltinESMExports()
