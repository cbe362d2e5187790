import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type * as z from 'zod'
import {
  clientNotifications,
  InitializationOptions,
  notifications,
  type RequestName,
  requests,
  ServerInfo,
  serverRequests,
} from '../../protocol/contract.ts'
import { maxPageRows, PageRequest } from '../../protocol/names.ts'
import { Profile } from '../../protocol/profile.ts'
import { valuesOf } from './contractArbitrary.ts'

/** Public: an editor of another version, a script or a test of yours may call these. Later versions add, they never rename. */
const publicRequests = [
  'provider/kinds',
  'provider/list',
  'provider/get',
  'provider/save',
  'provider/remove',
  'provider/setEnabled',
  'provider/test',
  'provider/models',
  'provider/dependents',
  'provider/scan',
  'provider/recognise',
  'import/plan',
  'import/apply',
  'github/fetch',
  'github/planLabels',
  'github/applyLabels',
  'github/undoLabels',
  'model/list',
  'model/save',
  'model/remove',
  'model/setDefault',
  'model/dependents',
  'model/forecast',
  'model/test',
  'model/describeTest',
  'model/decide',
  'model/learn',
  'model/pull',
  'model/delete',
  'route/list',
  'route/save',
  'route/saveAll',
  'route/resolve',
  'readiness/read',
  'policy/read',
  'preferences/read',
  'preferences/save',
  'category/list',
  'category/save',
  'category/remove',
  'category/merge',
  'category/saveAll',
  'category/describeMerge',
  'category/edit',
  'category/describeEdit',
  'profile/list',
  'profile/criteria',
  'profile/score',
  'profile/checkCriteria',
  'profile/check',
  'profile/advise',
  'profile/read',
  'profile/choose',
  'profile/propose',
  'profile/planProposal',
  'prompt/list',
  'prompt/save',
  'prompt/reset',
  'prompt/preview',
  'run/estimate',
  'run/start',
  'run/estimateAgain',
  'run/startAgain',
  'run/announceInterrupted',
  'run/get',
  'run/pause',
  'run/cancel',
  'run/resume',
  'run/estimateSecond',
  'run/second',
  'run/list',
  'run/results',
  'run/review',
  'run/summary',
  'run/export',
  'run/request',
  'run/rewrite',
  'results/merge',
  'run/item',
  'run/locate',
  'run/planExplanation',
  'run/explain',
  'run/itemText',
  'run/remove',
  'revision/list',
  'revision/diff',
  'revision/compare',
  'revision/keep',
  'revision/undo',
  'run/frontMatter',
  'run/markdownFiles',
  'label/list',
  'label/save',
  'label/remove',
  'label/import',
  'evaluation/estimate',
  'evaluation/start',
  'evaluation/cancel',
  'evaluation/read',
  'evaluation/list',
  'evaluation/remove',
  'document/results',
  'document/item',
  'document/offer',
  'source/describe',
  'source/remember',
  'source/moved',
  'thread/create',
  'thread/list',
  'thread/get',
  'thread/rename',
  'thread/remove',
  'thread/send',
  'thread/cancel',
  'thread/setModel',
  'kb/create',
  'kb/list',
  'kb/planBuild',
  'kb/build',
  'kb/search',
  'kb/similar',
  'kb/setEmbedding',
  'kb/remove',
  'chat/models',
  'chat/complete',
  'gateway/list',
  'gateway/save',
  'gateway/remove',
  'gateway/plan',
  'gateway/sync',
  'gateway/test',
  'usage/read',
  'alias/list',
  'alias/remove',
  'alias/save',
  'audit/list',
  'places/read',
] as const satisfies RequestName[]

const requestNames = Object.keys(requests) as RequestName[]

/** Every schema that travels, by what it is for. */
const messages: [what: string, schema: z.ZodType][] = [
  ...requestNames.flatMap((name): [string, z.ZodType][] => [
    [`${name}, params`, requests[name].params],
    [`${name}, result`, requests[name].result],
  ]),
  ...Object.entries(serverRequests).flatMap(([name, { params, result }]): [string, z.ZodType][] => [
    [`${name}, params`, params],
    [`${name}, result`, result],
  ]),
  ...Object.entries({ ...notifications, ...clientNotifications }),
  ['initialize, options', InitializationOptions],
  ['initialize, server', ServerInfo],
  ['a profile', Profile],
]

