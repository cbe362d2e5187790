import { describe, expect, it } from 'vitest'
import { EmbeddingParameters, GenerationParameters } from '../../../protocol/models.ts'
import { parameterShapes, parametersOfForm, routeOptionShapes } from '../../../protocol/parameterShapes.ts'

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
    { name: 'batchSize', type: 'integer', values: [], minimum: 1, maximum: 10 },
    { name: 'concurrency', type: 'integer', values: [], minimum: 1, maximum: 256 },
    { name: 'thinking', type: 'choice', values: ['true', 'false', 'low', 'medium', 'high'] },
    { name: 'outputMode', type: 'choice', values: ['schema', 'tool', 'json', 'text'] },
    { name: 'ask', type: 'choice', values: ['auto', 'decisions', 'readout', 'text'] },
  ])
})

it('words of a form become what the schemas take', () => {
  const shapes = parameterShapes('generation', ['thinking', 'top_k'])
  const read = (thinking: string) => parametersOfForm(shapes, { thinking, top_k: 3, other: 'true' })
  expect(read('false')).toEqual({ thinking: false, top_k: 3, other: 'true' })
  expect(GenerationParameters.safeParse({ thinking: read('high').thinking }).success).toBe(true)
})
