import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type LiveCli, startLiveCli } from '../support/cli/liveCli.ts'
import { recorded, replay } from '../support/providers/recordedBodies.ts'
import { type ScriptedServer, startScriptedServer } from '../support/providers/scriptedServer.ts'

// A llama-server with a model that decides, as one was recorded.
let cli: LiveCli
let server: ScriptedServer
beforeEach(async () => {
  ;[cli, server] = await Promise.all([startLiveCli(), startScriptedServer()])
  server.play((response, { path, body }) => replay(recorded('systemone-llama-cpp', nameOf(path, body)), response))
  const address = ['--set', `base_url=${server.origin}/v1`]
  await done(['provider', 'add', 'llama', '--kind', 'openai-compatible', ...address])
})
afterEach(async () => {
  await server.close()
  await cli.remove()
})

function nameOf(path: string, body: string): string {
  if (path === '/v1/models') return 'models'
  if (path !== '/v1/systemone') return 'not-a-decision-model'
  const { questions } = JSON.parse(body) as { questions: Record<string, unknown> }
  if ('number' in questions) return 'options-53'
  return 'cat' in questions ? 'both-tasks' : 'yes-no'
}

async function done(words: string[], stdin?: string): Promise<string> {
  const { code, out, err } = await cli.run(words, stdin === undefined ? {} : { stdin })
  if (code !== 0) throw new Error(`${words.join(' ')}: exit code ${code}\n${err}`)
  return out
}

const decided = () => server.requests.filter(({ path }) => path === '/v1/systemone').map(({ body }) => JSON.parse(body))
const levels = 'clearly unwanted,hardly,somewhat,interesting,excellent'
const both = [
  ...[
    '--model',
    'llama/smol-decider',
    '--choice',
    'cat: Bug Report=Something fails,Feature Request,Question,None of these',
  ],
  ...['--score', `interest: ${levels}`, '--score', `quality: ${levels}`],
]

describe('decide', () => {
  test('shows each answer with its probability, the best of a choice first', async () => {
    const out = await done(['decide', 'The window stays empty.', ...both])
    expect(out).toMatch(/^cat +Feature Request +56\.7 % +█{11}\n +None of these +25\.1 % +█{5}\n/m)
    expect(out).toMatch(/^interest: 1\.77 of 4 +0 clearly unwanted +7\.3 % +█\n/m)
    expect(out).toMatch(/llama \/ smol-decider answered in .*, 253 tokens in, price unknown\n$/)
    expect(decided()).toMatchObject([
      {
        model: 'smol-decider',
        state: 'The window stays empty.',
        questions: {
          cat: { type: 'choice', criteria: { bug_report: 'Something fails', question: 'Question' } },
          interest: { type: 'score', criteria: levels.split(',') },
        },
      },
    ])
  })

  test('names an option as it was named, also with a word of JavaScript', async () => {
    const probabilities = { option_10: 0.2, proto: 0.5, option_2: 0.3 }
    const answers = { choice: { type: 'choice', choice: 'proto', probabilities, confidence: 0.3 } }
    server.play((response) => replay({ status: 200, body: { answers } }, response))
    const asked = ['decide', 'A text.', '--model', 'llama/smol-decider', '--choice', '10,__proto__,2']
    expect(await done(asked)).toMatch(/^choice +__proto__ +50\.0 % .*\n +2 +30\.0 % .*\n +10 +20\.0 %/m)
    const report = await done([...asked, '--json'])
    expect(report).toContain('"probabilities":{"2":0.3,"10":0.2,"__proto__":0.5}')
  })

  test('takes the text from standard input, and prints the report of the contract', async () => {
    const out = await done(['decide', '-', '--model', 'llama/smol-decider', '--yes-no', 'u', '--json'], 'A text.')
    expect(JSON.parse(out)).toMatchObject({
      ok: true,
      value: {
        ...{
          provider: 'llama',
          model: 'smol-decider',
          answeredBy: 'smol-decider',
          dialect: 'systemone',
          costUsd: null,
        },
        answers: [{ type: 'predicate', name: 'u', probability: 0.2376104839461838 }],
        usage: { input: 55, output: 0 },
      },
    })
    expect(decided()).toMatchObject([{ state: 'A text.' }])
    expect(JSON.parse(await done(['usage', '--json']))).toMatchObject({
      value: { rows: [{ task: 'test', calls: 1, input: 55 }] },
    })
  })

  test.each<[string, string[], RegExp]>([
    ['an option twice', ['--choice', 'Bug, bug'], /the option "bug" occurs twice/],
    [
      'a question twice',
      ['--choice', 'Which? a,b', '--score', 'Which? a,b', '--yes-no', 'WHICH?'],
      /two questions "WHICH\?"/,
    ],
    ['a level twice', ['--score', 'good,good'], /the level "good" occurs twice/],
  ])('refuses %s before anything is sent', async (_, words, sentence) => {
    const refused = await cli.run(['decide', 'x', '--model', 'llama/smol-decider', ...words])
    expect(refused).toMatchObject({ code: 2, out: '' })
    expect(refused.err).toMatch(sentence)
    expect(decided()).toEqual([])
  })

  test('says where the model is none that decides', async () => {
    server.play((response) => replay(recorded('systemone-llama-cpp', 'not-a-decision-model'), response))
    const refused = await cli.run(['decide', 'x', '--model', 'llama/smollm2', '--yes-no', 'u'])
    expect(refused.code).toBe(3)
    expect(refused.err).toContain('"smollm2" of "llama" does not make decisions: This model is not a decision model.')
  })
})

