import { describe, expect, test } from 'vitest'
import type { OutputMode, RouteOptions } from '../../../protocol/routing.ts'
import { answerSchema } from '../../../server/domain/answerSchema.ts'
import { orderOutputModes } from '../../../server/models/probe.ts'
import { temptingPrompt } from '../../../server/models/probeItems.ts'
import { findBreach, type SchemaBreach } from '../../../server/models/readProbeAnswer.ts'
import { compareDimensions } from '../../../server/models/testModel.ts'

const { work } = temptingPrompt('markmarkmark')
const schema = answerSchema({ ...work, items: work.items.slice(0, 1) })
const good = { categories: ['Fruit'], confidence: 1, suggested: { names: [], parent: 'Fruit' } }
const answer = (changes: object = {}) => ({ verdicts: { k7q: { ...good, ...changes } } })

describe('a value breaks a schema', () => {
  test.each<[string, unknown, SchemaBreach | null]>([
    ['not at all', answer(), null],
    ['not with nothing in its list', answer({ categories: [] }), null],
    ['not with null where that is allowed', answer({ suggested: null }), null],
    ['not with null further in', answer({ suggested: { names: [], parent: null } }), null],
    ['by a name outside an enum', answer({ categories: ['Fruit', 'Weather'] }), 'enumeration'],
    ['by a parent outside an enum', answer({ suggested: { names: [], parent: 'Weather' } }), 'enumeration'],
    ['by a missing field', { verdicts: { k7q: {} } }, 'shape'],
    ['by a missing key', { verdicts: {} }, 'shape'],
    ['by another key', { verdicts: { x2z: good } }, 'shape'],
    ['by a field more', answer({ note: 'x' }), 'shape'],
    ['by a number as text', answer({ confidence: '1' }), 'shape'],
    ['by a list instead of an object', [good], 'shape'],
    ['by a list instead of a map', { verdicts: [{ key: 'k7q', ...good }] }, 'shape'],
    ['by both, the worse one told', answer({ categories: ['Weather'], note: 'x' }), 'shape'],
    ['by nothing at all', null, 'shape'],
    [
      'by a field that objects have by themselves',
      JSON.parse(JSON.stringify(answer()).replace(/}$/, ',"__proto__":1}')),
      'shape',
    ],
  ])('%s', (_, value, expected) => {
    expect(findBreach(value, schema)).toBe(expected)
  })
})

describe('runs ask', () => {
  const offered: OutputMode[] = ['schema', 'tool', 'json', 'text']
  const kept = { schema: true, schemaWithThinking: null, schemaWithoutThinking: null }
  type Findings = Parameters<typeof orderOutputModes>[1]

  test.each<[string, Findings, RouteOptions['thinking'], OutputMode[]]>([
    ['as offered when nothing was measured', null, undefined, offered],
    ['as measured', { ...kept, outputModes: ['json', 'schema'] }, undefined, ['json', 'schema']],
    ['as offered when nothing of what was measured is offered any more', { ...kept, outputModes: [] }, true, offered],
    [
      'loosely first where thinking breaks the schema',
      { ...kept, schemaWithThinking: false, outputModes: ['schema', 'json', 'text'] },
      true,
      ['json', 'text', 'schema'],
    ],
    [
      'strictly where only thinking breaks the schema and is off',
      {
        schema: false,
        schemaWithThinking: false,
        schemaWithoutThinking: true,
        outputModes: ['json', 'schema', 'text'],
      },
      false,
      ['schema', 'json', 'text'],
    ],
    ['as measured where thinking was not', { ...kept, outputModes: ['schema', 'json'] }, 'high', ['schema', 'json']],
  ])('%s', (_, findings, thinking, expected) => {
    expect(orderOutputModes(offered, findings, thinking)).toEqual(expected)
  })
})

test.each([
  [8, null, { matches: null, advice: null }],
  [8, 8, { matches: true, advice: null }],
  [8, 9, { matches: false, advice: expect.stringContaining('set dimensions to 8') }],
])('a vector of %s numbers, configured %s', (dimensions, configured, expected) => {
  expect(compareDimensions(dimensions, configured)).toMatchObject({ dimensions, configured, ...expected })
})
