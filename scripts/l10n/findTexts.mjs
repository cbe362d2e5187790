// Finds every text for people in the code, so that the bundles can be written and tested. A text is a literal: what is put
// together at run time can be found by nobody.
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { parse } from 'acorn'
import esbuild from 'esbuild'
import { listKinds } from '../../server/providers/registry.ts'

/** Which arguments of which call are texts. `t` is the editor's `l10n.t`, the page's, or that of a `Language`. */
const calls = { t: [0], localizable: [0], localizableCount: [1, 2], plural: [1, 2], formatPluralIn: [2, 3] }

/** Here texts that come from elsewhere are looked up. */
const lookUps = new Set([
  'client/describe/language.ts',
  'webview/parts/language.ts',
  'shared/language.ts',
  'shared/plural.ts',
  'shared/message.ts',
  'shared/bindLanguage.ts',
])

/** Properties of the server's values that a person reads as they are; what has no values in it can be translated. */
const toldProperties = new Set(['detail', 'why', 'problem', 'cause', 'message', 'about', 'method'])
/** Of those, what is never only for a log or a file: a sentence with values in it is `withMessage('detail', localizable('… {0}', value))`. */
const alwaysTold = new Set(['detail', 'why', 'problem', 'cause', 'about', 'method', 'sent', 'advice', 'damage'])
/** Words of enumerations are no sentences. */
const isSentence = (text) => text.includes(' ')

/** `texts`: each with the files it stands in; `refused`: calls whose text is no literal, each as `file: code`. */
export function findTexts(root) {
  const found = { texts: new Map(), refused: [] }
  for (const folder of ['client', 'webview', 'shared', 'server']) {
    for (const file of listFiles(root, folder)) readFile(root, file, found)
  }
  for (const text of textsOfKinds()) add(found, text, 'server/providers')
  return found
}

function listFiles(root, folder) {
  return readdirSync(path.join(root, folder), { recursive: true })
    .map((name) => path.posix.join(folder, name.replaceAll(path.sep, '/')))
    .filter((name) => /\.tsx?$/.test(name) && !name.endsWith('.d.ts'))
    .sort()
}

function readFile(root, file, found) {
  const source = readFileSync(path.join(root, file), 'utf8')
  const { code } = esbuild.transformSync(source, {
    loader: file.endsWith('x') ? 'tsx' : 'ts',
    jsx: 'automatic',
    target: 'esnext',
    charset: 'utf8',
  })
  const isServer = file.startsWith('server/')
  // Common words: they mean ours only where ours is imported.
  const ownNames = {
    localizable: source.includes('/message.ts'),
    localizableCount: true,
    plural: source.includes('/language.ts'),
  }
  walk(parse(code, { ecmaVersion: 'latest', sourceType: 'module' }), (node) => {
    if (node.type === 'CallExpression' && !lookUps.has(file)) readCall(node, { file, code, ownNames }, found)
    if (isServer && node.type === 'Property') readProperty(node, file, found)
    if (isServer) refuseTemplate(node, { file, code }, found)
  })
}

function readCall({ callee, arguments: values, start, end }, { file, code, ownNames }, found) {
  const name = callee.type === 'MemberExpression' && !callee.computed ? callee.property.name : callee.name
  if (!Object.hasOwn(calls, name) || ownNames[name] === false) return
  for (const index of calls[name]) {
    const value = values[index]
    if (value?.type === 'Literal' && typeof value.value === 'string') add(found, value.value, file)
    else found.refused.push(`${file}: ${code.slice(start, Math.min(end, start + 120))}`)
  }
}

function readProperty({ key, value }, file, found) {
  if (!toldProperties.has(key.name) || value.type !== 'Literal' || typeof value.value !== 'string') return
  if (isSentence(value.value)) add(found, value.value, file)
}

/** `detail: `…`` and `const detail = `…``: nobody can translate what is put together so. */
function refuseTemplate({ type, key, id, value, init, start, end }, { file, code }, found) {
  const [name, text] = type === 'Property' ? [key.name, value] : type === 'VariableDeclarator' ? [id.name, init] : []
  if (!alwaysTold.has(name) || text?.type !== 'TemplateLiteral' || text.expressions.length === 0) return
  if (
    isSentence(
      text.quasis
        .map((part) => part.value.cooked)
        .join(' ')
        .trim(),
    )
  )
    found.refused.push(`${file}: ${code.slice(start, Math.min(end, start + 120))}`)
}

function add({ texts }, text, file) {
  texts.set(text, [...new Set([...(texts.get(text) ?? []), file])])
}

function walk(node, visit) {
  if (!node || typeof node !== 'object') return
  if (typeof node.type === 'string') visit(node)
  for (const value of Object.values(node)) walk(value, visit)
}

/** Forms are drawn from the kinds' schemas; these are their words. */
function textsOfKinds() {
  return listKinds()
    .flatMap(({ label, description, fields, presets }) => [
      label,
      description,
      ...fields.flatMap(({ title, description: about, placeholder }) => [title, about, placeholder]),
      ...presets.flatMap((preset) => [preset.label, preset.description]),
    ])
    .filter((text) => text)
}