describe('a test of a model that decides', () => {
  test('asks one question, says so before, and keeps its form and limits', async () => {
    await done(['provider', 'test', 'llama'])
    expect(decided()).toEqual([])
    const { code, out, err } = await cli.run(['model', 'test', 'llama', 'smol-decider'])
    expect(code).toBe(0)
    expect(err).toContain('One made-up sentence is sent to the model "smol-decider" at')
    expect(out).toMatch(/\(decision\) answered in/)
    expect(out).toContain('makes decisions, at most 52 options, 10 levels, 4,096 tokens per request (System One)')
    expect(decided()).toHaveLength(1)
    const listed = JSON.parse(await done(['model', 'list', '--type', 'decision', '--json']))
    expect(listed.value.rows).toMatchObject([
      {
        type: 'decision',
        probe: { decisions: { dialect: 'systemone', limits: { options: 52, tokens: 4096 } }, calls: 1 },
      },
    ])
    await done(['model', 'default', 'llama', 'smol-decider'])
    expect(await done(['model', 'list'])).toContain('for decision')
  })

  test('tells of a model that writes that it is asked to decide, too', async () => {
    const { err } = await cli.run(['model', 'test', 'llama', 'smollm2', '--probe'])
    expect(err).toMatch(/^At most \d+ small calls .* that contradicts the schema, and a question to be decided on\. /)
  })

  test('lets readiness say what a run with the stored categories would be refused for', async () => {
    await done(['model', 'test', 'llama', 'smol-decider'])
    for (const task of ['categorization', 'scoring'])
      await done(['route', 'set', task, '--provider', 'llama', '--model', 'smol-decider'])
    expect(await done(['readiness', '--no-check'])).not.toContain('would be refused')
    for (let count = 1; count <= 52; count++) await done(['category', 'add', `Category ${count}`])
    const told = (await done(['readiness', '--no-check'])).replace(/\s+/g, ' ')
    expect(told).toMatch(
      /^Categorization ready .* A run with the stored categories would be refused: The profile has \d+ options on one level, but "smol-decider" takes 52: .* Scoring ready /,
    )
    expect(told.match(/would be refused/g)).toHaveLength(1)

    await done(['route', 'set', 'scoring', '--provider', 'llama', '--model', 'smol-decider', '--ask', 'text'])
    const text = (await done(['readiness', '--no-check'])).replace(/\s+/g, ' ')
    expect(text).toMatch(/ Scoring ready .* would be refused: The model "smol-decider" of "llama" only makes decisions/)
  })

  test('takes no more options than it has told', async () => {
    await done(['model', 'test', 'llama', 'smol-decider'])
    const options = Array.from({ length: 53 }, (_, place) => `o${place}`).join(',')
    const refused = await cli.run(['decide', 'x', '--model', 'llama/smol-decider', '--choice', options])
    expect(refused.code).toBe(2)
    expect(refused.err).toContain('there are 53, and this server takes at most 52')
  })
})
