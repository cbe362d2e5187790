import { describe, expect, test } from 'vitest'
import { findNpmProblems, maxNpmBytes, readTar } from '../../../scripts/packaging/npmPackage.mjs'
import { describeMaterials } from '../../../scripts/packaging/sbom.mjs'

const complete = {
  'package.json': '{}',
  LICENSE: 'MIT',
  'README.md': '# It',
  'dist/cli.js': 'require("./core.js")',
  'dist/core.js': 'require("./lib-a.js");require("fs")',
  'dist/lib-a.js': 'module.exports = 1',
  'dist/sql-wasm.wasm': 'x',
  'dist/sbom.cdx.json': '{}',
  'dist/third-party-notices.txt': 'x',
  'dist/migrations/0001_start.sql': 'x',
  'api/llm-providers.d.ts': 'export {}',
}

function problemsOf(files, size = 1_000_000) {
  const entries = Object.entries(files).map(([name, text]) => ({ name: `package/${name}`, content: Buffer.from(text) }))
  return findNpmProblems(entries, size)
}

test('a complete package has no problem', () => {
  expect(problemsOf(complete)).toEqual([])
})

test.each(['dist/cli.js', 'dist/core.js', 'dist/lib-a.js', 'dist/sbom.cdx.json', 'LICENSE'])(
  'without %s it is named',
  (name) => {
    const { [name]: _, ...rest } = complete
    expect(problemsOf(rest)).toContain(`missing: package/${name}`)
  },
)

test.each([
  'dist/extension.js',
  'dist/server.js',
  'dist/webview/main.js',
  'dist/cli.js.map',
  'dist/migrations/schema.sql',
  'node_modules/zod/index.js',
  'server/main.ts',
  'package-lock.json',
  '.npmrc',
  'api/llm-providers.ts',
])('%s has no business there', (name) => {
  expect(problemsOf({ ...complete, [name]: 'x' })).toContain(`unexpected: package/${name}`)
})

test('a bundle that nothing asks for, an empty file and too many bytes are named', () => {
  expect(problemsOf({ ...complete, 'dist/lib-b.js': 'x' })).toEqual(['nothing asks for: package/dist/lib-b.js'])
  expect(problemsOf({ ...complete, 'README.md': '' })).toEqual(['empty: package/README.md'])
  expect(problemsOf(complete, maxNpmBytes + 1)).toEqual([
    `too large: ${maxNpmBytes + 1} of at most ${maxNpmBytes} bytes`,
  ])
})

test('a tarball is read entry by entry, long names too, and other kinds of entries are none', () => {
  const header = (name, size, kind = '0', prefix = '') => {
    const block = Buffer.alloc(512)
    block.write(name, 0)
    block.write(size.toString(8).padStart(11, '0'), 124)
    block.write(kind, 156)
    block.write(prefix, 345)
    return block
  }
  const body = Buffer.alloc(512)
  body.write('hello')
  const tar = Buffer.concat([
    header('a', 5),
    body,
    header('d/', 0, '5'),
    header('c', 0, '0', 'very/long'),
    Buffer.alloc(1024),
  ])
  expect(readTar(tar).map(({ name, content }) => [name, content.toString()])).toEqual([
    ['a', 'hello'],
    ['very/long/c', ''],
  ])
})

describe('the bill of materials', () => {
  const outputs = (...files) => ({ outputs: { 'x.js': { inputs: Object.fromEntries(files) } } })
  const used = { bytesInOutput: 10 }

  test('has each package of which something is in a bundle, once, with licence and hash, and nothing of ours', () => {
    const metafiles = [
      outputs(['node_modules/zod/index.js', used], ['cli/main.ts', used]),
      outputs(['node_modules/zod/v4/core.js', used], ['node_modules/yaml/index.js', { bytesInOutput: 0 }]),
    ]
    const { components, dependencies } = JSON.parse(
      describeMaterials(metafiles, ['node_modules/sql.js/dist/sql-wasm.wasm']),
    )
    expect(components.map(({ name }) => name)).toEqual(['sql.js', 'zod'])
    expect(components[1]).toMatchObject({
      purl: expect.stringMatching(/^pkg:npm\/zod@4/),
      licenses: [{ license: { id: 'MIT' } }],
    })
    expect(components[1].hashes[0].content).toMatch(/^[0-9a-f]{128}$/)
    expect(dependencies[0].dependsOn).toEqual(components.map((component) => component['bom-ref']))
  })

  test('says a scope as package URLs want it, and the same bundles have the same bill', () => {
    const metafiles = [outputs(['node_modules/@modelcontextprotocol/server/dist/index.mjs', used])]
    expect(describeMaterials(metafiles, [])).toContain('"pkg:npm/%40modelcontextprotocol/server@2')
    expect(describeMaterials(metafiles, [])).toBe(describeMaterials(metafiles, []))
  })
})
