import path from 'node:path'

/** What a layer may import besides its own files: other layers' folders, single files of them, and packages. */
interface Layer {
  folder: string
  sees: readonly string[]
  /** `any`: every package that has no owner below. */
  packages: 'any' | readonly string[]
  hasNode: boolean
}

/** The arrows of the house, longest folder first: a file belongs to the first folder that holds it. */
export const layers: readonly Layer[] = [
  { folder: 'server/domain/', sees: ['protocol/', 'shared/'], packages: ['jsonrepair'], hasNode: false },
  { folder: 'protocol/', sees: [], packages: ['zod'], hasNode: false },
  { folder: 'shared/', sees: ['protocol/'], packages: [], hasNode: false },
  {
    folder: 'server/',
    sees: ['protocol/', 'shared/', 'server/domain/', 'migrations/'],
    packages: 'any',
    hasNode: true,
  },
  // The types that other extensions are given, and nothing that runs.
  { folder: 'client/', sees: ['protocol/', 'shared/', 'api/llm-providers.js'], packages: 'any', hasNode: true },
  { folder: 'cli/', sees: ['protocol/', 'shared/', 'server/server.ts'], packages: 'any', hasNode: true },
  { folder: 'webview/', sees: ['protocol/', 'shared/'], packages: 'any', hasNode: false },
]

/** Packages that belong to one place. `isSingleFile`: one file loads it. `isLoadedLate`: only by `import()`, on first use. */
const owned: readonly { name: string; place: RegExp; isSingleFile: boolean; isLoadedLate: boolean }[] = [
  { name: 'vscode', place: /^client\//, isSingleFile: false, isLoadedLate: false },
  { name: 'vscode-languageclient', place: /^client\//, isSingleFile: false, isLoadedLate: false },
  { name: '@vscode/webview-ui-toolkit', place: /^webview\/toolkit\.tsx$/, isSingleFile: true, isLoadedLate: false },
  { name: 'sql.js', place: /^server\/store\/sqlite\.ts$/, isSingleFile: true, isLoadedLate: false },
  { name: 'openai', place: /^server\/providers\/openai\w*\.ts$/, isSingleFile: true, isLoadedLate: true },
  { name: '@anthropic-ai/sdk', place: /^server\/providers\/anthropic\w*\.ts$/, isSingleFile: true, isLoadedLate: true },
  { name: 'ollama', place: /^server\/providers\/ollama\w*\.ts$/, isSingleFile: true, isLoadedLate: true },
]

interface Import {
  from: string
  to: string
  statement: string
  form: 'static' | 'type' | 'dynamic'
}

/** Every forbidden import of the files (path from the root -> text), as one sentence each. */
export function findForbiddenImports(files: ReadonlyMap<string, string>): string[] {
  const imports = [...files].flatMap(([from, text]) => readImports(from, text))
  return [...imports.flatMap((edge) => describeProblems(edge)), ...findSplitOwners(imports)]
}

/** By text, not by syntax tree: every form that the formatter lets through is on this list. */
function readImports(from: string, text: string): Import[] {
  const withoutComments = text.replaceAll(/^\s*(\/\/.*|\/?\*.*)$/gm, '')
  const found: Import[] = []
  for (const [statement, typeWord, to] of withoutComments.matchAll(
    /^(?:import|export)\s+(type\s)?(?:[^'"`;]*?\sfrom\s+)?['"]([^'"]+)['"]/gm,
  )) {
    if (to) found.push({ from, to, statement, form: typeWord ? 'type' : 'static' })
  }
  for (const [statement, prefix, to] of withoutComments.matchAll(
    /(typeof\s+)?\b(?:import|require)\(\s*['"`]([^'"`]+)['"`]/g,
  )) {
    if (to) found.push({ from, to, statement, form: prefix ? 'type' : 'dynamic' })
  }
  return found
}

function describeProblems(edge: Import): string[] {
  const layer = layers.find(({ folder }) => edge.from.startsWith(folder))
  if (!layer) return []
  const problem = edge.to.startsWith('.') ? checkFile(layer, edge) : checkPackage(layer, edge)
  return problem ? [`${edge.from} imports ${edge.to}: ${problem}`] : []
}

function checkFile(layer: Layer, { from, to }: Import): string | null {
  const target = path.posix.join(path.posix.dirname(from), to)
  // The manifest: its version is the product's.
  if (target === 'package.json') return null
  const home = layers.find(({ folder }) => target.startsWith(folder))
  if (
    home === layer ||
    layer.sees.some((seen) => (seen.endsWith('/') ? (home?.folder ?? target).startsWith(seen) : seen === target))
  ) {
    return null
  }
  return `${layer.folder} does not see ${target}`
}

function checkPackage(layer: Layer, { from, to, statement, form }: Import): string | null {
  if (to.startsWith('node:')) return layer.hasNode ? null : `${layer.folder} has no Node`
  const owner = owned.find(({ name }) => to === name || to.startsWith(`${name}/`))
  if (owner && !owner.place.test(from)) return 'it belongs elsewhere'
  if (owner?.isLoadedLate && form === 'static') return 'it is to be loaded on first use'
  if (!owner && layer.packages !== 'any' && !layer.packages.includes(to)) return `${layer.folder} takes no such package`
  if (to === 'zod' && !/^import (type )?\* as z from/.test(statement)) return "only `import * as z from 'zod'`"
  return null
}

/** A file may name the types of an SDK's family without loading it. */
function findSplitOwners(imports: readonly Import[]): string[] {
  const loads = imports.filter(({ form }) => form !== 'type')
  return owned
    .filter(({ isSingleFile }) => isSingleFile)
    .flatMap(({ name }) => {
      const users = new Set(loads.filter(({ to }) => to === name || to.startsWith(`${name}/`)).map(({ from }) => from))
      return users.size > 1 ? [`${name} is loaded by more than one file: ${[...users].join(', ')}`] : []
    })
}
