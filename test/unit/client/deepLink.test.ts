import { describe, expect, it, vi } from 'vitest'

vi.mock('vscode', () => ({}))
const { readDeepLink } = await import('../../../client/panel/uriHandler.ts')

describe('where a link of the product leads', () => {
  it.each([
    ['/settings/llm-providers', { to: 'settings', kind: null }],
    ['/settings/llm-providers/', { to: 'settings', kind: null }],
    ['/settings/ollama', { to: 'settings', kind: 'ollama' }],
    ['/settings', { to: 'nowhere' }],
    ['/', { to: 'nowhere' }],
    ['', { to: 'nowhere' }],
    ['/settings/openai', { to: 'nowhere' }],
    ['/SETTINGS/ollama', { to: 'nowhere' }],
    ['/settings/ollama/../../command', { to: 'nowhere' }],
    ['/settings/llm-providers?key=sk-fake', { to: 'nowhere' }],
  ])('%s', (path, link) => {
    expect(readDeepLink(path)).toEqual(link)
  })
})
