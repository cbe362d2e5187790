import { expect, test } from 'vitest'
import { NearDuplicates } from '../../../server/engine/nearDuplicates.ts'

/** mulberry32, seeded. */
let state = 7
function random(): number {
  state = (state + 0x6d2b79f5) | 0
  let drawn = Math.imul(state ^ (state >>> 15), 1 | state)
  drawn = (drawn + Math.imul(drawn ^ (drawn >>> 7), 61 | drawn)) ^ drawn
  return ((drawn ^ (drawn >>> 14)) >>> 0) / 2 ** 32
}
const word = () => Math.floor(random() * 1e9).toString(36)
const text = (words: number) => Array.from({ length: words }, word)

function pieces(of: string): Set<string> {
  return new Set(Array.from({ length: of.length - 4 }, (_, from) => of.slice(from, from + 5)))
}

function jaccard(one: string, other: string): number {
  const [left, right] = [pieces(one), pieces(other)]
  const both = [...left].filter((piece) => right.has(piece)).length
  return both / (left.size + right.size - both)
}

/** Whether the second counts as the first, and how alike it is said to be. */
function likenessOf(threshold: number, one: string, other: string): number | null {
  const near = new NearDuplicates(threshold)
  near.findOrAdd(one, 1)
  return near.findOrAdd(other, 2)?.likeness ?? null
}

test('the likeness that is told is near the exact one, and not to one side', () => {
  const errors = Array.from({ length: 300 }, () => {
    const one = text(60)
    const other = [...one]
    for (let nth = 0; nth < 6; nth++) other[Math.floor(random() * 60)] = word()
    const told = likenessOf(0.5, one.join(' '), other.join(' '))
    return told === null ? null : told - jaccard(one.join(' '), other.join(' '))
  }).filter((error) => error !== null)
  expect(errors.length).toBeGreaterThan(290)
  const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length
  const deviation = Math.sqrt(errors.reduce((sum, error) => sum + error * error, 0) / errors.length)
  expect(Math.abs(mean)).toBeLessThan(0.01)
  expect(deviation).toBeLessThan(0.05)
})

test('texts that have nothing in common are never near, however many there are', () => {
  const near = new NearDuplicates(0.5)
  const found = Array.from({ length: 2000 }, (_, item) => near.findOrAdd(text(30).join(' '), item))
  expect(found.every((each) => each === null)).toBe(true)
})

test('the most like one of several is found, among many others', () => {
  const near = new NearDuplicates(0.8)
  const kind = text(80)
  near.findOrAdd([...kind.slice(0, 74), ...text(6)].join(' '), 1)
  for (let item = 10; item < 1000; item++) near.findOrAdd(text(40).join(' '), item)
  const first = kind.join(' ')
  expect(near.findOrAdd(first, 2)?.item ?? 2).toBeOneOf([1, 2])
  const nearest = new NearDuplicates(0.8)
  nearest.findOrAdd(`${first} ${text(7).join(' ')}`, 1)
  nearest.findOrAdd(`${text(7).join(' ')} ${first} ${text(12).join(' ')}`, 2)
  expect(nearest.findOrAdd(`${first} ${word()}`, 3)).toMatchObject({ item: 1 })
})

test.each([
  ['case and blanks', 'The  Window\nCRASHES at start', 'the window crashes at START ', 1],
  ['full-width letters', 'Ｔｈｅ window crashes at start', 'the window crashes at start', 1],
  [
    'a language without blanks',
    '印刷するとアプリが突然終了してしまいます助けてください',
    '印刷するとアプリが突然終了してしまいます助けてくださいね',
    0.9,
  ],
  ['fewer characters than a piece has', 'ok', 'OK', 1],
])('%s', (_, one, other, least) => {
  expect(likenessOf(0.8, one, other)).toBeGreaterThanOrEqual(least - 0.1)
})

test.each([
  ['', 'a'],
  ['no', 'on'],
  ['\ud83d\ude00', '\ud83d\ude01'],
])('short texts that differ are two: %j and %j', (one, other) => {
  expect(likenessOf(0.9, one, other)).toBeNull()
})
