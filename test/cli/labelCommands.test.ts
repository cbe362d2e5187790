import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { EvaluationReport } from '../../protocol/evaluation.ts'
import { type LiveCli, startLiveCli } from '../support/cli/liveCli.ts'
import { type PricedServer, startPricedServer } from '../support/usage/pricedServer.ts'

let cli: LiveCli
beforeEach(async () => {
  cli = await startLiveCli({ environment: { FAKE_KEY: 'sk-fake-0000' } })
})
afterEach(() => cli.remove())

const goldenPath = () => path.join(cli.folder, '.llm-providers', 'golden.jsonl')

async function writeGolden(amount: number): Promise<void> {
  const labels = Array.from({ length: amount }, (_, at) =>
    JSON.stringify({
      id: `${at}`,
      text: `The app crashes: segfault, panic, ${at}`,
      categories: ['Crash'],
      interest: 9,
    }),
  )
  await mkdir(path.dirname(goldenPath()), { recursive: true })
  await writeFile(goldenPath(), `${labels.join('\n')}\n`)
}

describe('label set and label remove', () => {
  async function runOnce(): Promise<string> {
    await writeFile(path.join(cli.folder, 'in.jsonl'), '{"id":"a","text":"It crashes."}\n{"id":"b","text":"Hello."}\n')
    const { out } = await cli.run(['run', 'in.jsonl', '--provider', 'builtin', '--profile', 'issues', '--json'])
    return JSON.parse(out).value.run.runId
  }

  test('a correction is kept, shown as one, changed in part, and taken back', async () => {
    const id = await runOnce()
    expect(await cli.run(['label', 'set', id, 'a', '--category', 'Security', '--interest', '9'])).toMatchObject({
      code: 0,
    })
    const shown = await cli.run(['results', id])
    expect(shown.out).toMatch(/^ *a .*Security \(corrected\) +9 \(corrected\)/m)
    expect(shown.out.match(/corrected/g)).toHaveLength(3)
    expect(await cli.run(['label', 'set', id, 'a', '--quality', '2', '--note', 'dull'])).toMatchObject({ code: 0 })
    expect(JSON.parse(await readFile(goldenPath(), 'utf8'))).toMatchObject({
      id: 'a',
      categories: ['Security'],
      interest: 9,
      quality: 2,
      note: 'dull',
    })
    const removed = await cli.run(['label', 'remove', 'a'])
    expect(removed).toMatchObject({ code: 0, out: 'The label of a is removed.\n' })
    expect((await cli.run(['results', id])).out).not.toContain('corrected')
  })

  test('an id that several items have is refused, and the beginning of a hash says which one is meant', async () => {
    await mkdir(path.join(cli.folder, 'both'))
    await writeFile(path.join(cli.folder, 'both', 'one.jsonl'), '{"id":"a","text":"It crashes."}\n')
    await writeFile(path.join(cli.folder, 'both', 'two.jsonl'), '{"id":"b","text":"Hi."}\n{"id":"a","text":"Hello."}\n')
    const { out } = await cli.run(['run', 'both', '--provider', 'builtin', '--profile', 'issues', '--json'])
    const run = JSON.parse(out).value.run.runId
    const refused = await cli.run(['label', 'set', run, 'a', '--category', 'Bug'])
    expect(refused).toMatchObject({ code: 2, out: '' })
    const [, first, second] =
      refused.err.match(
        /2 items have the id "a": (\w{8}) \(both\/one\.jsonl, line 1\), (\w{8}) \(both\/two\.jsonl, line 2\);/,
      ) ?? []
    await expect(readFile(goldenPath())).rejects.toMatchObject({ code: 'ENOENT' })
    expect((await cli.run(['label', 'set', run, second ?? '', '--category', 'Bug'])).code).toBe(0)
    expect(JSON.parse(await readFile(goldenPath(), 'utf8'))).toMatchObject({ id: 'a', text: 'Hello.' })
    expect((await cli.run(['label', 'set', run, `${first}00000000`, '--category', 'Bug'])).code).toBe(2)
  })

  test('a review says what to look at next, and accepting it counts', async () => {
    const id = await runOnce()
    const before = JSON.parse((await cli.run(['review', id, '--json'])).out).value
    expect(before.state).toMatchObject({ items: 2, seen: 0 })
    const [next] = before.items
    const shown = await cli.run(['review', 'in.jsonl', '--limit', '1'])
    expect(shown.out).toContain('0 of 2 verdicts seen, 0 of them right.')
    expect(shown.err).toContain(`label set ${id} ${next.result.id} --accept`)
    expect((await cli.run(['label', 'set', id, next.result.id, '--accept'])).code).toBe(0)
    const { items, state } = JSON.parse((await cli.run(['review', id, '--json'])).out).value
    expect(state).toMatchObject({ items: 2, seen: 1, right: 1 })
    expect(items.map(({ result }: { result: { id: string } }) => result.id)).not.toContain(next.result.id)
    await cli.run(['label', 'set', id, items[0].result.id, '--category', 'Security'])
    expect((await cli.run(['review', id])).out).toContain('1 of them right.')
    expect((await cli.run(['review', id])).out).toContain('Every verdict was seen.')
  })

  test('items of one line are told apart', async () => {
    await writeFile(path.join(cli.folder, 'in.json'), '[{"text":"It crashes."},{"text":"Hello."}]')
    const { out } = await cli.run(['run', 'in.json', '--provider', 'builtin', '--profile', 'issues', '--json'])
    const run = JSON.parse(out).value.run.runId
    expect((await cli.run(['label', 'set', run, 'line:1:2', '--category', 'Bug'])).code).toBe(0)
    expect(JSON.parse(await readFile(goldenPath(), 'utf8'))).toMatchObject({ id: 'line:1:2', text: 'Hello.' })
  })

  test('what cannot be is refused, and nothing is kept', async () => {
    const id = await runOnce()
    for (const words of [[], ['--nothing-fits', '--category', 'Bug'], ['--interest', '11']]) {
      expect((await cli.run(['label', 'set', id, 'a', ...words])).code).toBe(2)
    }
    const unknown = await cli.run(['label', 'set', id, 'a', '--category', 'No such category', '--json'])
    expect(JSON.parse(unknown.out)).toMatchObject({ ok: false, reason: { code: 'label_invalid' } })
    const nobody = await cli.run(['label', 'set', id, 'z', '--nothing-fits', '--json'])
    expect(JSON.parse(nobody.out)).toMatchObject({ ok: false, reason: { code: 'label_invalid' } })
    const gone = await cli.run(['label', 'remove', 'a', '--json'])
    expect(JSON.parse(gone.out)).toMatchObject({ ok: false, reason: { code: 'not_found', what: 'label' } })
    await expect(readFile(goldenPath())).rejects.toMatchObject({ code: 'ENOENT' })
  })
})

