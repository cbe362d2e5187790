// `npm run package`: builds, and makes llm-providers-<version>.vsix and llm-providers-<version>.tgz (`npx llm-providers`) in the root.
// `--no-build` packs what is in dist/. `--twice` builds and packs once more, elsewhere, and compares every byte.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { createVSIX } from '@vscode/vsce'
import { projectNode, root } from './install.mjs'
import { findProblems } from './packaging/checkVsix.mjs'
import { findNpmProblems, packNpm, readTar } from './packaging/npmPackage.mjs'
import { readVsix } from './packaging/readVsix.mjs'

// A zip holds local times. All files of a package have this one, so that the same files make the same package, wherever it is made.
process.env.TZ = 'UTC'
process.env.SOURCE_DATE_EPOCH = '1767225600'

const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
const vsix = path.join(root, `${manifest.name}-${manifest.version}.vsix`)
const scratch = mkdtempSync(path.join(tmpdir(), 'llm-providers-package-'))

if (!process.argv.includes('--no-build')) await import('../esbuild.mjs')
try {
  await createVSIX({ cwd: root, packagePath: vsix, dependencies: false })
  const tarball = packNpm(root, { stage: path.join(scratch, 'stage'), target: root })
  const problems = [
    ...checkVsix(),
    ...checkTarball(tarball),
    ...(process.argv.includes('--twice') ? await compareWithAnother(tarball) : []),
  ]
  for (const problem of problems) console.error(`! ${problem}`)
  process.exitCode = problems.length === 0 ? 0 : 1
} finally {
  rmSync(scratch, { recursive: true, force: true })
}

function checkVsix() {
  const entries = readVsix(vsix)
  const size = statSync(vsix).size
  for (const { name, bytes, packed } of entries.toSorted((a, b) => b.packed - a.packed)) {
    console.log(`${kilobytes(packed)} ${kilobytes(bytes)}  ${name}`)
  }
  console.log(
    `${path.basename(vsix)}: ${entries.length} files, ${(size / 1_000_000).toFixed(2)} MB (packed and unpacked sizes above)`,
  )
  return findProblems({
    entries,
    size,
    manifest,
    distFiles: listFiles(path.join(root, 'dist')).map((file) => `dist/${file}`),
  })
}

function checkTarball(file) {
  const packed = readFileSync(file)
  const entries = readTar(gunzipSync(packed))
  console.log(`${path.basename(file)}: ${entries.length} files, ${(packed.length / 1_000_000).toFixed(2)} MB`)
  return findNpmProblems(entries, packed.length)
}

/** Built and packed from the same sources, into another folder. */
async function compareWithAnother(tarball) {
  const dist = path.join(scratch, 'dist')
  const built = spawnSync(projectNode, ['esbuild.mjs', dist], { cwd: root, stdio: 'inherit' })
  if (built.status !== 0) return ['it cannot be built a second time']
  const [first, second] = [path.join(root, 'dist'), dist].map(listFiles)
  const names = [...new Set([...first, ...second])]
  const differing = names.filter((name) => !isSame(path.join(root, 'dist', name), path.join(dist, name)))
  const again = path.join(scratch, 'again.vsix')
  await createVSIX({ cwd: root, packagePath: again, dependencies: false })
  const target = path.join(scratch, 'packed')
  const packedAgain = packNpm(root, { dist, stage: path.join(scratch, 'stage'), target })
  return [
    ...differing.map((name) => `built twice, dist/${name} is not the same`),
    ...(isSame(vsix, again) ? [] : ['packed twice, the VSIX is not the same']),
    ...(isSame(tarball, packedAgain) ? [] : ['packed twice, the tarball is not the same']),
  ]
}

function isSame(one, other) {
  return existsSync(one) && existsSync(other) && readFileSync(one).equals(readFileSync(other))
}

function listFiles(folder) {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'))
}

function kilobytes(bytes) {
  return `${(bytes / 1000).toFixed(1)} KB`.padStart(11)
}
