import { strict as assert } from 'node:assert'
import { EventEmitter, type SecretStorage, type SecretStorageChangeEvent } from 'vscode'
import { keyProblem, Secrets } from '../../../client/connection/secrets.ts'
import { readinessSpoken, readinessText } from '../../../client/describe/describeReadiness.ts'
import { formatAge, formatDuration } from '../../../client/describe/language.ts'
import { onOneLine, wrap } from '../../../client/describe/plainText.ts'
import type { TaskReadiness } from '../../../protocol/routing.ts'
import { fail } from '../../../shared/fail.ts'
import { cases } from '../../support/vscode/runner.ts'

function storage(get: () => Promise<string | undefined>): SecretStorage {
  const changes = new EventEmitter<SecretStorageChangeEvent>()
  return { get, keys: async () => [], store: async () => {}, delete: async () => {}, onDidChange: changes.event }
}

const ready: TaskReadiness = {
  task: 'categorization',
  ready: true,
  reason: null,
  warnings: [],
  route: {
    task: 'categorization',
    provider: 'ollama',
    kind: 'ollama',
    model: 'llama3.2',
    endpoint: 'http://127.0.0.1:11434',
    options: {},
    rule: 'route',
  },
  checkedAt: null,
  latencyMs: null,
}

const keyless: TaskReadiness = {
  ...ready,
  task: 'scoring',
  ready: false,
  route: null,
  reason: fail({ code: 'secret_missing', provider: 'openai', source: 'secret_store' }).reason,
}

export const textCases = cases({
  'ages are told as people say them': () => {
    const now = Date.parse('2026-11-21T12:00:00.000Z')
    const told = (seconds: number) => formatAge(new Date(now - seconds * 1000).toISOString(), now)
    assert.deepEqual([-60, 0, 59, 60, 3599, 3600, 86_399, 86_400, 200_000].map(told), [
      'just now',
      'just now',
      'just now',
      '1 min ago',
      '59 min ago',
      '1 h ago',
      '23 h ago',
      'yesterday',
      '2 days ago',
    ])
    assert.deepEqual([0, 12.4, 1500, 120_000].map(formatDuration), ['under 1 ms', '12 ms', '1.5 s', '2 min'])
  },

  'the status bar says whose it is and what is missing, and both tasks to those who listen': () => {
    const readiness = { categorization: ready, scoring: keyless }
    assert.equal(readinessText(readiness), '$(error) LLM: key missing')
    assert.equal(readinessSpoken(readiness), 'Categorization: ready through ollama, llama3.2. Scoring: key missing')
  },

  'a fallback is never silent': () => {
    const route = { ...ready.route, rule: 'fallback' } as NonNullable<TaskReadiness['route']>
    const readiness = { categorization: { ...ready, route }, scoring: { ...ready, task: 'scoring' as const } }
    assert.equal(readinessText(readiness), '$(arrow-swap) LLM: through fallback')
  },

  'what a model wrote stays one line of text': () => {
    assert.equal(onOneLine(' a\r\n\tb\u0000\u202ec\u2028d '), 'a bc d')
    assert.deepEqual(wrap('one two three', 7), ['one two', 'three'])
    assert.deepEqual(wrap('abcdefgh', 3), ['abc', 'def', 'gh'])
    assert.deepEqual(wrap('', 3), [])
    assert.deepEqual(wrap('😀😀😀', 2), ['😀😀', '😀'])
  },

  'keys that cannot be sent are refused without repeating them': () => {
    assert.equal(keyProblem('  sk-good  '), null)
    assert.equal(keyProblem('   '), 'empty')
    assert.equal(keyProblem('a\nb'), 'characters')
    assert.equal(keyProblem('schlüssel'), 'characters')
    assert.equal(keyProblem('k'.repeat(10_001)), 'too_long')
  },

  'a secret store that is empty, damaged or broken only means that the key is missing': async () => {
    const question = { provider: 'openai', origin: 'https://api.example' }
    const logged: string[] = []
    const answers = await Promise.all(
      [
        async () => undefined,
        async () => 'not json sk-canary',
        async () => JSON.stringify({ key: 'sk-canary' }),
        () => Promise.reject(new Error('keyring says sk-canary')),
      ].map((get) => new Secrets(storage(get), (line) => logged.push(line)).answer(question)),
    )
    for (const answer of answers) {
      assert.equal(answer.ok, false)
      assert.equal(!answer.ok && answer.reason.code, 'secret_missing')
    }
    const stores = answers.map((answer) => !answer.ok && answer.reason.code === 'secret_missing' && answer.reason.store)
    assert.deepEqual(stores, [undefined, 'damaged', 'damaged', 'failed'])
    for (const answer of answers) assert.equal(!answer.ok && answer.reason.action.id, 'setKey')
    assert.doesNotMatch(JSON.stringify([answers, logged]), /sk-canary/)
  },

  'a key is given out for the origin that it was entered for, and for no other': async () => {
    const stored = JSON.stringify({ key: 'sk-fake', origin: 'https://api.example' })
    const secrets = new Secrets(
      storage(async () => stored),
      () => {},
    )
    assert.deepEqual(await secrets.answer({ provider: 'p', origin: 'https://api.example' }), {
      ok: true,
      value: { key: 'sk-fake' },
    })
    assert.equal(await secrets.endingOf('p'), null, 'too short to tell four of it')
    const refused = await secrets.answer({ provider: 'p', origin: 'https://evil.example' })
    assert.ok(!refused.ok && refused.reason.code === 'secret_missing')
    assert.equal(refused.reason.boundTo, 'https://api.example')
    assert.doesNotMatch(JSON.stringify(refused), /sk-fake/)
  },
})
