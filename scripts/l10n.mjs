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
writeJson('l10n/bundle.l10n.json', Object.fromEntries([...texts.keys()].sort().map((text) => [text, text])))
for (const language of languages) {
  update(`l10n/bundle.l10n.${language}.json`, Object.fromEntries([...texts.keys()].map((text) => [text, text])))
  update(`package.nls.${language}.json`, readJson('package.nls.json'))
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
