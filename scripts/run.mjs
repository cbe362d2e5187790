// `node scripts/run.mjs FILE [ARG …]`: runs a script of the project with the project's own Node, installing first if needed.
import { ensureInstalled, runWithProjectNode } from './install.mjs'

ensureInstalled()
process.exitCode = runWithProjectNode(process.argv.slice(2)).status ?? 1
