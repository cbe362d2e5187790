import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseDocument } from 'yaml'
import type { ResultRecord } from '../../../protocol/results.ts'
import { writeFrontMatter } from '../../../server/results/frontMatterText.ts'
import { findFrontMatter } from '../../../server/sources/markdownFile.ts'

const result: ResultRecord = {
  runId: '20261121-fake',
  id: 'a.md',
  inputHash: 'h',
  status: 'ok',
  categories: ['Bug'],
  confidence: 0.5,
  suggested: null,
  interest: null,
  quality: null,
  reasoning: null,
  score: null,
  blockedBy: null,
  error: null,
  receipts: {},
}
const ours = 'llm_providers:\n  categories:\n    - Bug\n  confidence: 0.5\n  run: 20261121-fake\n'

describe('results in front matter', () => {
  const cases: [name: string, before: string, after: string][] = [
    ['none before', '# T\n', `---\n${ours}---\n\n# T\n`],
    ['a byte order mark', '\uFEFF# T\n', `\uFEFF---\n${ours}---\n\n# T\n`],
    ['empty front matter', '---\n---\nB', `---\n${ours}---\nB`],
    ['only a comment', '---\n# c\n---\nB', `---\n# c\n${ours}---\nB`],
    [
      'odd spaces, quotes and comments',
      `---\na:   "x" # why\nb: [1,2]\n---\nB`,
      `---\na:   "x" # why\nb: [1,2]\n${ours}---\nB`,
    ],
    ['ours, first', '---\nllm_providers:\n  score: 1\n# next\nb: 1\n---\nB', `---\n${ours}# next\nb: 1\n---\nB`],
    ['ours, in the middle', '---\na: 1\nllm_providers: {score: 1}\nb: 1\n---\nB', `---\na: 1\n${ours}b: 1\n---\nB`],
    ['ours, last and empty', '---\na: 1\nllm_providers:\n---\nB', `---\na: 1\n${ours}---\nB`],
    ['a key that only begins like ours', '---\nllm_providers_x: 1\n---\nB', `---\nllm_providers_x: 1\n${ours}---\nB`],
    [
      'a block of text before',
      '---\na: |\n  llm_providers: no\n---\nB',
      `---\na: |\n  llm_providers: no\n${ours}---\nB`,
    ],
  ]
  test.each(cases)('%s', async (_, before, after) => {
    expect(await writeFrontMatter(before, result)).toEqual({ ok: true, text: after })
    // Once more changes nothing.
    expect(await writeFrontMatter(after, result)).toEqual({ ok: true, text: after })
  })

  test('the same verdict of another run changes nothing, and another one does', async () => {
    const receipt = { provider: 'builtin', model: 'keywords', at: '2026-11-21T00:00:00.000Z' }
    const judged = { ...result, receipts: { categorization: receipt } } as ResultRecord
    const written = await writeFrontMatter('# T\n', judged)
    const text = written.ok ? written.text : ''
    const later = { ...receipt, at: '2026-11-22T00:00:00.000Z' }
    const again = { ...judged, runId: '20261122-fake', receipts: { categorization: later } } as ResultRecord
    expect(await writeFrontMatter(text, again)).toEqual({ ok: true, text })
    const other = await writeFrontMatter(text, { ...again, categories: ['Question'] })
    expect(other.ok && other.text).toMatch(/- Question\n[\s\S]*judged_at: 2026-11-22[\s\S]*run: 20261122-fake\n/)
  })

  test.each([
    ['TOML', '+++\na = 1\n+++\nB'],
    ['a list', '---\n- a\n---\nB'],
    ['all on one line', '---\n{a: 1}\n---\nB'],
    ['not YAML', '---\na: "x\n---\nB'],
    ['indented as a whole', '---\n  a: 1\n---\nB'],
  ])('%s is left as it is', async (_, before) => {
    expect(await writeFrontMatter(before, result)).toMatchObject({ ok: false })
  })

  test('whatever a model wrote is one string under our key, and the rest stays', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 60 }), async (reasoning) => {
        const text = '---\ntitle: T # c\n---\nBody\n'
        const written = await writeFrontMatter(text, { ...result, reasoning })
        if (!written.ok) throw new Error(written.detail)
        const matter = findFrontMatter(written.text)
        expect(matter && written.text.slice(matter.bodyAt)).toBe('Body\n')
        const values = parseDocument(matter?.text ?? '').toJS() as Record<string, { reasoning?: string }>
        expect(Object.keys(values)).toEqual(['title', 'llm_providers'])
        expect(values.llm_providers?.reasoning).toBe(reasoning)
      }),
    )
  })
})
