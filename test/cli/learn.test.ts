import { readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { LearnedModel } from '../../protocol/learned.ts'
import type { ResultRecord } from '../../protocol/results.ts'
import { type LiveCli, startLiveCli } from '../support/cli/liveCli.ts'

let cli: LiveCli
beforeEach(async () => {
  cli = await startLiveCli()
  await put('profile.yaml', profileOf(['Software', 'Science', 'Adverts']))
  await put('train.jsonl', labelled(0, 300))
})
afterEach(() => cli.remove())

const kinds = [
  { category: 'Software', words: ['compiler', 'editor', 'debugger'] },
  { category: 'Science', words: ['quantum', 'genome', 'telescope'] },
  { category: 'Adverts', words: ['discount', 'sale', 'coupon'] },
]
const kindOf = (nth: number) => kinds[nth % 3] as (typeof kinds)[number]
const textOf = (nth: number): string => `number ${nth}: ${kindOf(nth).words[nth % 2]} and ${kindOf(nth).words[2]}`
const profileOf = (names: string[]): string => `categories:\n${names.map((name) => `  - name: ${name}\n`).join('')}`
const lines = (rows: object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('')

function labelled(from: number, to: number, category = (nth: number): string => kindOf(nth).category): string {
  const rows = Array.from({ length: to - from }, (_, place) => place + from)
  return lines(rows.map((nth) => ({ text: textOf(nth), categories: [category(nth)] })))
}

async function put(name: string, content: string): Promise<void> {
  await writeFile(path.join(cli.folder, name), content)
}

async function answer<Value>(words: string[]): Promise<Value> {
  const { out, err } = await cli.run([...words, '--json'])
  const outcome = JSON.parse(out)
  if (!outcome.ok) throw new Error(`${words.join(' ')}: ${err} ${out}`)
  return outcome.value as Value
}

async function reasonOf(words: string[]): Promise<{ code: string }> {
  const { out } = await cli.run([...words, '--json'])
  return JSON.parse(out.trim().split('\n').at(-1) ?? '').reason
}

async function results(name: string): Promise<ResultRecord[]> {
  const content = await readFile(path.join(cli.folder, name), 'utf8')
  return content.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as ResultRecord]))
}

const fromLabels = ['--golden', 'train.jsonl', '--profile', 'profile.yaml']
const learn = (...more: string[]) => answer<LearnedModel>(['model', 'learn', 'kinds', ...more])
const categorize = ['categorize', 'items.jsonl', '--provider', 'builtin', '--model', 'kinds']