describe('evaluate', () => {
  const common = ['--profile', 'issues', '--task', 'categorization']

  test('measures builtin, for a person with bars, and as JSON', async () => {
    await writeGolden(3)
    const told = await cli.run(['evaluate', '--route', 'builtin', ...common, '--chart'])
    expect(told).toMatchObject({ code: 0 })
    expect(told.out).toMatch(/^3 labels of 3 in /)
    expect(told.out).toMatch(/ACCURACY +MICRO F1 +MACRO F1/)
    expect(told.out).toContain('█')
    const { out } = await cli.run(['evaluate', '--route', 'builtin', ...common, '--json'])
    expect(JSON.parse(out)).toMatchObject({
      ok: true,
      value: {
        state: 'completed',
        candidates: [{ state: 'done', costUsd: 0, categorization: { items: 3, failed: 0 } }],
      },
    })
  })

  test('asks a candidate as it is said, and says which to take and how', async () => {
    await writeGolden(3)
    const words = ['evaluate', '--route', 'builtin@text', '--route', 'builtin', '--route', 'current@readout', ...common]
    const told = await cli.run(words)
    expect(told.out).toMatch(/CANDIDATE +ASKED BY +CALIBRATION ERROR +S PER ITEM +TOKENS PER ITEM/)
    expect(told.out).toMatch(/^ *builtin\/keywords@text +text +\d\.\d\d +\d\.\d\d +\d/m)
    expect(told.out).toMatch(/^best for categorization: builtin\/keywords(@text)? \(accuracy \d\.\d\d, /m)
    expect(told.err).toMatch(/next: +\S*llm-providers.* route set categorization --provider builtin/)
    const { out } = await cli.run([...words, '--json'])
    expect(JSON.parse(out).value.candidates.map(({ candidate }: { candidate: object }) => candidate)).toEqual([
      { provider: 'builtin', ask: 'text' },
      { provider: 'builtin' },
      { provider: null, ask: 'readout' },
    ])
  })

  test('is kept: listed, shown again and deleted, and its runs are told as what they are', async () => {
    await writeGolden(3)
    const first = await cli.run(['evaluate', '--route', 'builtin', ...common])
    const listed = await cli.run(['evaluate', 'list'])
    const { id } = JSON.parse((await cli.run(['evaluate', 'list', '--json'])).out).value.rows[0]
    expect(listed.out).toMatch(/^2\S+ +completed +3 +builtin\/keywords +1\.00/m)
    expect(first.err).toContain(`evaluate show ${id}`)
    expect((await cli.run(['evaluate', 'show', id])).out).toBe(first.out)
    expect((await cli.run(['run', 'list'])).out).toBe('There are no runs yet.\n')
    const runs = await cli.run(['run', 'list', '--evaluations'])
    expect(runs.out).toContain('evalu')
    expect(runs.out).not.toContain('golden.jsonl')
    const { runId } = JSON.parse((await cli.run(['run', 'list', '--evaluations', '--json'])).out).value.rows[0]
    expect(await cli.run(['run', 'show', runId, '--limit', '1'])).toMatchObject({ code: 0 })
    expect(await cli.run(['evaluate', 'remove', id])).toMatchObject({ code: 0 })
    expect((await cli.run(['evaluate', 'list'])).out).toBe('There are no evaluations yet.\n')
    expect((await cli.run(['evaluate', 'show', id])).code).toBe(2)
  })

  test('says where its figures are from, and what is not defined', async () => {
    await writeGolden(1)
    const { out } = await cli.run(['evaluate', '--route', 'builtin', '--route', 'nobody', ...common])
    expect(out).toContain('Cohen 1960')
    expect(out).toContain('zero_division=0')
    expect(out).toMatch(/^ *nobody +– +– +– +– +–/m)
    expect(out).toContain('it did not finish')
  })

  describe('with a provider that costs', () => {
    let priced: PricedServer
    beforeEach(async () => {
      priced = await startPricedServer({ prompt: '0.005', completion: '0.025' })
      const settings = ['--kind', 'openrouter', '--set', `base_url=${priced.url}`, '--key-env', 'FAKE_KEY']
      expect(await cli.run(['provider', 'add', 'paid', ...settings])).toMatchObject({ code: 0 })
      await cli.run(['provider', 'models', 'paid'])
    })
    afterEach(() => priced.close())

    const evaluate = ['evaluate', '--route', 'paid/priced', ...common]

    test('tells what it cost', async () => {
      await writeGolden(2)
      const { out, code } = await cli.run([...evaluate, '--json'])
      const report = JSON.parse(out).value as EvaluationReport
      expect(code).toBe(0)
      const [candidate] = report.candidates
      // 1,000 tokens in, 20 out a call.
      expect(candidate?.costUsd).toBeCloseTo(priced.models.chats.length * (1000 * 0.005 + 20 * 0.025), 6)
      expect(candidate).toMatchObject({ state: 'done', name: 'paid/priced', categorization: { items: 2 } })
    })

    // Five items a call: a hundred would be twenty calls.
    test('a cap ends it, with a reason', async () => {
      await writeGolden(100)
      const { out, code } = await cli.run([...evaluate, '--max-cost', '0.000001', '--json'])
      const report = JSON.parse(out).value as EvaluationReport
      expect(report.candidates[0]).toMatchObject({ state: 'failed', reason: { code: 'spend_cap' } })
      expect(code).not.toBe(0)
      expect(priced.models.chats.length).toBeLessThan(20)
    })

    test('Ctrl-C ends it at once, and what was judged is in the report', async () => {
      await writeGolden(100)
      const release = priced.models.hold()
      const { terminal, told } = cli.start([...evaluate, '--json'])
      await priced.models.arrived(1)
      terminal.interrupt()
      const { code, out } = await told
      release()
      expect(code).toBe(130)
      expect(JSON.parse(out)).toMatchObject({ value: { state: 'cancelled', candidates: [{ state: 'cancelled' }] } })
      expect(priced.models.chats.length).toBeLessThan(20)
    })
  })
})
