import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { findBundleProblems, languages, updateBundle } from '../../../scripts/l10n/bundles.mjs'
import { findTexts } from '../../../scripts/l10n/findTexts.mjs'

const root = path.resolve(import.meta.dirname, '../../..')
const readJson = (file) => JSON.parse(readFileSync(path.join(root, file), 'utf8'))
const { texts, refused } = findTexts(root)
const english = Object.fromEntries([...texts.keys()].map((text) => [text, text]))

test('every text for people is a literal, so that it is found', () => {
  expect(refused).toEqual([])
})

test('the English bundle is what the code says: run `npm run l10n`', () => {
  expect(readJson('l10n/bundle.l10n.json')).toEqual(english)
})

test('the texts come from the editor, the page, the shared words, the server and the kinds', () => {
  const from = (folder) => [...texts.values()].filter((files) => files.some((file) => file.startsWith(folder))).length
  for (const folder of ['client/', 'webview/', 'shared/', 'server/domain/', 'server/providers']) {
    expect(from(folder), folder).toBeGreaterThan(10)
  }
})

describe.each(languages)('in %s', (language) => {
  test('every text of the code has its words: run `npm run l10n`, then translate what it lists', () => {
    expect(findBundleProblems(english, readJson(`l10n/bundle.l10n.${language}.json`))).toEqual([])
  })

  test('every text of the manifest has its words', () => {
    expect(findBundleProblems(readJson('package.nls.json'), readJson(`package.nls.${language}.json`))).toEqual([])
  })
})

test.each([
  ['a text without words', { a: 'a' }, {}, 'missing: a'],
  ['words without a text', {}, { a: 'A' }, 'not used: a'],
  ['nothing', { a: 'a' }, { a: ' ' }, 'empty: a'],
  ['a mark of what is not translated', { a: 'a' }, updateBundle({ a: 'a' }, {}, true).bundle, 'not translated: a'],
  ['another placeholder', { 'a {0}': 'a {0}' }, { 'a {0}': 'A {1}' }, 'other placeholders: a {0}'],
  ['a lost icon', { '$(key) a': '$(key) a' }, { '$(key) a': 'A' }, 'other icons, links or lines: $(key) a'],
  ['a lost space', { ' a': ' a' }, { ' a': 'A' }, 'other spaces at the ends:  a'],
])('%s is told', (_name, said, bundle, problem) => {
  expect(findBundleProblems(said, bundle)).toEqual([problem])
})