describe('a learned model', () => {
  test('is registered with how good it is, and judges what it has never seen', async () => {
    const { learned } = await learn(...fromLabels)
    expect(learned).toMatchObject({ learnedFrom: { verdicts: 0, labels: 300 }, leftOut: 0, categories: 3 })
    expect(learned.agreement.share).toBeGreaterThan(0.95)
    expect(learned.agreement.low).toBeLessThan(learned.agreement.share)
    expect(learned.floor.bound).toBeGreaterThanOrEqual(0.9)
    const listed = await answer<{ rows: object[] }>(['model', 'list'])
    expect(listed.rows).toMatchObject([
      { provider: 'builtin', model: 'kinds', type: 'decision', learned: { ...learned, newLabels: 0 } },
    ])
    expect((await cli.run(['model', 'list', '--available'])).out).toMatch(/builtin +kinds +decision/)
    await put('items.jsonl', lines([{ id: 'a', text: textOf(9001) }]))
    expect((await cli.run([...categorize, '--profile', 'profile.yaml'])).code).toBe(0)
    const [result] = await results('items.results.jsonl')
    expect(result).toMatchObject({
      categories: [kindOf(9001).category],
      receipts: {
        categorization: {
          ...{ provider: 'builtin', model: 'kinds', endpoint: null, outputMode: 'decisions', costUsd: 0 },
          confidenceFrom: 'probabilities',
        },
      },
    })
    expect(result?.confidence).toBeGreaterThan(0.5)
  })

  test('gives no category where it is not sure, and says so', async () => {
    // A fifth of the labels is anything, so that only the surest answers agree often enough.
    await put(
      'train.jsonl',
      labelled(0, 600, (nth) => (nth % 7 === 3 ? kindOf(nth * nth + 1) : kindOf(nth)).category),
    )
    const { learned } = await learn(...fromLabels, '--agreement', '0.8')
    await put('items.jsonl', lines([{ id: 'odd', text: 'a coupon for a compiler, or a genome' }]))
    await cli.run([...categorize, '--profile', 'profile.yaml'])
    const [result] = await results('items.results.jsonl')
    const abstained = (result?.confidence ?? 1) <= learned.floor.probability
    expect(result?.categories?.length).toBe(abstained ? 0 : 1)
    expect(result?.receipts.categorization?.decision?.abstained).toBe(abstained ? learned.floor.probability : undefined)
  })

  test('is learned anew when there are more labels', async () => {
    await learn(...fromLabels, '--agreement', '0.85')
    await put('train.jsonl', labelled(0, 340))
    const before = await answer<{ rows: LearnedModel[] }>(['model', 'list'])
    expect(before.rows[0]?.learned.newLabels).toBe(40)
    const { learned } = await learn()
    expect(learned).toMatchObject({ learnedFrom: { labels: 340 }, floor: { promise: 0.85 } })
    const after = await answer<{ rows: LearnedModel[] }>(['model', 'list'])
    expect(after.rows[0]?.learned.newLabels).toBe(0)
  })

  test('learns from a run, with what a person has corrected, and not from what it decided itself', async () => {
    await put('items.jsonl', lines(Array.from({ length: 120 }, (_, nth) => ({ id: `i${nth}`, text: textOf(nth) }))))
    await learn(...fromLabels)
    await cli.run([...categorize, '--profile', 'profile.yaml'])
    expect(await reasonOf(['model', 'learn', 'second', '--from', 'items.jsonl'])).toMatchObject({
      ...{ code: 'learn_failed', problem: 'too_few', examples: 0, needed: 50 },
    })
    await cli.run(['categorize', 'items.jsonl', '--provider', 'builtin', '--profile', 'profile.yaml', '--fresh'])
    // No text has a word of a category, so that keyword matching has the same answer for all of them.
    expect(await reasonOf(['model', 'learn', 'second', '--from', 'items.jsonl'])).toMatchObject({
      ...{ code: 'learn_failed', problem: 'one_category' },
    })
    const said = Array.from({ length: 120 }, (_, nth) => ({ text: textOf(nth), categories: [kindOf(nth).category] }))
    await put('said.jsonl', lines(said))
    await answer(['label', 'import', 'said.jsonl', '--profile', 'profile.yaml'])
    const { learned } = await answer<LearnedModel>(['model', 'learn', 'second', '--from', 'items.jsonl'])
    expect(learned).toMatchObject({ from: { kind: 'run' }, learnedFrom: { verdicts: 0, labels: 120 } })
  })

  test('is compared in an evaluation by what it says of labels that it had not seen', async () => {
    // Nothing in a text tells its label: whoever has learned them by heart would be right all the same.
    const rows = Array.from({ length: 400 }, (_, nth) => ({
      text: `number ${nth * 7919}: word${(nth * 31) % 17}`,
      categories: [nth % 5 === 0 ? kindOf((nth * nth) % 7).category : 'Software'],
    }))
    await put('train.jsonl', lines(rows))
    const { learned } = await learn(...fromLabels, '--agreement', '0.5')
    const report = await answer<{ candidates: { categories: { accuracy: number } | null }[] }>([
      ...['evaluate', ...fromLabels, '--route', 'builtin/kinds', '--task', 'categorization', '--yes'],
    ])
    const text = JSON.stringify(report)
    const accuracy = Number(/"accuracy":([\d.]+)/.exec(text)?.[1])
    expect(accuracy).toBeLessThanOrEqual(learned.agreement.share + 0.001)
  })
})

