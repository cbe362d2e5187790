import { describe, expect, test } from 'vitest'
import { compileProfile } from '../../../server/domain/compileProfile.ts'
import { findPreset, presetNames } from '../../../server/profiles/presetProfiles.ts'
import { indexCategories } from '../../../server/providers/builtinCategories.ts'

test('there are ready-made profiles for issues, logs and feedback', () => {
  expect(presetNames).toEqual(['issues', 'logs', 'feedback'])
})

test.each(presetNames)('%s is valid, describes every category and says what is wanted', (name) => {
  const outcome = findPreset(name)
  if (!outcome.ok) expect.unreachable(outcome.reason.message)
  const categories = outcome.value.categories.flatMap((root) => [root, ...(root.children ?? [])])
  expect(categories.filter((category) => !category.description)).toEqual([])
  expect(outcome.value.interests).not.toBe('')
  expect(compileProfile(outcome.value).ok).toBe(true)
})

test.each(['nothing', 'constructor', '__proto__', ''])(
  '"%s" is none, and the failure names those there are',
  (name) => {
    const outcome = findPreset(name)
    if (outcome.ok) expect.unreachable('found')
    expect(outcome.reason).toMatchObject({ code: 'profile_invalid', file: name })
    expect(outcome.reason.message).toContain('issues, logs, feedback')
  },
)

describe('keyword matching sorts typical lines by the profile for logs', () => {
  const preset = findPreset('logs')
  const compiled = preset.ok ? compileProfile(preset.value) : preset
  if (!compiled.ok) throw new Error(compiled.reason.message)
  const index = indexCategories(compiled.value)
  test.each([
    ['Error: connect ECONNREFUSED 127.0.0.1:5432', 'Network'],
    ['getaddrinfo ENOTFOUND registry.internal: DNS lookup failed', 'Network'],
    ['write failed: no space left on device', 'Out of Resources'],
    ['container worker-3 was OOM killed', 'Out of Resources'],
    ["src/app.ts(3,8): error TS2307: Cannot find module './missing'", 'Build Failure'],
    ['AssertionError: expected 3 to equal 4 in suite cart.spec', 'Test Failure'],
    ['Segmentation fault (core dumped)', 'Crash'],
    ['DeprecationWarning: Buffer() is deprecated', 'Deprecation'],
    ['ERROR: deadlock detected while waiting for transaction 8812', 'Database'],
    ['Server listening on port 8080', 'Routine'],
  ])('%s', (line, category) => {
    expect(index.judge(line).categories).toContain(category)
  })
})
