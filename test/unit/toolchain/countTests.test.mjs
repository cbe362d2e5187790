import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { countByLastLine, countVitest } from '../../../scripts/testing/countTests.mjs'
import { settle } from '../../../scripts/testing/runStep.mjs'

const folder = mkdtempSync(path.join(tmpdir(), 'llm-providers-count-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function countOf(...testResults) {
  const file = path.join(folder, 'report.json')
  writeFileSync(file, JSON.stringify({ testResults }))
  return countVitest(file)
}

const passing = { status: 'passed', fullName: 'a' }
const failing = { status: 'failed', fullName: 'b', failureMessages: ['expected 1 to be 2\n    at line 3'] }
const skipped = { status: 'skipped', fullName: 'c' }

describe('a report of vitest', () => {
  test('is counted over its files', () => {
    expect(
      countOf(
        { name: '1', status: 'passed', assertionResults: [passing, passing] },
        { name: '2', status: 'failed', assertionResults: [passing, failing] },
      ),
    ).toEqual({ passed: 3, failed: 1, problems: ['failed: 2 > b: expected 1 to be 2'] })
  })

  test('with a skipped test has failed, and says which', () => {
    const counts = countOf({ name: '1', status: 'passed', assertionResults: [passing, skipped] })
    expect(counts).toEqual({ passed: 1, failed: 1, problems: ['skipped: 1 > c'] })
  })

  test('with a file that could not be loaded has failed, and says which', () => {
    const counts = countOf({ name: 'broken.test.ts', status: 'failed', assertionResults: [] })
    expect(counts).toMatchObject({ passed: 0, failed: 1 })
    expect(counts.problems[0]).toContain('broken.test.ts')
  })

  test('that was never written is a failure', () => {
    expect(countVitest(path.join(folder, 'none.json'))).toMatchObject({ passed: 0, failed: 1 })
  })
})

describe('a last line', () => {
  test('counts', () => {
    expect(countByLastLine('1 passed, 1 failed\nmore\n12 passed, 0 failed\n')).toMatchObject({ passed: 12, failed: 0 })
  })

  test('names what failed', () => {
    const output = 'panel\n  ok   a (3 ms)\n  FAIL b (9 ms)\n        at line 3\n\n1 passed, 1 failed\n'
    expect(countByLastLine(output)).toEqual({ passed: 1, failed: 1, problems: ['b (9 ms)'] })
  })

  test.each(['', 'all went well', 'so 12 passed, 0 failed'])('that is not there is a failure: %j', (output) => {
    expect(countByLastLine(output)).toMatchObject({ passed: 0, failed: 1 })
  })
})

describe('a step', () => {
  const counted = { count: () => {} }
  test.each([
    ['without tests of its own passes as one', {}, { passed: 0, failed: 0 }, 0, { passed: 1, failed: 0 }],
    ['without tests of its own fails as one', {}, { passed: 0, failed: 0 }, 1, { passed: 0, failed: 1 }],
    ['keeps its counts', counted, { passed: 3, failed: 2 }, 1, { passed: 3, failed: 2 }],
    ['that ran nothing has failed', counted, { passed: 0, failed: 0 }, 0, { passed: 0, failed: 1 }],
    ['that crashed after its tests has failed', counted, { passed: 3, failed: 0 }, 1, { passed: 3, failed: 1 }],
    ['that was killed has failed', counted, { passed: 3, failed: 0 }, null, { passed: 3, failed: 1 }],
  ])('%s', (_, step, counts, exitCode, settled) => {
    expect(settle(step, counts, exitCode)).toEqual(settled)
  })
})
