// Reads the product's own TypeScript as a graph: files, their imports, their functions.
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { parseSync, Visitor } from 'oxc-parser'

/** The folders that hold the product. Tests, benchmarks and scripts are not counted. */
export const productFolders = ['protocol', 'shared', 'server', 'client', 'webview', 'cli']

/**
 * @typedef {object} CodeFile
 * @property {string} path Relative to the root, with `/`.
 * @property {string} text
 * @property {number} lines
 * @property {{ to: string, kind: 'value' | 'type' | 'late' }[]} imports Of the project's own files; late: `import()`.
 * @property {{ name: string, line: number, lines: number }[]} functions With a body, nested ones too.
 */

/** @returns {CodeFile[]} In the order of their paths. */
export function readCode(root, folders = productFolders) {
  return folders.flatMap((folder) => listSources(root, folder)).map((file) => readCodeFile(root, file))
}

function listSources(root, folder) {
  const entries = readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile() && /(?<!\.d)\.tsx?$/.test(entry.name))
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .sort()
}

function readCodeFile(root, file) {
  const text = readFileSync(path.join(root, file), 'utf8')
  const { program, errors } = parseSync(file, text)
  if (errors.length > 0) throw new Error(`${file}: ${errors[0].message}`)
  const lineOf = lineCounter(text)
  const imports = []
  const functions = []
  const names = new Map()

  const addImport = (source, kind) => {
    if (!source?.value?.startsWith('.')) return
    imports.push({ to: path.posix.normalize(path.posix.join(path.posix.dirname(file), source.value)), kind })
  }
  const nameLater = (node, name) => node && names.set(node, name)
  const addFunction = (node) => {
    // What stands on one line as an expression, as in `map((each) => each.id)`, is no function to read.
    if (node.body?.type !== 'BlockStatement' && node.body?.type !== 'FunctionBody') return
    const line = lineOf(node.start)
    functions.push({ name: node.id?.name ?? names.get(node) ?? '', line, lines: lineOf(node.end) - line + 1 })
  }

  new Visitor({
    ImportDeclaration: (node) => addImport(node.source, isTypeOnly(node) ? 'type' : 'value'),
    ExportNamedDeclaration: (node) => addImport(node.source, node.exportKind === 'type' ? 'type' : 'value'),
    ExportAllDeclaration: (node) => addImport(node.source, node.exportKind === 'type' ? 'type' : 'value'),
    ImportExpression: (node) => addImport(node.source, 'late'),
    TSImportType: (node) => addImport(node.source, 'type'),
    VariableDeclarator: (node) => nameLater(node.init, node.id.name),
    Property: (node) => nameLater(node.value, node.key.name),
    PropertyDefinition: (node) => nameLater(node.value, node.key.name),
    MethodDefinition: (node) => nameLater(node.value, node.key.name),
    FunctionDeclaration: addFunction,
    FunctionExpression: addFunction,
    ArrowFunctionExpression: addFunction,
  }).visit(program)
  return { path: file, text, lines: text.split('\n').length - 1, imports, functions }
}

/** `verbatimModuleSyntax` is on: what is not marked as a type stays in the program. */
function isTypeOnly({ importKind, specifiers }) {
  if (importKind === 'type') return true
  return specifiers.length > 0 && specifiers.every((each) => each.importKind === 'type')
}

function lineCounter(text) {
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return (offset) => {
    let low = 0
    let high = starts.length
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if (starts[middle] <= offset) low = middle
      else high = middle
    }
    return low + 1
  }
}

/**
 * Says which room a file is in, as a newcomer sees it: its folder, or the file itself where it stands loose beside folders.
 * @param {CodeFile[]} files
 * @returns {(path: string) => string}
 */
export function rooms(files) {
  const folders = new Set(files.map(({ path: file }) => path.posix.dirname(file)))
  const hasFolders = new Set([...folders].map((folder) => path.posix.dirname(folder)))
  return (file) => {
    const folder = path.posix.dirname(file)
    return hasFolders.has(folder) ? file : folder
  }
}

/**
 * Sets of nodes that can all be reached from each other (Tarjan, 1972), the largest first.
 * @param {Map<string, Set<string>>} graph
 */
export function findCircles(graph) {
  const index = new Map()
  const low = new Map()
  const stack = []
  const onStack = new Set()
  const circles = []
  const visit = (node) => {
    index.set(node, index.size)
    low.set(node, index.get(node))
    stack.push(node)
    onStack.add(node)
    for (const next of graph.get(node) ?? []) {
      if (!index.has(next)) visit(next)
      if (onStack.has(next)) low.set(node, Math.min(low.get(node), low.get(next)))
    }
    if (low.get(node) !== index.get(node)) return
    const circle = []
    let member
    do {
      member = stack.pop()
      onStack.delete(member)
      circle.push(member)
    } while (member !== node)
    if (circle.length > 1) circles.push(circle.sort())
  }
  for (const node of graph.keys()) if (!index.has(node)) visit(node)
  return circles.sort((a, b) => b.length - a.length)
}

/** Who imports whom, between whatever `place` makes of a file; arrows within one place are left out. */
export function drawGraph(files, { place = (file) => file, kinds = ['value'] } = {}) {
  const graph = new Map(files.map((file) => [place(file.path), new Set()]))
  for (const file of files)
    for (const { to, kind } of file.imports) {
      const [from, target] = [place(file.path), place(to)]
      if (kinds.includes(kind) && from !== target && graph.has(target)) graph.get(from).add(target)
    }
  return graph
}
