// Bundles the product into dist/, or into the folder that is named.
import { copyFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import esbuild from 'esbuild'
import { collectNotices } from './scripts/packaging/notices.mjs'
import { describeMaterials } from './scripts/packaging/sbom.mjs'
import { webviewBuild } from './scripts/webviewBuild.mjs'

const outdir = process.argv[2] ?? 'dist'

/**
 * Packages that are files of their own beside the bundles: the server starts without reading them, each is loaded on first use,
 * and server and terminal share them. An SDK is only ever imported late; of the others, the modules that need them are.
 */
const sdks = ['openai', '@anthropic-ai/sdk', 'ollama']
const libraries = [
  'vscode-languageserver/node',
  'undici',
  'yaml',
  'html-to-text',
  'htmlparser2',
  'csv-parse/sync',
  '@pydantic/genai-prices',
  'fzstd',
  'yauzl',
  'hyparquet',
]
/** All that these have, that one has, too. */
const partsOfServerLibrary = ['vscode-languageserver', 'vscode-jsonrpc', 'vscode-jsonrpc/node']
/** The editor's own: half of what its bundle was, and not needed before the server is. */
const editorLibraries = ['vscode-languageclient/node']
/** Globs that nothing registers cost 30 KB. */
const withoutGlobs = { minimatch: './client/connection/noGlobs.ts' }
/** A text has no markup, and writing some costs 30 KB. */
const withoutMarkup = { 'dom-serializer': './server/sources/noMarkup.ts' }
const fileOf = (name) => `${sdks.includes(name) ? 'sdk' : 'lib'}-${name.replace(/^@/, '').replace(/[^a-z]+/g, '-')}`

/**
 * The server without the part that starts a process of its own: a file that the editor's server and the terminal share, like the packages
 * above. Whoever imports it gets `core.js`.
 */
const serverCore = {
  name: 'server-core',
  setup(build) {
    build.onResolve({ filter: /\/server\.ts$/ }, ({ path: file, resolveDir }) =>
      path.resolve(resolveDir, file) === path.resolve('server/server.ts')
        ? { path: './core.js', external: true }
        : undefined,
    )
  },
}

/** The SDK of MCP, which only one command reads. Whoever imports it gets `lib-mcp.js`. */
const mcpSdk = {
  name: 'mcp-sdk',
  setup(build) {
    build.onResolve({ filter: /\/sdk\.ts$/ }, ({ path: file, resolveDir }) =>
      path.resolve(resolveDir, file) === path.resolve('cli/mcp/sdk.ts')
        ? { path: './lib-mcp.js', external: true }
        : undefined,
    )
  },
}

/**
 * The SDK of MCP would bring ajv, 35 KB of the package, for schemas that a server gets from its client, of which we ask for none: zod checks
 * what comes in.
 */
const withoutAjv = { '@modelcontextprotocol/server/_shims': './cli/mcp/noAjv.ts' }

const separatePackages = {
  name: 'separate-packages',
  setup(build) {
    build.onResolve({ filter: /^[@a-z]/ }, ({ path: asked, kind }) => {
      const name = partsOfServerLibrary.includes(asked) ? 'vscode-languageserver/node' : asked
      const isSeparate =
        libraries.includes(name) || editorLibraries.includes(name) || (kind === 'dynamic-import' && sdks.includes(name))
      return isSeparate ? { path: `./${fileOf(name)}.js`, external: true } : undefined
    })
  },
}

/**
 * undici brings its parser twice, each as text that hardly packs. Every processor that the editor runs on has the vector instructions of
 * the faster one: the other would be 40 KB for nobody.
 */
const oneParser = {
  name: 'one-parser',
  setup(build) {
    build.onResolve({ filter: /\/llhttp-wasm\.js$/ }, ({ path: asked, resolveDir }) => ({
      path: path.resolve(resolveDir, asked.replace('llhttp-wasm', 'llhttp_simd-wasm')),
    }))
  },
}

/** A library that another one is made of is in the package once. */
function sharedWith(own) {
  return {
    name: 'shared-libraries',
    setup(build) {
      build.onResolve({ filter: /^[@a-z]/ }, ({ path: asked }) =>
        asked !== own && libraries.includes(asked) ? { path: `./${fileOf(asked)}.js`, external: true } : undefined,
      )
    },
  }
}

const shared = {
  bundle: true,
  minify: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  outdir,
  legalComments: 'none',
  metafile: true,
  // Nothing is written before everything is built: a build that fails leaves the last good one.
  write: false,
  logLevel: 'warning',
  // migrations.ts asks for it only where there is no __dirname.
  logOverride: { 'empty-import-meta': 'silent' },
  loader: { '.sql': 'text', '.yaml': 'text' },
  // `require` on first use: a real `import()` loads Node's other module loader for a CommonJS file, 30 ms of a short command.
  supported: { 'dynamic-import': false },
  plugins: [separatePackages],
}

/**
 * Traces are readable. `keepNames` would set the name of every function again, of inner ones at each call: 1.4 MB and time at every
 * start, and a tenth of the time of a run's calls. Longer text takes less of all.
 */
const withItsNames = { minify: false, minifyWhitespace: true, minifySyntax: true }

const builds = await Promise.all([
  esbuild.build({
    ...shared,
    entryPoints: { extension: 'client/extension.ts' },
    external: ['vscode'],
    // zod looks for Cloudflare in it. The editor takes a look at that global for a mistake of the extension, and logs an error.
    define: { navigator: 'undefined' },
  }),
  ...editorLibraries.map((name) =>
    esbuild.build({
      ...shared,
      plugins: [],
      entryPoints: { [fileOf(name)]: name },
      external: ['vscode'],
      alias: withoutGlobs,
    }),
  ),
  esbuild.build({ ...shared, ...withItsNames, entryPoints: { core: 'server/server.ts' } }),
  esbuild.build({
    ...shared,
    ...withItsNames,
    plugins: [serverCore, separatePackages],
    entryPoints: { server: 'server/main.ts' },
  }),
  esbuild.build({
    // Without its names: what can go wrong in it is worded there, and 30 KB of the package are worth more.
    ...shared,
    plugins: [serverCore, mcpSdk, separatePackages],
    entryPoints: { cli: 'cli/main.ts' },
    // Its CommonJS form asks for its own files in a way that no bundler follows.
    alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
    banner: { js: '#!/usr/bin/env node' },
    // Native: it is where npm installed it, or not at all.
    external: ['@napi-rs/keyring'],
  }),
  esbuild.build({ ...shared, plugins: [], entryPoints: { 'lib-mcp': 'cli/mcp/sdk.ts' }, alias: withoutAjv }),
  esbuild.build(webviewBuild(outdir)),
  ...[...sdks, ...libraries].map((name) =>
    esbuild.build({
      ...shared,
      plugins: [sharedWith(name), oneParser],
      alias: withoutMarkup,
      entryPoints: { [fileOf(name)]: name },
    }),
  ),
])
const wasm = 'node_modules/sql.js/dist/sql-wasm.wasm'
const metafiles = builds.map(({ metafile }) => metafile)
const notices = collectNotices(metafiles, [wasm])
const materials = describeMaterials(metafiles, [wasm])
await rm(outdir, { recursive: true, force: true })
await mkdir(`${outdir}/webview`, { recursive: true })
await Promise.all([
  ...builds.flatMap(({ outputFiles }) =>
    outputFiles.map(({ path: file, contents }) => writeFile(file, inAscii(file, contents))),
  ),
  copyFile(wasm, `${outdir}/sql-wasm.wasm`),
  writeFile(`${outdir}/third-party-notices.txt`, notices),
  writeFile(`${outdir}/sbom.cdx.json`, materials),
  // Said, so that Node need not read each file once more to find out.
  writeFile(`${outdir}/package.json`, '{"type":"commonjs"}\n'),
  copyMigrations(),
])

/**
 * esbuild leaves other letters in regular expressions as they are, and one of them makes V8 keep a script in two bytes a letter. Only
 * there: everything else it writes in ASCII by itself.
 */
function inAscii(file, contents) {
  if (!file.endsWith('.js') || contents.every((byte) => byte < 128)) return contents
  const text = Buffer.from(contents).toString()
  return text.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** Migrations stay files of their own: the runner reads and hash-checks them as they were released. */
async function copyMigrations() {
  await mkdir(`${outdir}/migrations`, { recursive: true })
  const numbered = (await readdir('migrations')).filter((name) => /^\d{4}_/.test(name))
  for (const name of numbered) await copyFile(`migrations/${name}`, `${outdir}/migrations/${name}`)
}
