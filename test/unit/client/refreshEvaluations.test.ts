import { beforeEach, expect, test, vi } from 'vitest'
import { dataKinds } from '../../../protocol/contract.ts'

const page = { scheme: 'comparison', query: '1' }
const other = { scheme: 'file', path: '/notes.md' }
const editor = vi.hoisted(() => ({ workspace: { textDocuments: [] as { uri: unknown }[] } }))
vi.mock('vscode', () => editor)
const { refreshEvaluations } = await import('../../../client/evaluation/evaluationPage.ts')

beforeEach(() => {
  editor.workspace.textDocuments = [{ uri: other }, { uri: page }]
})

test.each([
  ['evaluations have changed', ['evaluations', 'audit'] as const, [page]],
  ['another process has changed something', dataKinds, [page]],
  ['only something else has changed', ['runs', 'usage'] as const, []],
])('where %s, the pages to read again are known', (_, what, expected) => {
  const read: unknown[] = []
  refreshEvaluations(what, 'comparison', (uri) => read.push(uri))
  expect(read).toEqual(expected)
})