describe('names', () => {
  test('the requests are the public ones', () => {
    expect(requestNames.toSorted()).toEqual(publicRequests.toSorted())
  })

  test('no two messages share a name', () => {
    const names = [requests, serverRequests, notifications, clientNotifications].flatMap((table) => Object.keys(table))
    expect(new Set(names).size).toBe(names.length)
  })

  test('a name is a thing and a verb', () => {
    for (const name of messages.map(([what]) => what.split(',', 1)[0]).filter((name) => name?.includes('/'))) {
      expect(name).toMatch(/^[a-z]+\/[a-z][A-Za-z]+$/)
    }
  })
})

describe('every message', () => {
  test.each(messages)('%s survives the wire', (_, schema) => {
    fc.assert(
      fc.property(valuesOf(schema), (value) => {
        const parsed = schema.parse(value)
        expect(schema.parse(travel(parsed))).toEqual(parsed)
      }),
      { numRuns: 50 },
    )
  })

  test.each(messages.filter(([, schema]) => !acceptsNothing(schema)))(
    '%s refuses what is not an object',
    (_, schema) => {
      for (const value of [undefined, 'text', 1, true, []]) expect(schema.safeParse(value).success).toBe(false)
    },
  )
})

describe('a request without parameters', () => {
  test.each(requestNames.filter((name) => acceptsNothing(requests[name].params)))(
    '%s takes {}, null and nothing',
    (name) => {
      for (const value of [{}, null, undefined]) expect(requests[name].params.safeParse(value).success).toBe(true)
    },
  )

  test('is every one that reads all there is', () => {
    expect(requestNames.filter((name) => acceptsNothing(requests[name].params)).toSorted()).toEqual([
      'alias/list',
      'audit/list',
      'category/list',
      'chat/models',
      'evaluation/list',
      'gateway/list',
      'kb/list',
      'model/list',
      'places/read',
      'preferences/read',
      'profile/criteria',
      'profile/list',
      'prompt/list',
      'provider/kinds',
      'provider/list',
      'provider/scan',
      'readiness/read',
      'route/list',
      'run/list',
      'thread/list',
      'usage/read',
    ])
  })
})

describe('a page', () => {
  test.each([0, -1, 1.5, maxPageRows + 1, 1e9, Number.NaN, '10', null])('has no limit of %s', (limit) => {
    expect(PageRequest.safeParse({ limit }).success).toBe(false)
  })

  test.each([1, maxPageRows])('has a limit of %s', (limit) => {
    expect(PageRequest.parse({ limit })).toEqual({ limit })
  })

  test('holds 100 rows where nothing is said', () => {
    expect(PageRequest.parse({})).toEqual({ limit: 100 })
    expect(maxPageRows).toBe(100)
  })

  test('refuses a cursor that no server gave', () => {
    expect(PageRequest.safeParse({ cursor: 'x'.repeat(201) }).success).toBe(false)
  })
})

describe('an outcome', () => {
  const schema = requests['route/list'].result
  const reason = { code: 'no_route', task: 'scoring', message: 'No.', action: { id: 'setRoute', label: 'Choose' } }

  test.each([
    ['a code that nobody defined', { ok: false, reason: { ...reason, code: 'something_else' } }],
    ['a code without its facts', { ok: false, reason: { ...reason, task: undefined } }],
    ['a failure without a sentence', { ok: false, reason: { ...reason, message: undefined } }],
    ['a failure without an action', { ok: false, reason: { ...reason, action: undefined } }],
    [
      'an action that no surface knows',
      { ok: false, reason: { ...reason, action: { id: 'reboot', label: 'Reboot' } } },
    ],
    ['a failure without a reason', { ok: false }],
    ['neither success nor failure', { value: 1 }],
  ])('refuses %s', (_, value) => {
    expect(schema.safeParse({ ok: false, reason }).success).toBe(true)
    expect(schema.safeParse(travel(value)).success).toBe(false)
  })
})

describe('names that people choose', () => {
  const get = requests['provider/get'].params

  test.each(['ollama', 'openai-work', '0', 'a.b_c-d', 'x'.repeat(63)])('the slug %s is accepted', (provider) => {
    expect(get.safeParse({ provider }).success).toBe(true)
  })

  test.each(['', 'Ollama', '-x', 'a b', 'a/b', '../x', 'ä', 'a\n', 'x'.repeat(64), '__proto__', 1, null])(
    'the slug %j is refused',
    (provider) => {
      expect(get.safeParse({ provider }).success).toBe(false)
    },
  )
})

function travel(value: unknown): unknown {
  const text = JSON.stringify(value)
  return text === undefined ? undefined : JSON.parse(text)
}

function acceptsNothing(schema: z.ZodType): boolean {
  return schema.safeParse(undefined).success
}
