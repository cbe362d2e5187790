// Bundles the product into dist/, or into the folder that is named. The provider SDKs are files of their own beside the bundles, so that each is loaded on first use.
import { copyFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import esbuild from 'esbuild'
import { collectNotices } from './scripts/packaging/notices.mjs'

const outdir = process.argv[2] ?? 'dist'
const sdks = ['openai', '@anthropic-ai/sdk', 'ollama']
const sdkFile = (name) => `sdk-${name.replace(/^@/, '').replace(/[^a-z]+/g, '-')}`

const separateSdks = {
  name: 'separate-sdks',
  setup(build) {
    build.onResolve({ filter: /.*/ }, ({ path, kind }) => {
      if (kind !== 'dynamic-import' || !sdks.includes(path)) return undefined
      return { path: `./${sdkFile(path)}.js`, external: true }
    })
  },
}

const shared = {
  bundle: true,
  minify: true,
  keepNames: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  outdir,
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
  // migrationsFolder.ts asks for it only where there is no __dirname.
  logOverride: { 'empty-import-meta': 'silent' },
  loader: { '.sql': 'text', '.yaml': 'text' },
  plugins: [separateSdks],
}

await rm(outdir, { recursive: true, force: true })
await mkdir(outdir, { recursive: true })
const builds = await Promise.all([
  esbuild.build({
    ...shared,
    entryPoints: { extension: 'client/extension.ts' },
    external: ['vscode'],
    // 600 KB is the limit: names of functions cost 35 of them, globs that nothing registers 30.
    keepNames: false,
    alias: { minimatch: './client/connection/noGlobs.ts' },
  }),
  esbuild.build({ ...shared, entryPoints: { server: 'server/main.ts' } }),
  esbuild.build({ ...shared, entryPoints: { cli: 'cli/main.ts' }, banner: { js: '#!/usr/bin/env node' } }),
  ...sdks.map((name) => esbuild.build({ ...shared, plugins: [], entryPoints: { [sdkFile(name)]: name } })),
])
const wasm = 'node_modules/sql.js/dist/sql-wasm.wasm'
const notices = collectNotices(
  builds.map(({ metafile }) => metafile),
  [wasm],
)
await Promise.all([
  copyFile(wasm, `${outdir}/sql-wasm.wasm`),
  writeFile(`${outdir}/third-party-notices.txt`, notices),
  copyMigrations(),
])

/** Migrations stay files of their own: the runner reads and hash-checks them as they were released. */
async function copyMigrations() {
  await mkdir(`${outdir}/migrations`, { recursive: true })
  for (const name of await readdir('migrations')) await copyFile(`migrations/${name}`, `${outdir}/migrations/${name}`)
}
