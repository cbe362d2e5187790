import { describe, expect, test } from 'vitest'
import type { WorkspacePolicy } from '../../../protocol/policy.ts'
import {
  capOf,
  findDenial,
  matchesName,
  namesPath,
  type PolicyFacts,
  type PolicyTarget,
} from '../../../server/domain/workspacePolicy.ts'
import { explainReason } from '../../../shared/describe/reason.ts'

const policy = (rules: WorkspacePolicy | null, local: PolicyFacts['local'] = null): PolicyFacts => ({
  ...{ file: '/w/.llm-providers/policy.yaml', hash: 'h', rules, local },
  problems: rules === null ? [{ path: 'providers', message: 'is no list', line: 3 }] : [],
})

const cloud: PolicyTarget = {
  ...{ provider: 'work', kind: 'openai', model: 'gpt-5-mini', endpoint: 'https://api.openai.com/v1' },
  leavesMachine: false,
}
const local: PolicyTarget = {
  ...{ provider: 'box', kind: 'ollama', model: 'qwen3:8b', endpoint: 'http://127.0.0.1:11434' },
  leavesMachine: false,
}

describe('what rules allow', () => {
  const cases: [string, WorkspacePolicy, PolicyTarget, boolean][] = [
    ['nothing said', {}, cloud, true],
    ['the provider by its id', { providers: ['work'] }, cloud, true],
    ['the provider by its kind', { providers: ['openai'] }, cloud, true],
    ['another provider', { providers: ['ollama'] }, cloud, false],
    ['no provider at all', { providers: [] }, local, false],
    ['the model by its name', { models: ['gpt-5-mini'] }, cloud, true],
    ['the model by a star', { models: ['gpt-5*'] }, cloud, true],
    ['the model of this provider', { models: ['work/gpt-5-mini'] }, cloud, true],
    ['the model of another provider', { models: ['elsewhere/gpt-5-mini'] }, cloud, false],
    ['a name that only begins alike', { models: ['gpt-5'] }, cloud, false],
    ['both rules, one against it', { providers: ['work'], models: ['qwen3:8b'] }, cloud, false],
    ['the locked model', { route: { categorization: 'work/gpt-5-mini' } }, { ...cloud, task: 'categorization' }, true],
    ['the locked provider', { route: { scoring: 'work' } }, { ...cloud, task: 'scoring' }, true],
    ['a task locked to another', { route: { scoring: 'box/qwen3:8b' } }, { ...cloud, task: 'scoring' }, false],
    ['another task than the locked one', { route: { scoring: 'box' } }, { ...cloud, task: 'categorization' }, true],
  ]
  test.each(cases)('%s', (_, rules, target, isAllowed) => {
    expect(findDenial([policy(rules)], target) === null).toBe(isAllowed)
  })

  test('all rules have to allow it', () => {
    expect(findDenial([policy({}), policy({ providers: ['ollama'] })], cloud)).toMatchObject({
      code: 'policy_denied',
      rule: 'workspace_rules',
    })
  })

  test('rules that cannot be read allow nothing, and say where', () => {
    const denied = findDenial([policy(null)], local)
    expect(denied).toMatchObject({ code: 'policy_denied', problems: [{ line: 3 }] })
    const { message, action } = explainReason(denied as NonNullable<typeof denied>)
    expect(message).toContain('line 3: is no list')
    expect(action).toMatchObject({ id: 'fixFile' })
  })
})

describe('what stays on this machine', () => {
  const rules = { local_only: ['private'] }
  const goes = (target: PolicyTarget, where: PolicyFacts['local'] = { path: 'private/a.csv' }) =>
    findDenial([policy(rules, where)], target) === null

  test('goes to a server of this machine, and to what calls nobody', () => {
    expect(goes(local)).toBe(true)
    expect(goes({ ...local, endpoint: null })).toBe(true)
    expect(goes({ ...local, endpoint: 'http://[::1]:8080' })).toBe(true)
  })
  test('goes nowhere else', () => {
    expect(goes(cloud)).toBe(false)
    for (const endpoint of ['http://10.0.0.5:8080', 'http://127.0.0.1.evil.example', 'http://127.0.0.1@evil.example'])
      expect(goes({ ...local, endpoint })).toBe(false)
  })
  test('does not go to a local server that passes it on', () => {
    expect(goes({ ...local, leavesMachine: true })).toBe(false)
    expect(goes({ ...local, model: 'gpt-oss:120b-cloud' })).toBe(false)
  })
  test('text of which nobody knows the file counts as what stays', () => {
    expect(goes(cloud, 'unknown')).toBe(false)
    expect(goes(cloud, null)).toBe(true)
  })
})

describe('paths', () => {
  const cases: [string, string, boolean][] = [
    ['private/**', 'private/a.csv', true],
    ['private/**', 'private/deep/a.csv', true],
    ['private/**', 'privateer/a.csv', false],
    ['private', 'private/a.csv', true],
    ['private/', 'deep/private/a.csv', true],
    ['/private', 'deep/private/a.csv', false],
    ['./private/*.csv', 'private/a.csv', true],
    ['private/*.csv', 'private/deep/a.csv', false],
    ['*.secret.csv', 'deep/er/x.secret.csv', true],
    ['**', 'anything.csv', true],
    ['docs/**/raw/*.txt', 'docs/raw/a.txt', true],
    ['docs/**/raw/*.txt', 'docs/a/b/raw/a.txt', true],
    ['PRIVATE', 'private/A.csv', true],
    ['private\\*.csv', 'private/a.csv', true],
    ['a?c.txt', 'abc.txt', true],
    ['[a].txt', '[a].txt', true],
    ['[a].txt', 'a.txt', false],
    ['..', 'a.txt', false],
  ]
  test.each(cases)('%s names %s: %s', (pattern, path, isNamed) => {
    expect(namesPath(pattern, path)).toBe(isNamed)
  })
  test('a pattern that is all stars takes no longer for it', () => {
    expect(matchesName(`${'*a'.repeat(200)}b`, 'a'.repeat(4000))).toBe(false)
    expect(namesPath(`${'**/'.repeat(160)}b`, 'a/'.repeat(500))).toBe(false)
  })
})

test('the lowest cap counts', () => {
  const [one, other] = [policy({ caps: { usd_per_run: 2 } }), policy({ caps: { usd_per_run: 1 } })]
  expect(capOf([one, other], 'usd_per_run', undefined)).toBe(1)
  expect(capOf([one], 'usd_per_run', 0.5)).toBe(0.5)
  expect(capOf([one], 'usd_per_run', 5)).toBe(2)
  expect(capOf([policy(null)], 'usd_per_run', undefined)).toBeUndefined()
})
