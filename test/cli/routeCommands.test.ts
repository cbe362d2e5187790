import { expect, test } from 'vitest'
import { runCli } from '../../cli/runCli.ts'
import { succeed } from '../../protocol/outcome.ts'
import type { Route, RouteOptions } from '../../protocol/routing.ts'
import { fakeHost, hosting } from '../support/cli/fakeHost.ts'
import { fakeTerminal } from '../support/cli/fakeTerminal.ts'

const before: RouteOptions = {
  batchSize: 5,
  thinking: 'low',
  fallback: { provider: 'ollama', model: 'qwen3:8b' },
}
const route: Route = {
  task: 'scoring',
  provider: 'work',
  model: 'm',
  options: before,
  updatedAt: '2026-11-21T11:00:00.000Z',
}

async function save(...options: string[]) {
  const host = fakeHost({
    'route/list': () => succeed([route]),
    'route/save': ({ options: saved }) => succeed({ ...route, options: saved ?? before }),
  })
  const terminal = fakeTerminal()
  const words = ['route', 'set', 'scoring', '--provider', 'work', '--model', 'm', ...options]
  const code = await runCli(words, terminal, '0.0.0', hosting(host))
  const params = host.requests.find(({ name }) => name === 'route/save')?.params as { options?: RouteOptions }
  return { code, out: terminal.out(), err: terminal.err(), options: params?.options, asked: host.requests.length }
}

test.each<[string[], RouteOptions]>([
  [['--thinking', 'off'], { ...before, thinking: false }],
  [['--thinking', 'on'], { ...before, thinking: true }],
  [['--thinking', 'high'], { ...before, thinking: 'high' }],
  [['--ask', 'decisions'], { ...before, ask: 'decisions' }],
  [['--ask', 'auto'], before],
  [['--thinking', 'default'], { batchSize: 5, fallback: { provider: 'ollama', model: 'qwen3:8b' } }],
  [['--fallback', 'builtin'], { ...before, fallback: { provider: 'builtin', model: null } }],
  [['--fallback', 'ollama:hf.co/a/b:Q4'], { ...before, fallback: { provider: 'ollama', model: 'hf.co/a/b:Q4' } }],
  [['--no-fallback'], { batchSize: 5, thinking: 'low' }],
  [['--no-fallback', '--thinking', 'on'], { batchSize: 5, thinking: true }],
  [
    ['--set', 'temperature=0.5', '--set', 'batchSize='],
    { thinking: 'low', temperature: 0.5, fallback: before.fallback },
  ],
  [['--set', 'headers=x-title: triage'], { ...before, headers: 'x-title: triage' }],
  [['--set', 'extra_body={"a":{"b":[1]}}'], { ...before, extra_body: { a: { b: [1] } } }],
  [['--set', 'thinking=off', '--set', 'outputMode=json'], { ...before, thinking: false, outputMode: 'json' }],
])('%j changes that option, and no other', async (options, saved) => {
  expect(await save(...options)).toMatchObject({ code: 0, options: saved })
})

test('a route that is set without options keeps those that it has', async () => {
  const { options, asked, out } = await save()
  expect({ options, asked }).toEqual({ options: undefined, asked: 1 })
  expect(out).toMatch(/scoring +work +m +low +batchSize=5 +ollama:qwen3:8b +60 min ago/)
})

test.each([
  [['--fallback', 'Bad Id'], /"Bad Id" is not the id of a provider/],
  [['--fallback', 'ollama:'], /"" is not the name of a model/],
  [['--ask', 'nicely'], /Allowed choices are auto, decisions, readout, text/],
  [['--thinking', 'hard'], /Allowed choices are on, off, low/],
  [['--set', 'warmth=1'], /A route has no option "warmth"; its options are batchSize, /],
  [['--set', 'temperature=hot'], /temperature takes a number, not "hot"/],
  [['--set', 'extra_body=[1]'], /extra_body takes a JSON object/],
  [['--set', 'outputMode=poem'], /outputMode takes one of schema, tool, json, text/],
  [['--set', 'headers=b7Kq2Zx9Lm4Tn8Vc1Rw6Yp3Hs5Jd0Fg2'], /looks like a key/],
])('%j is wrong use', async (options, sentence) => {
  const { code, err } = await save(...options)
  expect(code).toBe(2)
  expect(err).toMatch(sentence)
})

test('what there is to know of a route, such as the end of its model, stands below the list', async () => {
  const message = 'The model "m" of "work" will be shut down on 2027-01-01; its replacement is "n".'
  const task = { ready: true, reason: null, route: null, checkedAt: null, latencyMs: null }
  const warnings = [{ code: 'deprecation_announced' as const, message }]
  const host = fakeHost({
    'route/list': () => succeed([route]),
    'readiness/read': () =>
      succeed({
        categorization: { task: 'categorization', warnings: [], ...task },
        scoring: { task: 'scoring', warnings, ...task },
      }),
  })
  const terminal = fakeTerminal()
  await runCli(['route', 'list'], terminal, '0.0.0', hosting(host))
  expect(terminal.out().split('\n').slice(2)).toEqual([`note: ${message}`, ''])
})
