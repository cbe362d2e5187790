// `npm run package`: builds, and makes llm-providers-<version>.vsix in the root. `--no-build` packs what is in dist/.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { createVSIX } from '@vscode/vsce'
import { root } from './install.mjs'
import { findProblems } from './packaging/checkVsix.mjs'
import { readVsix } from './packaging/readVsix.mjs'

const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
const file = path.join(root, `${manifest.name}-${manifest.version}.vsix`)

if (!process.argv.includes('--no-build')) await import('../esbuild.mjs')
await createVSIX({ cwd: root, packagePath: file, dependencies: false })

const entries = readVsix(file)
const size = statSync(file).size
for (const { name, bytes, packed } of entries.toSorted((a, b) => b.packed - a.packed)) {
  console.log(`${kilobytes(packed)} ${kilobytes(bytes)}  ${name}`)
}
console.log(
  `${path.basename(file)}: ${entries.length} files, ${(size / 1_000_000).toFixed(2)} MB (packed and unpacked sizes above)`,
)

const problems = findProblems({ entries, size, manifest, distFiles: listDist() })
for (const problem of problems) console.error(`! ${problem}`)
process.exitCode = problems.length === 0 ? 0 : 1

function listDist() {
  const dist = path.join(root, 'dist')
  if (!existsSync(dist)) return []
  return readdirSync(dist, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'))
}

function kilobytes(bytes) {
  return `${(bytes / 1000).toFixed(1)} KB`.padStart(11)
}
