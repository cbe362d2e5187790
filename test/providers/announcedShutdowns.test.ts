import { expect, it } from 'vitest'
import { ModelLifecycle } from '../../protocol/providers.ts'
import { lifecycleOf, listAnnouncements } from '../../server/providers/announcedShutdowns.ts'
import { adapterOf } from '../../server/providers/registry.ts'

it('tells the end of a model that its provider’s list does not tell', () => {
  expect(lifecycleOf('deepseek', 'deepseek-chat')).toEqual({
    deprecatedAt: null,
    shutdownAt: '2026-07-24T15:59:00.000Z',
    replacement: 'deepseek-flash',
    source: 'bundled',
  })
})

it.each([
  ['deepseek', 'deepseek-v9'],
  ['groq', 'deepseek-chat'],
  ['openai-compatible', 'deepseek-chat'],
  ['nobody', 'x'],
])('knows nothing of %s %s', (kind, model) => {
  expect(lifecycleOf(kind, model)).toBeNull()
})

it.each(listAnnouncements().map((announcement) => [announcement.models.join(', '), announcement] as const))(
  'has a source, a day and something to say for %s',
  (_, { kind, models, source, readOn, deprecatedAt, shutdownAt }) => {
    expect(adapterOf(kind)).toBeDefined()
    expect(source).toMatch(/^https:\/\//)
    expect(readOn).toMatch(/^\d{4}-\d{2}-\d{2}$/)
    expect(deprecatedAt ?? shutdownAt).toBeDefined()
    for (const model of models) expect(ModelLifecycle.safeParse(lifecycleOf(kind, model)).success).toBe(true)
  },
)

it('names each model once', () => {
  const names = listAnnouncements().flatMap(({ kind, models }) => models.map((model) => `${kind} ${model}`))
  expect(new Set(names).size).toBe(names.length)
})
