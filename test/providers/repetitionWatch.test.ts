import { describe, expect, test } from 'vitest'
import { Profile } from '../../protocol/profile.ts'
import { buildPrompt } from '../../server/domain/buildPrompt.ts'
import { compileProfile } from '../../server/domain/compileProfile.ts'
import type { Work } from '../../server/domain/work.ts'
import { endsInRepetition, RepetitionWatch } from '../../server/providers/repetitionWatch.ts'

const start = '{"verdicts": [{"key": "k7q", "categories": ['

/** After how many characters it was seen; null: never. */
function seenAfter(text: string, pieceLength: number): number | null {
  const watch = new RepetitionWatch()
  for (let at = 0; at < text.length; at += pieceLength) {
    if (watch.add(text.slice(at, at + pieceLength))) return at + pieceLength
  }
  return null
}

describe('an answer that repeats itself', () => {
  test.each([
    ['a label', `${start}${'"Question", '.repeat(400)}`],
    ['a sentence', `{"reasoning": "${'It is about the compiler and how it is used by people at work. '.repeat(60)}`],
    ['spaces', `${start}"Bug"]}${' '.repeat(4000)}`],
    ['line breaks', `${start}"Bug"]}${'\n'.repeat(4000)}`],
    ['digits', `{"confidence": 1.${'34567890'.repeat(300)}`],
    ['whole verdicts', '{"key": "k7q", "categories": ["Bug"], "confidence": 0.9}, '.repeat(60)],
    [
      'a long paragraph',
      `${'The quick brown fox jumps over the lazy dog near the river bank in May. '.repeat(4)}x`.repeat(12),
    ],
  ])('is seen soon, in whatever pieces it comes: %s', (_, text) => {
    for (const pieceLength of [1, 7, 100, 5000]) {
      const after = seenAfter(text, pieceLength)
      expect(after).not.toBeNull()
      expect(after).toBeLessThan(2500 + pieceLength)
    }
  })

  test.each(['1.', '…', 'no '])('is not one whose field a grammar ends, whatever fills it: %s', (piece) => {
    const profile = compileProfile(Profile.parse({ categories: [{ name: 'Bug' }] }))
    if (!profile.ok) expect.unreachable(profile.reason.message)
    const work: Work = { task: 'scoring', items: [{ key: 'k7q', text: 'A text.' }], profile: profile.value }
    const { schema, maxOutputTokens } = buildPrompt(work, 'mark')
    const bound = Number(/"maxLength":(\d+)/.exec(JSON.stringify(schema))?.[1])
    const verdict = { interest: 0, quality: 0, reasoning: piece.repeat(bound).slice(0, bound) }
    const text = JSON.stringify({ verdicts: { k7q: verdict } })
    expect(seenAfter(text, 1)).toBeNull()
    for (let length = 0; length <= text.length; length++) expect(endsInRepetition(text.slice(0, length))).toBe(false)
    // A token a character is the most that it can take.
    expect(text.length).toBeLessThanOrEqual(maxOutputTokens)
  })

  test('is not one that lists many items with one label', () => {
    const keys = Array.from({ length: 60 }, (_, at) => (at * 7919 + 104_729).toString(36))
    const text = keys.map((key) => `{"key": "${key}", "categories": ["Bug"], "confidence": 0.9}`).join(', ')
    expect(seenAfter(text, 5)).toBeNull()
    expect(endsInRepetition(text)).toBe(false)
  })

  test('is not one that is short, or indented, or has a line of signs', () => {
    expect(seenAfter(`${start}"Bug", "Bug", "Bug", "Bug"]}`, 3)).toBeNull()
    expect(seenAfter(`${' '.repeat(100)}${'-'.repeat(80)}\n`.repeat(3), 3)).toBeNull()
  })

  test('costs the same a character however long it is', () => {
    const watch = new RepetitionWatch()
    const begun = performance.now()
    let state = 1
    for (let piece = 0; piece < 200_000; piece++) {
      state = (state * 48_271) % 2_147_483_647
      expect(watch.add(state.toString(36))).toBe(false)
    }
    expect(performance.now() - begun).toBeLessThan(10_000)
  })
})
