import { describe, expect, it } from 'vitest'
import { EmbeddingParameters, GenerationParameters, NerParameters } from '../../../protocol/models.ts'
import {
  listOfText,
  parameterShapes,
  parametersOfForm,
  routeOptionShapes,
  textOfList,
} from '../../../protocol/parameterShapes.ts'

describe('the shapes of parameters', () => {
  it('are those of the schemas', () => {
    expect(parameterShapes('generation', ['temperature', 'timeout_seconds', 'thinking'])).toEqual([
      { name: 'temperature', type: 'number', values: [], minimum: 0, maximum: 2 },
      { name: 'timeout_seconds', type: 'integer', values: [], minimum: 1, maximum: 600 },
      { name: 'thinking', type: 'choice', values: ['true', 'false', 'low', 'medium', 'high'] },
    ])
    expect(parameterShapes('embedding', ['normalize', 'distance_metric'])).toEqual([
      { name: 'normalize', type: 'choice', values: ['true', 'false'] },
      { name: 'distance_metric', type: 'choice', values: ['cosine', 'dot', 'euclidean'] },
    ])
  })

  it.each([
    ['generation', GenerationParameters],
    ['embedding', EmbeddingParameters],
    ['ner', NerParameters],
  ] as const)('exist for every parameter of %s', (type, schema) => {
    const names = Object.keys(schema.shape)
    expect(parameterShapes(type, names).map(({ name }) => name)).toEqual(names)
  })

  it('leave out what the contract does not know, inherited names too', () => {
    expect(parameterShapes('generation', ['newer', 'toString'])).toEqual([])
  })
})

it('the options of a route have shapes, too', () => {
  expect(routeOptionShapes()).toEqual([
    { name: 'batchSize', type: 'integer', values: [], minimum: 1, maximum: 50 },
    { name: 'concurrency', type: 'integer', values: [], minimum: 1, maximum: 256 },
    { name: 'thinking', type: 'choice', values: ['true', 'false', 'low', 'medium', 'high'] },
    { name: 'outputMode', type: 'choice', values: ['schema', 'tool', 'json', 'text'] },
    { name: 'ask', type: 'choice', values: ['auto', 'decisions', 'readout', 'text'] },
    { name: 'temperature', type: 'number', values: [], minimum: 0, maximum: 2 },
    { name: 'top_p', type: 'number', values: [], minimum: 0, maximum: 1 },
    { name: 'max_output_tokens', type: 'integer', values: [], minimum: 1, maximum: 10_000_000 },
    { name: 'timeout_seconds', type: 'integer', values: [], minimum: 1, maximum: 600 },
    { name: 'headers', type: 'text', values: [] },
    { name: 'extra_body', type: 'json', values: [] },
  ])
})

it('words of a form become what the schemas take', () => {
  const shapes = parameterShapes('generation', ['thinking', 'top_k'])
  const read = (thinking: string) => parametersOfForm(shapes, { thinking, top_k: 3, other: 'true' })
  expect(read('false')).toEqual({ thinking: false, top_k: 3, other: 'true' })
  expect(GenerationParameters.safeParse({ thinking: read('high').thinking }).success).toBe(true)
})

it('lists are typed with commas between, and line breaks as they are written', () => {
  expect(listOfText(' a, b ,,###,\\n\\n')).toEqual(['a', 'b', '###', '\n\n'])
  expect(textOfList(['a', '\n\n', '\t'])).toBe('a, \\n\\n, \\t')
  expect(listOfText(textOfList(['a b', '\n']))).toEqual(['a b', '\n'])
  expect(parametersOfForm(parameterShapes('ner', ['labels', 'stop']), { labels: 'a,b', stop: ['x'] })).toEqual({
    labels: ['a', 'b'],
    stop: ['x'],
  })
})

it('what is no JSON object stays a text, so that the server refuses it, too', () => {
  const shapes = routeOptionShapes()
  expect(parametersOfForm(shapes, { extra_body: '{"a":1}' })).toEqual({ extra_body: { a: 1 } })
  for (const odd of ['[1]', '{', 'null', '7'])
    expect(parametersOfForm(shapes, { extra_body: odd })).toEqual({ extra_body: odd })
})
