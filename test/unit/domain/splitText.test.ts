import { describe, expect, it } from 'vitest'
import { splitText } from '../../../server/domain/splitText.ts'

const paragraph = (name: string, sentences = 20) => `${name} says something. `.repeat(sentences).trim()

describe('Markdown', () => {
  it('is split at its headings, which each piece stands under', () => {
    const text = `# Guide\n\n${paragraph('A')}\n\n## Keys\n\n${paragraph('B', 40)}\n\n## Runs\n\n${paragraph('C', 40)}`
    expect(splitText(text, 'markdown').map(({ headings, line }) => [line, ...headings])).toEqual([
      [1, 'Guide'],
      [5, 'Guide', 'Keys'],
      [9, 'Guide', 'Runs'],
    ])
  })

  it('has no headings within code', () => {
    const text = '# One\n\n```sh\n# not a heading\n```\n\n~~~\n## nor this\n```\n~~~\n'
    expect(splitText(text, 'markdown').map(({ headings }) => headings)).toEqual([['One']])
  })
})

describe('code', () => {
  it('is split where something begins at the margin', () => {
    const one = `function one() {\n${'  // a line of code\n'.repeat(60)}\n  return 1\n}`
    const two = `export class Two {\n${'  field = 2\n'.repeat(80)}}`
    const pieces = splitText(`import x from 'x'\n\n${one}\n\n${two}\n`, 'code')
    expect(pieces.map(({ text }) => text.split('\n')[0])).toEqual(["import x from 'x'", 'export class Two {'])
    expect(pieces[0]?.text).toContain('return 1\n}')
  })
})

describe('prose', () => {
  it('puts small paragraphs together, up to 800 tokens', () => {
    const text = Array.from({ length: 40 }, (_, at) => paragraph(`P${at}`, 8)).join('\n\n')
    const pieces = splitText(text, 'prose')
    expect(pieces.length).toBeGreaterThan(4)
    for (const { text: piece } of pieces.slice(0, -1)) {
      expect(piece.length).toBeGreaterThanOrEqual(800)
      expect(piece.length).toBeLessThanOrEqual(3200)
    }
    expect(pieces.map(({ text: piece }) => piece).join('\n\n')).toBe(text)
  })

  it('cuts a line without an end, never within a sign', () => {
    const pieces = splitText('😀'.repeat(5000), 'prose')
    expect(pieces.every(({ text }) => text.isWellFormed() && text.length <= 3200)).toBe(true)
    expect(pieces.map(({ text }) => text).join('')).toBe('😀'.repeat(5000))
  })

  it.each(['', '   \n\n\t\n'])('of %j has no piece', (text) => {
    expect(splitText(text, 'prose')).toEqual([])
  })
})
