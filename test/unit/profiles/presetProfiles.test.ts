import { describe, expect, test } from 'vitest'
import { compileProfile } from '../../../server/domain/compileProfile.ts'
import { findPreset, listPresets, presetNames } from '../../../server/profiles/presetProfiles.ts'
import { readProfile } from '../../../server/profiles/readProfile.ts'
import { indexCategories } from '../../../server/providers/builtinCategories.ts'

test('each ready-made profile says in a sentence what it is for', () => {
  const listed = listPresets()
  expect(listed.map(({ name }) => name)).toEqual(presetNames)
  expect(presetNames.slice(0, 7)).toEqual([
    'issues',
    'feedback',
    'support',
    'logs',
    'news',
    'security-findings',
    'notes',
  ])
  expect(listed.filter(({ title, description }) => title === '' || !/^[A-Z].{20,100}\.$/.test(description))).toEqual([])
})

test.each(['Security findings', 'security_findings', 'SECURITY-FINDINGS'])('"%s" is found as it is said', (name) => {
  const found = findPreset(name)
  expect(found.ok && found.value.name).toBe('Security findings')
})

/** Lists of topics for anybody: what matters is for the person to say. */
const impartial = ['news', 'general', 'answers']

test.each(presetNames)('%s is valid, describes every category and says what is wanted', (name) => {
  const outcome = findPreset(name)
  if (!outcome.ok) expect.unreachable(outcome.reason.message)
  const categories = outcome.value.categories.flatMap((root) => [root, ...(root.children ?? [])])
  expect(categories.filter((category) => !category.description)).toEqual([])
  expect(outcome.value.interests === '').toBe(impartial.includes(name))
  expect(compileProfile(outcome.value).ok).toBe(true)
})

test.each(['nothing', 'constructor', '__proto__', ''])(
  '"%s" is none, and the failure names those there are',
  (name) => {
    const outcome = findPreset(name)
    if (outcome.ok) expect.unreachable('found')
    expect(outcome.reason).toMatchObject({ code: 'profile_invalid', file: name })
    expect(outcome.reason.message).toContain('issues, feedback, support')
  },
)

function indexOf(name: string) {
  const preset = findPreset(name)
  const compiled = preset.ok ? compileProfile(preset.value) : preset
  if (!compiled.ok) throw new Error(compiled.reason.message)
  return indexCategories(compiled.value)
}

describe.each<[string, [string, string][]]>([
  [
    'logs',
    [
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
    ],
  ],
  [
    'support',
    [
      ['I was charged twice for my invoice', 'Billing and Payment'],
      ['Locked out: I cannot login with my password', 'Account and Login'],
      ['Where is my parcel? The tracking has not changed', 'Order and Delivery'],
      ['Please cancel and delete my account', 'Cancellation'],
      ['The service is down for everybody, timeout', 'Outage'],
    ],
  ],
  [
    'security-findings',
    [
      ['Hard-coded AWS API key in config.py', 'Exposed Secret'],
      ['SQL query built from untrusted input', 'Injection'],
      ['CVE-2026-1234: upgrade library to 2.3.1', 'Vulnerable Dependency'],
      ['Use after free in parser', 'Memory Safety'],
    ],
  ],
  [
    'notes',
    [
      ['Meeting minutes: agenda and attendees', 'Meeting'],
      ['We agreed and chose SQLite because of its trade-off', 'Decision'],
      ['todo: follow up with the checklist before the deadline', 'Task'],
    ],
  ],
  [
    'general',
    [
      ['The app crashes with an exception when I open it', 'Error or Crash'],
      ['My card payment was charged with a fee', 'Money and Billing'],
      ['Please add an option for dark mode, a feature I miss', 'Feature Request'],
      ['I cannot login to my account, the password is refused', 'Account and Access'],
      ['Great product, best I ever had, I recommend it', 'Praise'],
      ['Very disappointed, poor and unacceptable', 'Complaint'],
      ['Meeting minutes: agenda, attendees', 'Meeting'],
      ['How is this possible? I do not understand, please explain', 'Question'],
      ['Release notes of the new version: launch announcement', 'Announcement'],
    ],
  ],
])('keyword matching sorts typical texts by the profile for %s', (name, texts) => {
  const index = indexOf(name)
  test.each(texts)('%s', (text, category) => {
    expect(index.judge(text).categories).toContain(category)
  })
})

test('criteria come with the product, and a file takes them by their name', () => {
  const withCriteria = listPresets().flatMap(({ name, criteria }) => (criteria ? [name] : []))
  expect(withCriteria.sort()).toEqual(['answers', 'feedback', 'issues', 'logs', 'sarif', 'support'])
  for (const name of withCriteria) {
    const read = readProfile(`categories: []\ncriteria: ${name}\n`, 'profile.yaml')
    expect(read.ok && compileProfile(read.value).ok).toBe(true)
    expect(read.ok && read.value.criteria).toEqual(listPresets().find((each) => each.name === name)?.criteria)
  }
  const sarif = findPreset('sarif')
  expect(sarif.ok && sarif.value.criteria?.map(({ name }) => name)).toEqual(['true positive', 'exploitability'])
  expect(readProfile('categories: []\ncriteria: moods\n', 'profile.yaml')).toMatchObject({
    ok: false,
    reason: { problems: [{ path: 'criteria', line: 2 }] },
  })
})
