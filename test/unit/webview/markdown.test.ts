import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeReferences, GrowingMarkdown, readAddress, readMarkdown } from '../../../webview/markdown/readMarkdown.ts'

const document = [
  '# Title\n\nA *text*\nof lines.\n\n',
  '- one\n- two\n\n  more\n    1. deep\n\n',
  '```js\nlet it\n\n  be\n```\n\n',
  '| a | b |\n|-|-|\n| 1 | 2 |\n\n> said\n> so\n\nend **bold**\n\n',
]
  .join('')
  .repeat(8)

test('a text that grows is read as it is read when it is complete', () => {
  const growing = new GrowingMarkdown()
  for (let length = 0; length < document.length; length += 7) growing.read(document.slice(0, length))
  expect(growing.read(document)).toEqual(readMarkdown(document))
  expect(growing.read('another one')).toEqual(readMarkdown('another one'))
})

test('what is settled is the same object while the text grows', () => {
  const growing = new GrowingMarkdown()
  const [first] = growing.read(`${document}and`)
  expect(growing.read(`${document}and more`)[0]).toBe(first)
})

test('every text has blocks that hold all of it', () => {
  const parts = fc.constantFrom(
    '> ',
    '- ',
    '1. ',
    '`',
    '```\n',
    '*',
    '_',
    '~~',
    '[',
    '](',
    ')',
    '|',
    '\n',
    '\n\n',
    '<div>',
    '<!--',
    '&lt;',
    '#',
    '    ',
    'word ',
    '\\',
    'http://a.b',
    '\u202e',
    '\r',
  )
  void fc.assert(
    fc.property(fc.array(parts, { maxLength: 200 }), (written) => {
      const text = written.join('')
      const raw = readMarkdown(text)
        .map((token) => token.raw)
        .join('')
      const visible = (all: string) => all.replace(/[\s\u202e>#|]/g, '')
      expect(visible(raw).length).toBeGreaterThanOrEqual(visible(text).length)
    }),
  )
})

test.each([
  ['quotes in each other', '> '.repeat(60_000)],
  ['lists in each other', '- '.repeat(60_000).replace(/- /g, '* - ')],
  ['more than anybody reads', 'word '.repeat(60_000)],
  ['more blocks than a page draws', 'a\n\n'.repeat(60_000)],
])('%s are one block of text', (_, text) => {
  expect(readMarkdown(text)).toMatchObject([{ type: 'plain' }])
})

test.each<[string, string | null]>([
  ['https://a.b/c?d#e', 'https://a.b/c?d#e'],
  ['mailto:a@b.c', 'mailto:a@b.c'],
  ['HTTP://a.b', 'http://a.b/'],
  ['https://аpple.com', 'https://xn--pple-43d.com/'],
  ['https://a.b/\u202egnp', 'https://a.b/%E2%80%AEgnp'],
  ...[
    'javascript:alert(1)',
    'java\nscript:alert(1)',
    'data:text/html,x',
    'command:a.b',
    'vscode://file/x',
    'file:///x',
  ].map((href): [string, null] => [href, null]),
  ...['//a.b', '/etc', '#x', '', 'https://', `https://a.b/${'x'.repeat(10_000)}`].map((href): [string, null] => [
    href,
    null,
  ]),
])('the link %j leads to %j', (href, address) => {
  expect(readAddress(href)).toBe(address)
})

test('references are what they mean, but for what nobody would see', () => {
  expect(decodeReferences('&lt;b&gt; &amp;amp; &#106; &#x6A; &nbsp;')).toBe('<b> &amp; j j \u00a0')
  expect(decodeReferences('&#x202e; &#0; &#x1b; &#xD800; &#9999999; &bogus; &')).toBe(
    '&#x202e; &#0; &#x1b; &#xD800; &#9999999; &bogus; &',
  )
})
