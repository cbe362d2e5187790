import { expect, test } from 'vitest'
import { tallyFailures } from '../../../scripts/testing/tallyFailures.mjs'

const passed =
  'ok    types      1 passed                 9.2 s\nok    unit       2 passed                 1.0 s\n3 passed, 0 failed\n'
const failed = (reason) =>
  `ok    types      1 passed                 9.2 s
FAIL  webview    9 passed, 1 failed       88.0 s
      ! failed: /here/test/webview/a.test.ts > a page: shows it: AssertionError: ${reason}
       ❯ test/webview/a.test.ts
FAIL  vscode     3 passed, 1 failed       60.0 s
      ! a key is stored (12 ms)
FAIL  build      0 passed, 1 failed       2.0 s
      Could not resolve "it"

Failed: webview, vscode, build
12 passed, 3 failed
`

test('nothing failed', () => {
  expect(tallyFailures([passed, passed])).toEqual([])
})

test('what failed is counted over the runs, with each different reason once', () => {
  const tally = tallyFailures([
    failed('expected 1 to be 2'),
    passed,
    failed('expected 1 to be 2'),
    failed('expected 3 to be 2'),
  ])
  const test = 'webview: /here/test/webview/a.test.ts > a page: shows it'
  const reasons = ['AssertionError: expected 1 to be 2', 'AssertionError: expected 3 to be 2']
  expect(tally).toEqual([
    { what: test, count: 3, reasons },
    { what: 'vscode: a key is stored', count: 3, reasons: [] },
    { what: 'build', count: 3, reasons: [] },
  ])
})

test('what failed most often comes first', () => {
  const rare = 'FAIL  lint       0 passed, 1 failed       2.0 s\n'
  const often = 'FAIL  types      0 passed, 1 failed       2.0 s\n'
  expect(tallyFailures([rare + often, often]).map(({ what, count }) => [what, count])).toEqual([
    ['types', 2],
    ['lint', 1],
  ])
})
