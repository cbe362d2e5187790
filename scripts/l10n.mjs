// Writes what is new in the code into the bundles of words, and takes out what is gone. A new text stands there in English behind
// a mark that the tests refuse, until somebody translates it.
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { languages, updateBundle } from './l10n/bundles.mjs'
import { findTexts } from './l10n/findTexts.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const { texts, refused } = findTexts(root)
if (refused.length > 0) {
  console.error(`A text for people has to be a literal:\n${refused.join('\n')}`)
  process.exitCode = 1
}
nameTitles()
writeJson('l10n/bundle.l10n.json', Object.fromEntries([...texts.keys()].sort().map((text) => [text, text])))
for (const language of languages) {
  update(`l10n/bundle.l10n.${language}.json`, Object.fromEntries([...texts.keys()].map((text) => [text, text])))
  update(`package.nls.${language}.json`, readJson('package.nls.json'))
}

/** A title that the manifest names and nobody has worded yet is the words of its key: `command.testConnection`, "Test connection". */
function nameTitles() {
  const manifest = readFileSync(path.join(root, 'package.json'), 'utf8')
  const keys = new Set([...manifest.matchAll(/"%([\w.-]+)%"/g)].map(([, key]) => key))
  const texts = readJson('package.nls.json')
  const kept = Object.entries(texts).filter(([key]) => keys.has(key))
  const added = [...keys].filter((key) => texts[key] === undefined).map((key) => [key, wordsOf(key)])
  writeJson('package.nls.json', Object.fromEntries([...kept, ...added]))
}

function wordsOf(key) {
  const words = key.replace(/^.*\./, '').replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
  return words.charAt(0).toUpperCase() + words.slice(1)
}

function update(file, english) {
  const { bundle, added, removed } = updateBundle(english, readJson(file), file.startsWith('l10n/'))
  writeJson(file, bundle)
  console.log(`${file}: ${added.length} to translate, ${removed.length} taken out`)
  for (const text of added) console.log(`  ${JSON.stringify(text)}`)
}

function readJson(file) {
  return JSON.parse(readFileSync(path.join(root, file), 'utf8'))
}

function writeJson(file, value) {
  writeFileSync(path.join(root, file), `${JSON.stringify(value, null, 2)}\n`)
}
