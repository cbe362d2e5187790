import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { findReadOnce } from '../../support/webview/readOnce.ts'

const root = path.resolve(import.meta.dirname, '../../..')
const folders = ['test/webview', 'test/vscode/panel', 'test/vscode/person']
const files = folders.flatMap((folder) => readdirSync(path.join(root, folder)).map((name) => `${folder}/${name}`))

test.each(files)('%s reads nothing of a page only once', (file) => {
  const source = readFileSync(path.join(root, file), 'utf8')
  expect(findReadOnce(source).map((line) => `${file}:${line}`)).toEqual([])
})

describe('what is asserted as it was at one moment', () => {
  test.each([
    'expect(await box.isChecked()).toBe(true)',
    'expect((await list.allInnerTexts()).join()).toBe("a")',
    'expect([await box.isChecked(), 1]).toEqual([true, 1])',
    'assert.equal(await field.inputValue(), "a")',
    'assert.ok((await steps.count()) === 3)',
    'const before = await field.inputValue()',
    'const rows: number = await list.getByRole("row").count()',
  ])('is found in %s', (line) => {
    expect(findReadOnce(`async () => {\n${line}\n}`)).toEqual([2])
  })

  test.each([
    'await expect.poll(() => box.isChecked()).toBe(true)',
    'await expect.poll(async () => (await list.allInnerTexts()).join()).toBe("a")',
    'await untilEqual("what was typed", () => field.inputValue(), "a")',
    'const value = () => field.inputValue()',
    'const value = async () => { const text = await field.inputValue(); return text }',
    'await until("all", async () => { const seen = await rows.count(); return seen > 3 })',
    'const sum = await server.request("usage/sum")',
    'expect(asked).toEqual([1])',
  ])('is not found in %s', (line) => {
    expect(findReadOnce(`async () => {\n${line}\n}`)).toEqual([])
  })
})
