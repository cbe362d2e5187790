// The peers as bundles, so that nobody pays for reading a thousand small files.
import path from 'node:path'
import esbuild from 'esbuild'

const folder = path.join(import.meta.dirname, '..', 'peers')
const programs = ['minimalServer', 'echo', 'bareClient']
const runs = ['fetchRun', 'undiciRun', 'undiciDecide', 'aiSdkRun']

/** Bundles every peer into `outdir`; gives a function from a peer's name to its file. */
export async function buildPeers(outdir) {
  const shared = { bundle: true, minify: true, platform: 'node', target: 'node24', outdir, logLevel: 'error' }
  const sources = (names) => names.map((name) => path.join(folder, `${name}.mjs`))
  await Promise.all([
    esbuild.build({ ...shared, entryPoints: sources(programs), external: ['vscode'], outExtension: { '.js': '.cjs' } }),
    esbuild.build({
      ...shared,
      entryPoints: sources(runs),
      format: 'esm',
      outExtension: { '.js': '.mjs' },
      // Packages inside are still CommonJS and ask for Node's own modules in their way.
      banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    }),
  ])
  return (name) => path.join(outdir, `${name}.${runs.includes(name) ? 'mjs' : 'cjs'}`)
}
