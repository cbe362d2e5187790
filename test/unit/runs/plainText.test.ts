import { expect, test } from 'vitest'
import { loadPlainText, looksLikeHtml } from '../../../server/sources/plainText.ts'

test.each([
  ['<p>Hello</p>', true],
  ['  <!DOCTYPE html><html><body>x</body></html>', true],
  ['<!-- comment -->\n<div class="x">y</div>', true],
  ['Read <b>this</b> and <a href="https://example.org">that</a>.', true],
  ['one<br>two<br/>three', true],
  ['plain text', false],
  ['1 < 2 and 3 > 2', false],
  ['Array<string> and Map<a, b>', false],
  ['mail from <someone@example.org>', false],
  ['A bug: the tag <b> is not closed', false],
  ['<person><name>Ada</name></person>', false],
  ['import { x } from "y"\nexport const App = () => <div className="a"><b>x</b></div>', false],
  ['Use this:\n```html\n<p>a</p><p>b</p>\n```\n', false],
])('%j is HTML: %s', (text, expected) => {
  expect(looksLikeHtml(text)).toBe(expected)
})

test('turns HTML into text, keeps text, and makes both neat', async () => {
  const toPlainText = await loadPlainText()
  const html =
    '<h2>Title</h2><p>A &lt;b&gt; &amp; <a href="https://x.example">link</a><img src="y" alt="z"></p><ul><li>one</li><li>two</li></ul><style>p{}</style><script>alert(1)</script>'
  expect(toPlainText(html)).toBe('Title\n\nA <b> & link\n\n * one\n * two')
  expect(toPlainText('  a\r\nb\rc \ud800 \n')).toBe('a\nb\nc \uFFFD')
})

test('survives markup made to hurt', async () => {
  const toPlainText = await loadPlainText()
  expect(toPlainText(`${'<div>'.repeat(100_000)}deep`)).toBeTypeOf('string')
  expect(toPlainText(`<p>${'<b'.repeat(50_000)}`)).toBeTypeOf('string')
  expect(toPlainText(`<!--${'-->'.repeat(1000)}<p>x</p>`)).toBeTypeOf('string')
  expect(looksLikeHtml(`<!--${'x'.repeat(1_000_000)}`)).toBe(false)
})

test.each([
  ['open elements', '<div>'],
  ['open cells', '<table><tr><td>x'],
  ['paragraphs', '<p>word</p>'],
  ['signs that open nothing', '<p><'],
  ['line breaks', '<br>'],
])('of megabytes of %s no more is converted than is ever judged', async (_, markup) => {
  const toPlainText = await loadPlainText()
  const html = `<p>First</p>${markup.repeat(4_000_000 / markup.length)}`
  const text = toPlainText(html)
  expect(text.startsWith('First')).toBe(true)
  // The same as if it ended where looking at it ends.
  expect(toPlainText(html.slice(0, 1_000_000))).toBe(text)
})

test('the text of a page stands behind megabytes of scripts, styles and comments', async () => {
  const toPlainText = await loadPlainText()
  const scripts = `<script>${'a<b;'.repeat(100_000)}</script><STYLE>${'p{}'.repeat(100_000)}</STYLE ><!--${'x'.repeat(300_000)}-->`
  expect(toPlainText(`<html><head>${scripts}</head><body><p>The text</p></body></html>`)).toBe('The text')
})
