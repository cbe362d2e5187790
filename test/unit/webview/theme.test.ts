import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'

const root = path.resolve(import.meta.dirname, '../../..')
const files = (pattern: string) =>
  globSync(pattern, { cwd: root }).map((name) => [name, readFileSync(path.join(root, name), 'utf8')] as const)

test('styles hold no colour of their own: each is one of the theme’s', () => {
  const styles = files('webview/**/*.css')
  expect(styles.length).toBeGreaterThan(2)
  for (const [name, text] of styles) {
    const withoutVariables = text.replaceAll(/var\([^;]*\)/g, '').replaceAll(/\/\*[\s\S]*?\*\//g, '')
    const colours =
      /#[0-9a-f]{3,8}\b|\b(?:rgb|hsl|hwb|lab|lch|oklab|oklch|color|light-dark)a?\(|:[^;]*\b(?:white|black|red|green|blue|gray|grey|yellow|orange|silver)\b/i
    expect(colours.exec(withoutVariables)?.[0], name).toBeUndefined()
  }
})

test('no script of the page sets a style or makes a document out of text', () => {
  const sources = files('webview/**/*.{ts,tsx}')
  expect(sources.length).toBeGreaterThan(20)
  for (const [name, text] of sources) {
    expect(
      /dangerouslySetInnerHTML|innerHTML|insertAdjacentHTML|document\.write|\beval\(/.exec(text)?.[0],
      name,
    ).toBeUndefined()
  }
})

test('no kind of provider is known to the page', () => {
  const kinds = [
    ...readFileSync(path.join(root, 'server/providers/registry.ts'), 'utf8').matchAll(/from '\.\/(\w+)\.ts'/g),
  ]
    .map(([, name]) => name ?? '')
    .filter((name) => name !== 'adapter' && name !== 'kindInfo')
  expect(kinds.length).toBeGreaterThan(5)
  for (const [name, text] of files('webview/{pages/providers,form,parts,state,host,frame}/**/*.{ts,tsx}')) {
    for (const kind of kinds) expect(text.includes(`'${kind}'`), `${name} names ${kind}`).toBe(false)
  }
})
