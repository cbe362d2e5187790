import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type LiveCli, startLiveCli } from '../support/cli/liveCli.ts'

const categories = `categories:
  - { name: Crash, description: crash segfault panic stack trace }
  - { name: Spam, description: casino advertising giveaway }
`

let cli: LiveCli
beforeEach(async () => {
  cli = await startLiveCli()
  await mkdir(path.join(cli.folder, '.llm-providers'))
  const labels = [
    { id: '1', text: 'A segfault and a stack trace, then panic', categories: ['Crash'] },
    { id: '2', text: 'Advertising for a casino', categories: ['Spam'] },
    { id: '3', text: 'Nothing that anybody could know', categories: ['Crash'] },
  ]
  await writeFile(inFolder('golden.jsonl'), labels.map((label) => JSON.stringify(label)).join('\n'))
  await writeFile(path.join(cli.folder, 'items.jsonl'), '{"id":"a","text":"A segfault"}\n')
  await done('provider', 'add', 'other', '--kind', 'builtin')
})
afterEach(() => cli.remove())

const inFolder = (name: string) => path.join(cli.folder, '.llm-providers', name)
const gateAt = (accuracy: number, more = '') =>
  writeFile(
    inFolder('profile.yaml'),
    `${categories}${more}gate: { categorization: { accuracy: ${accuracy}, labels: 3 } }\n`,
  )
const setRoute = ['route', 'set', 'categorization', '--provider', 'other']
const measure = () => done('evaluate', '--route', 'other', '--task', 'categorization', '--yes')

async function done(...words: string[]): Promise<string> {
  const { code, out, err } = await cli.run(words)
  if (code !== 0) throw new Error(`${words.join(' ')}: exit code ${code}\n${err}`)
  return out
}

async function providerOfRoute(): Promise<string> {
  const { value } = JSON.parse(await done('route', 'list', '--json'))
  return value.find(({ task }: { task: string }) => task === 'categorization').provider
}

test('a model that was not measured, or not well enough, is routed to only with --yes', async () => {
  await gateAt(0.9)
  const never = await cli.run(setRoute)
  expect(never).toMatchObject({ code: 3, err: expect.stringContaining('was never measured') })
  expect(never.err).toContain('evaluate --route other/keywords')
  await measure()
  const missed = await cli.run(setRoute)
  expect(missed).toMatchObject({ code: 3, err: expect.stringContaining('accuracy 0.667, at least 0.9 is wanted') })
  expect(await providerOfRoute()).toBe('builtin')
  await done(...setRoute, '--yes')
  expect(await providerOfRoute()).toBe('other')
  // It is there already: its options are nobody's business.
  await done(...setRoute, '--set', 'concurrency=2')
})

test('one that has passed needs no word, whatever the gate wanted when it was measured', async () => {
  await gateAt(0.9)
  await measure()
  await gateAt(0.6)
  await done(...setRoute)
  expect(await providerOfRoute()).toBe('other')
})

test('a measurement with another profile counts for nothing', async () => {
  await gateAt(0.6)
  await measure()
  await gateAt(0.6, '  - { name: Praise }\n')
  expect(await cli.run(setRoute)).toMatchObject({ code: 3, err: expect.stringContaining('was never measured') })
})

test('a run by a model of its own is held to the gate, one by the route and one over labels are not', async () => {
  await gateAt(0.9)
  const own = ['categorize', 'items.jsonl', '--provider', 'other', '--output', '-']
  const refused = await cli.run([...own, '--json'].filter((word) => word !== '--output' && word !== '-'))
  expect(refused.code).toBe(3)
  expect(JSON.parse(refused.out)).toMatchObject({
    ok: false,
    reason: {
      code: 'gate_unmet',
      provider: 'other',
      model: 'keywords',
      measuredAt: null,
      action: { id: 'measureModel' },
      misses: [
        { task: 'categorization', figure: 'labels', wanted: 3, found: 0 },
        { task: 'categorization', figure: 'accuracy', wanted: 0.9, found: null },
      ],
    },
  })
  await done(...own, '--yes')
  await done('categorize', 'items.jsonl', '--output', '-')
  // A gate of the one task says nothing of the other.
  await done('score', 'items.jsonl', '--provider', 'other', '--output', '-')
})

test('a profile that cannot be read keeps nobody from choosing a model', async () => {
  await writeFile(inFolder('profile.yaml'), 'categories: [')
  await done(...setRoute)
  expect(await providerOfRoute()).toBe('other')
})

test('settings that give a task another model are held to the gate, others are not', async () => {
  const routed = async () => {
    const { value } = JSON.parse(await done('route', 'list', '--json'))
    return value.map(({ provider, model }: { provider: string; model: string | null }) => `${provider}/${model}`)
  }
  await done(
    'provider',
    'add',
    'lab',
    '--kind',
    'ollama',
    '--set',
    'categorization_model=old',
    '--set',
    'scoring_model=old',
  )
  await done('route', 'set', 'categorization', '--provider', 'lab', '--model', 'old')
  await gateAt(0.9)
  await done('provider', 'set', 'lab', 'port=11500', 'scoring_model=new')
  const refused = await cli.run(['provider', 'set', 'lab', 'categorization_model=new', '--json'])
  expect(refused.code).toBe(3)
  expect(JSON.parse(refused.out)).toMatchObject({ reason: { code: 'gate_unmet', provider: 'lab', model: 'new' } })
  expect(await routed()).toEqual(['lab/old', 'builtin/null'])
  const { value } = JSON.parse(await done('provider', 'list', '--json'))
  expect(value.find(({ provider }: { provider: string }) => provider === 'lab').config.categorization_model).toBe('old')
  await done('provider', 'set', 'lab', 'categorization_model=new', '--yes')
  expect(await routed()).toEqual(['lab/new', 'builtin/null'])
  // A route without a model of its own follows the settings by itself, and is asked about all the same.
  await done('route', 'set', 'categorization', '--provider', 'lab', '--yes')
  expect(await routed()).toEqual(['lab/null', 'builtin/null'])
  expect(await cli.run(['provider', 'set', 'lab', 'categorization_model=third'])).toMatchObject({ code: 3 })
})
