import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import * as z from 'zod'
import { fileSchemas } from '../../../server/profiles/fileSchemas.ts'
import { listPresets } from '../../../server/profiles/presetProfiles.ts'
import { readProfile } from '../../../server/profiles/readProfile.ts'

const root = path.resolve(import.meta.dirname, '../../..')
const schemas = fileSchemas()

test.each(Object.keys(schemas))('schemas/%s is what the reader of the file makes: `npm run schemas`', (file) => {
  expect(readFileSync(path.join(root, 'schemas', file), 'utf8')).toBe(schemas[file])
})

const { yamlValidation } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')).contributes
test('the manifest names each of them', () => {
  const named = yamlValidation.map(({ url }: { url: string }) => path.basename(url)).sort()
  expect(named).toEqual(Object.keys(schemas).sort())
})

const schema = z.fromJSONSchema(JSON.parse(schemas['profile.schema.json'] ?? ''))
const isValid = (value: unknown): boolean => schema.safeParse(value).success

test('every ready-made profile, and the sample, is valid by the schema', () => {
  for (const { profile } of listPresets()) {
    const { category_choice: _, ...file } = profile
    expect(isValid(JSON.parse(JSON.stringify(file)))).toBe(true)
  }
  expect(isValid(parse(readFileSync(path.join(root, 'samples/profile.yaml'), 'utf8')))).toBe(true)
})

const leaf = '- name: Bug'
test.each([
  ['a list', `categories:\n  ${leaf}`],
  ['how many beside the list', `categories:\n  max: 1\n  list:\n    ${leaf}`],
  ['named criteria', `categories:\n  ${leaf}\ncriteria: issues`],
  ['an unknown field', `categories:\n  ${leaf}\ncategory: x`],
  ['a weight that is none', `categories:\n  - name: Bug\n    weight: heavy`],
  ['a third level', `categories:\n  - name: A\n    children:\n      - name: B\n        children: [{ name: C }]`],
  ['criteria of a type that is none', `categories: []\ncriteria: [{ name: a, question: b, type: number }]`],
  ['no categories', 'interests: none'],
])('%s: the schema says what the reader says', (_, text) => {
  expect(isValid(parse(text))).toBe(readProfile(text, 'p.yaml').ok)
})
