// The terminal as an npm package: `npx llm-providers`.
import { spawnSync } from 'node:child_process'
import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'

/** Of dist/, what only the editor has a use for. */
const editorsOwn = /^(extension|server|lib-vscode-languageclient-node)\.js$|^webview$/

/** What of the manifest is true of a command, too. */
const told = ['name', 'description', 'version', 'license', 'repository', 'keywords', 'bin', 'optionalDependencies']

/** Makes `<name>-<version>.tgz` in `target`, by way of a folder `stage` that is made anew; returns the file's path. */
export function packNpm(root, { dist = path.join(root, 'dist'), stage, target }) {
  rmSync(stage, { recursive: true, force: true })
  mkdirSync(path.join(stage, 'dist'), { recursive: true })
  for (const name of readdirSync(dist).filter((each) => !editorsOwn.test(each)))
    cpSync(path.join(dist, name), path.join(stage, 'dist', name), { recursive: true })
  for (const name of ['README.md', 'CHANGELOG.md', 'LICENSE'])
    copyFileSync(path.join(root, name), path.join(stage, name))
  const types = copyTypes(root, stage)
  const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
  writeFileSync(path.join(stage, 'package.json'), `${JSON.stringify(npmManifest(manifest, types), null, 2)}\n`)
  mkdirSync(target, { recursive: true })
  // npm gives every file the same time and owner, so that the same files make the same tarball.
  const packed = spawnSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', target], {
    cwd: stage,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  })
  if (packed.status !== 0) throw new Error(`npm pack failed:\n${packed.stderr}`)
  return path.join(target, `${manifest.name}-${manifest.version}.tgz`)
}

/** The declarations that extensions compile against; [] where there are none. */
function copyTypes(root, stage) {
  const folder = path.join(root, 'api')
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.d.ts')) : []
  if (names.length > 0) mkdirSync(path.join(stage, 'api'))
  for (const name of names) copyFileSync(path.join(folder, name), path.join(stage, 'api', name))
  return names
}

function npmManifest(manifest, types) {
  const [first] = types
  return {
    ...Object.fromEntries(told.filter((name) => manifest[name]).map((name) => [name, manifest[name]])),
    engines: { node: manifest.engines.node },
    ...(first ? { types: `./api/${first}` } : {}),
  }
}

const allowed = [
  /^package\/(package\.json|README\.md|CHANGELOG\.md|LICENSE)$/,
  /^package\/api\/[\w-]+\.d\.ts$/,
  /^package\/dist\/(cli|core|lib-[a-z-]+|sdk-[a-z-]+)\.js$/,
  /^package\/dist\/(package\.json|sbom\.cdx\.json|sql-wasm\.wasm|third-party-notices\.txt)$/,
  /^package\/dist\/migrations\/\d{4}_\w+\.sql$/,
]

export const maxNpmBytes = 2_500_000

/** Everything wrong with the package, as sentences. `entries` as `readTar` gives them; `size` is that of the tarball. */
export function findNpmProblems(entries, size) {
  const names = new Set(entries.map(({ name }) => name))
  const scripts = entries.filter(({ name }) => name.endsWith('.js'))
  const asked = scripts.flatMap(({ content }) =>
    [...content.toString().matchAll(/require\("\.\/([\w-]+\.js)"\)/g)].map(([, file]) => `package/dist/${file}`),
  )
  const files = ['dist/cli.js', 'dist/sql-wasm.wasm', 'dist/third-party-notices.txt', 'dist/sbom.cdx.json', 'LICENSE']
  const needed = new Set([...asked, ...files.map((file) => `package/${file}`)])
  return [
    ...[...needed].filter((name) => !names.has(name)).map((name) => `missing: ${name}`),
    ...[...names].filter((name) => !allowed.some((pattern) => pattern.test(name))).map((name) => `unexpected: ${name}`),
    ...scripts.filter(({ name }) => !needed.has(name)).map(({ name }) => `nothing asks for: ${name}`),
    ...entries.filter(({ content }) => content.length === 0).map(({ name }) => `empty: ${name}`),
    ...(size > maxNpmBytes ? [`too large: ${size} of at most ${maxNpmBytes} bytes`] : []),
  ]
}

/** The files of a tarball that npm has made: `name` and `content`. */
export function readTar(tar) {
  const entries = []
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0; ) {
    const text = (from, length) => tar.toString('utf8', at + from, at + from + length).replace(/\0.*$/s, '')
    const size = Number.parseInt(text(124, 12), 8)
    const name = [text(345, 155), text(0, 100)].filter((part) => part !== '').join('/')
    if (tar[at + 156] === 0x30) entries.push({ name, content: tar.subarray(at + 512, at + 512 + size) })
    at += 512 + 512 * Math.ceil(size / 512)
  }
  return entries
}