describe('what cannot be learned or used', () => {
  test.each([
    ['a name with a path', ['../kinds', ...fromLabels], { code: 'learn_failed', problem: 'name' }],
    ['a name with capitals', ['Kinds', ...fromLabels], { code: 'learn_failed', problem: 'name' }],
    ['the name of what is there by itself', ['keywords', ...fromLabels], { code: 'already_exists', what: 'model' }],
    ['nothing to learn from', ['kinds'], { code: 'learn_failed', problem: 'source' }],
    ['no labels', ['kinds', '--from', 'labels'], { code: 'learn_failed', problem: 'too_few', examples: 0 }],
    ['a run that is not there', ['kinds', '--from', '20261121t093000123z-4f7k2m'], { code: 'not_found', what: 'run' }],
    ['another provider', ['kinds', ...fromLabels, '--provider', 'nobody'], { code: 'not_found', what: 'provider' }],
    ['a promise that nothing keeps', ['kinds', ...fromLabels, '--agreement', '0.999'], { problem: 'no_floor' }],
  ])('%s', async (_, words, reason) => {
    expect(await reasonOf(['model', 'learn', ...words])).toMatchObject(reason)
    expect((await answer<{ rows: object[] }>(['model', 'list'])).rows).toEqual([])
  })

  test('labels whose categories the profile does not have', async () => {
    await put('other.yaml', profileOf(['Dragons', 'Giants']))
    const words = ['model', 'learn', 'kinds', '--golden', 'train.jsonl', '--profile', 'other.yaml']
    expect(await reasonOf(words)).toMatchObject({ problem: 'too_few', examples: 0, leftOut: 300 })
  })

  test('labels that all say the same', async () => {
    await put(
      'train.jsonl',
      labelled(0, 100, () => 'Science'),
    )
    expect(await reasonOf(['model', 'learn', 'kinds', ...fromLabels])).toMatchObject({ problem: 'one_category' })
  })

  test('a profile with other categories, a scoring, and another way of asking', async () => {
    await learn(...fromLabels)
    await put('items.jsonl', lines([{ id: 'a', text: textOf(1) }]))
    await put('other.yaml', profileOf(['Software', 'Science', 'Dragons']))
    expect(await reasonOf([...categorize, '--profile', 'other.yaml'])).toMatchObject({
      ...{ code: 'learned_unfit', why: 'categories', names: ['Dragons', 'Adverts'] },
    })
    const scored = ['score', ...categorize.slice(1), '--profile', 'profile.yaml']
    expect(await reasonOf(scored)).toMatchObject({ code: 'learned_unfit', why: 'scoring' })
    const asText = [...categorize, '--profile', 'profile.yaml', '--ask', 'text']
    expect(await reasonOf(asText)).toMatchObject({ code: 'ask_unsupported', ask: 'text' })
    expect(await reasonOf(['ask', 'Who?', '--model', 'builtin/kinds'])).toMatchObject({ code: 'ask_unsupported' })
  })

  test('a file of which one byte is another one, until it is learned anew', async () => {
    await learn(...fromLabels)
    expect(await answer(['model', 'test', 'builtin', 'kinds'])).toMatchObject({ type: 'decision' })
    const file = path.join(cli.dataDir, 'learned', 'learned-kinds.model')
    const bytes = await readFile(file)
    bytes[bytes.length - 9] = ((bytes.at(-9) ?? 0) + 1) % 256
    await writeFile(file, bytes)
    await put('items.jsonl', lines([{ id: 'a', text: textOf(1) }]))
    const used = [...categorize, '--profile', 'profile.yaml']
    expect(await reasonOf(used)).toMatchObject({ code: 'learned_unfit', why: 'damaged' })
    expect(await reasonOf(['model', 'test', 'builtin', 'kinds'])).toMatchObject({ why: 'damaged' })
    const listed = await answer<{ rows: { unreadable?: string }[] }>(['model', 'list'])
    expect(listed.rows[0]?.unreadable).toMatch(/damaged/)
    await writeFile(file, bytes.subarray(0, 40))
    expect(await reasonOf(used)).toMatchObject({ code: 'learned_unfit', why: 'damaged' })
    await learn(...fromLabels)
    expect((await cli.run(used)).code).toBe(0)
  })

  test('is asked for before it goes where a route needs it, and then is gone with its file', async () => {
    await learn(...fromLabels)
    await answer(['route', 'set', 'categorization', '--provider', 'builtin', '--model', 'kinds'])
    expect((await cli.run(['model', 'remove', 'builtin', 'kinds'])).code).not.toBe(0)
    expect(await readdir(path.join(cli.dataDir, 'learned'))).toHaveLength(1)
    await answer(['model', 'remove', 'builtin', 'kinds', '--yes'])
    expect(await readdir(path.join(cli.dataDir, 'learned'))).toEqual([])
    expect((await cli.run(['readiness'])).out).toMatch(/"builtin" has no model "kinds"/)
  })
})
