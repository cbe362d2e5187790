import { describe, expect, test } from 'vitest'
import type { ConfigField } from '../../../protocol/providers.ts'
import { configOf, draftOf } from '../../../webview/form/draft.ts'
import { fieldProblem } from '../../../webview/form/fieldProblem.ts'

const field = (said: Partial<ConfigField>): ConfigField => ({
  name: 'a',
  title: 'A',
  description: '',
  type: 'string',
  required: false,
  ...said,
})

describe('what a field says against a value', () => {
  test.each<[name: string, said: Partial<ConfigField>, value: string | boolean, problem: RegExp | null]>([
    ['a needed one that is empty', { required: true }, '  ', /needed/],
    ['a needed one with a default', { required: true, default: 'x' }, '', null],
    ['words for a number', { type: 'integer' }, 'many', /whole number/],
    ['a broken number', { type: 'integer' }, '1.5', /whole number/],
    ['a number in range', { type: 'integer', minimum: 1, maximum: 3 }, '3', null],
    ['a number below', { type: 'integer', minimum: 1, maximum: 3 }, '0', /from 1 to 3/],
    ['a number above', { type: 'number', maximum: 3 }, '3.1', /at most 3/],
    ['the limit itself, excluded', { type: 'number', minimum: 0, isMinimumExcluded: true }, '0', /more than 0/],
    ['endless', { type: 'number' }, 'Infinity', /number is needed/],
    ['none of the values', { type: 'enum', values: ['x', 'y'] }, 'z', /x, y/],
    ['a text too long', { maxLength: 3 }, 'four', /3 characters/],
    ['no address', { format: 'url' }, 'localhost:1234', /http/],
    ['an address', { format: 'url' }, 'http://localhost:1234/v1', null],
    ['a key for a variable', { format: 'variable' }, 'sk-1234', /environment variable/],
    ['a pattern missed', { pattern: '^v1$' }, 'v2', /form that is needed/],
    ['a pattern that nobody can read', { pattern: '(' }, 'x', null],
    ['a switch', { type: 'boolean' }, false, null],
  ])('%s', (_, said, value, problem) => {
    const found = fieldProblem(field(said), value)
    if (problem === null) expect(found).toBeNull()
    else expect(found).toMatch(problem)
  })
})

describe('what is saved', () => {
  const fields = [
    field({ name: 'url' }),
    field({ name: 'port', type: 'integer', default: 80 }),
    field({ name: 'on', type: 'boolean', default: false }),
  ]
  test.each<[name: string, typed: Record<string, string | boolean>, before: object, saved: object]>([
    ['a default that nobody chose is not', {}, {}, {}],
    ['a default that was saved stays', {}, { port: 80 }, { port: 80 }],
    ['a number is one', { port: ' 81 ' }, {}, { port: 81 }],
    ['what is no number stays as it is typed', { port: 'x' }, {}, { port: 'x' }],
    ['an emptied field is left out', { url: '' }, { url: 'http://a' }, {}],
    ['what no field shows stays', { on: true }, { key_origin: 'http://a' }, { key_origin: 'http://a', on: true }],
  ])('%s', (_, typed, before, saved) => {
    const draft = { ...draftOf(fields, before as never), ...typed }
    expect(configOf(fields, draft, before as never)).toEqual(saved)
  })
})
