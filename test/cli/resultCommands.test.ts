import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { UsageError } from '../../cli/invocation/usageError.ts'
import { addCondition, parseSort } from '../../cli/results/resultQuery.ts'
import type { ResultFilter } from '../../protocol/resultQueries.ts'
import { type LiveCli, startLiveCli } from '../support/cli/liveCli.ts'
import { startFakeModelServer } from '../support/providers/fakeModelServer.ts'

describe('a filter', () => {
  test.each<[words: string[], filter: ResultFilter]>([
    [['status=ok', 'status=failed'], { status: ['ok', 'failed'] }],
    [['category=Bug', 'category='], { categories: ['Bug', ''] }],
    [['category=a = b'], { categories: ['a = b'] }],
    [['score>=10', 'score <= 12.5'], { minScore: 10, maxScore: 12.5 }],
    [['confidence<0.6'], { belowConfidence: 0.6 }],
    [['confidence >= 0.25', 'confidence< 1'], { minConfidence: 0.25, belowConfidence: 1 }],
    [['score=0'], { minScore: 0, maxScore: 0 }],
    [['text=two words'], { search: 'two words' }],
    [['human=yes'], { changedByHuman: true }],
    [['criterion.Severity>=3', 'criterion.Severity <= 4'], { criteria: { Severity: { min: 3, max: 4 } } }],
    [['criterion.true positive=yes'], { criteria: { 'true positive': { values: [true] } } }],
    [['criterion.Effort=small', 'criterion.Effort=large'], { criteria: { Effort: { values: ['small', 'large'] } } }],
    [['criterion.a.b=-2'], { criteria: { 'a.b': { values: [-2] } } }],
  ])('%j', (words, filter) => {
    expect(words.reduce<ResultFilter | undefined>((before, word) => addCondition(word, before), undefined)).toEqual(
      filter,
    )
  })

  test.each([
    '',
    'colour=red',
    'status=done',
    'score>=',
    'score>=21',
    'score>5',
    'score<5',
    'confidence<',
    'confidence<60',
    'confidence=0.5',
    'text=',
    'human=maybe',
    'category>=A',
    'criterion.=1',
    'criterion.Severity',
    'criterion.Severity=',
    'criterion.Severity>=high',
  ])('%j is wrong use', (word) => {
    expect(() => addCondition(word, undefined)).toThrow(UsageError)
  })

  test('sorts up, or down with a hyphen', () => {
    expect([parseSort('id'), parseSort('-score')]).toEqual([
      { by: 'id', descending: false },
      { by: 'score', descending: true },
    ])
    expect(parseSort('-criterion.true positive')).toEqual({
      by: 'criterion',
      criterion: 'true positive',
      descending: true,
    })
    expect(() => parseSort('criterion')).toThrow(UsageError)
    expect(() => parseSort('criterion.')).toThrow(UsageError)
    expect(() => parseSort('colour')).toThrow(UsageError)
  })
})

describe('results and revisions in the terminal', () => {
  let cli: LiveCli
  beforeEach(async () => {
    cli = await startLiveCli()
    const rows = Array.from({ length: 4 }, (_, at) => `{"id":${at + 1},"text":"a bug in the software, number ${at}"}\n`)
    await writeFile(join(cli.folder, 'in.jsonl'), rows.join(''))
  })
  afterEach(() => cli.remove())

  async function json(...words: string[]) {
    const { out, code } = await cli.run([...words, '--json'])
    return { code, ...(JSON.parse(out) as { ok: boolean; value: never; reason: { code: string } }) }
  }

  async function runOnce(...words: string[]): Promise<string> {
    const { value } = await json('run', 'in.jsonl', '--provider', 'builtin', ...words)
    return (value as { run: { runId: string } }).run.runId
  }

  test('are shown, filtered, printed, written and summed up', async () => {
    const id = await runOnce()
    const table = await cli.run(['results', id, '--sort', '-id', '--limit', '2'])
    expect(table).toMatchObject({ code: 0 })
    expect(table.err).toContain('results 1 to 2 of 4')
    expect(table.out.split('\n').flatMap((line) => /^\d/.exec(line) ?? [])).toEqual(['4', '3'])
    expect(await json('results', id, '--filter', 'text=no such words', '--sort', 'id')).toMatchObject({
      code: 0,
      value: { total: 0, rows: [], next: null },
    })
    const printed = await cli.run(['results', id, '--format', 'csv', '--offset', '1', '--limit', '2'])
    expect(printed.out.trimEnd().split('\n')).toHaveLength(3)
    const written = await cli.run(['results', id, '--filter', 'status=ok', '--output', 'out.json'])
    expect(written.out).toContain('4 results written to')
    expect(JSON.parse(await readFile(join(cli.folder, 'out.json'), 'utf8'))).toHaveLength(4)
    expect((await cli.run(['results', 'summary', id])).out).toContain('4 results: 4 ok')
    expect(await json('results', 'summary', id)).toMatchObject({ value: { items: 4 } })
  })

  test('are found by the whole text of their items, and it is told what could not be searched', async () => {
    const path = join(cli.folder, 'in.jsonl')
    const texts = ['a bug', `a bug ${'in the software '.repeat(20)} with a Needle`, 'a bug with a needle']
    const rows = texts.map((text, at) => JSON.stringify({ id: `r${at}`, text }))
    await writeFile(path, rows.join('\n'))
    const id = await runOnce()
    const found = await json('results', id, '--filter', 'text=NEEDLE')
    expect(found).toMatchObject({ value: { total: 2, rows: [{ id: 'r1' }, { id: 'r2' }] } })
    expect(found.value).not.toHaveProperty('unsearched')
    await writeFile(path, rows.slice(0, 1).join('\n'))
    const told = await cli.run(['results', id, '--filter', 'text=needle'])
    // Its first words are known all the same.
    expect(told.out).toContain('r2')
    expect(told.out).not.toContain('r1')
    expect(told.err).toContain('The texts of 2 items were not searched')
    expect(await json('results', id, '--filter', 'text=needle')).toMatchObject({ value: { total: 1, unsearched: 2 } })
  })

  test('are explained by another model, after it is told what is sent where', async () => {
    const { value } = (await json('run', 'in.jsonl', '--provider', 'builtin')) as { value: { run: { runId: string } } }
    const { runId } = value.run
    const refused = await cli.run(['results', 'explain', runId, '2'])
    expect(refused.code).toBe(3)
    expect(refused.err).toContain(
      'No model is the default for generation: make one of the registered models the default.',
    )
    expect(refused.err).toContain('llm-providers model default ID MODEL')
    const models = await startFakeModelServer({
      decide: () => ({ kind: 'text', text: 'It speaks of a \u001b[31mbug.' }),
    })
    try {
      await cli.run(['provider', 'add', 'w', '--kind', 'openai-compatible', '--set', `base_url=${models.origin}/v1`])
      await cli.run(['model', 'add', 'w', 'fake-model', '--type', 'generation'])
      await cli.run(['model', 'default', 'w', 'fake-model'])
      const { code, out, err } = await cli.run(['results', 'explain', runId, '2'])
      expect({ code, out }).toEqual({ code: 0, out: 'It speaks of a ␛[31mbug.\n' })
      expect(err).toContain(
        `Sending 31 characters of the item, its verdict and what the profile says of it to w/fake-model, ${models.origin}/v1.`,
      )
      expect(err).toContain('A guess of w/fake-model, not what led to the verdict. Tokens: ')
      expect(await json('results', 'explain', runId, '2')).toMatchObject({ ok: true, value: { model: 'fake-model' } })
      expect((await cli.run(['results', 'explain', runId, 'nine'])).err).toContain('no result of an item "nine"')
    } finally {
      await models.close()
    }
  })

  test('tell what a damaged journal and a deleted file have lost, in words and as JSON, until the run has gone on', async () => {
    const id = await runOnce()
    const journal = join(cli.dataDir, 'runs', `${id}.journal.jsonl`)
    const text = await readFile(journal, 'utf8')
    await writeFile(journal, text.replace('"kind":"item"', '"kind":"itom"'))
    await rm(join(cli.folder, 'in.results.jsonl'))
    const lost = { results: 1, lines: 1, file: true }
    for (const words of [
      ['run', 'show', id],
      ['results', id],
      ['results', id, '--format', 'jsonl'],
      ['results', id, '--output', 'out.csv'],
    ]) {
      const { err } = await cli.run(words)
      expect([words, err]).toEqual([words, expect.stringContaining('1 result is lost')])
      expect(err).toContain('The results file no longer exists')
      expect(err).toContain(`run resume ${id}`)
    }
    expect((await cli.run(['results', 'summary', id])).out).toContain('1 result is lost')
    expect(await json('run', 'show', id)).toMatchObject({ value: { lost, results: { length: 3 } } })
    expect(await json('results', id)).toMatchObject({ value: { lost, total: 3 } })
    expect((await cli.run(['run', 'resume', id])).code).toBe(0)
    expect((await cli.run(['results', id])).err).not.toContain('lost')
    expect((await readFile(join(cli.folder, 'in.results.jsonl'), 'utf8')).trimEnd().split('\n')).toHaveLength(4)
  })

  test('are wrong use where they cannot be meant', async () => {
    const id = await runOnce()
    const refused = [
      ['results', id, '--output', 'out.csv', '--limit', '1'],
      ['results', id, '--format', 'markdown'],
      ['results', id, '--filter', 'colour=red'],
      ['revision', 'diff', id, id, '--only', 'colour'],
      ['results', '20261121t000000000z-none00'],
      ['revision', 'undo', 'nowhere.jsonl'],
      ['revision', 'undo', 'in.jsonl'],
    ]
    for (const words of refused) expect([words, (await cli.run(words)).code]).toEqual([words, 2])
    expect((await cli.run(['revision', 'undo', 'nowhere.jsonl'])).err).toContain('No run was over "nowhere.jsonl".')
  })

  test('are listed, compared, kept and undone', async () => {
    const first = await runOnce()
    const second = await runOnce('--fresh', '--profile', 'issues')
    const listed = await cli.run(['revision', 'list', 'in.jsonl'])
    expect(listed.out).toMatch(new RegExp(`2 +kept +${second}[^]*1 +${first}`))
    expect(await json('revision', 'list', first)).toMatchObject({ value: { rows: [{ number: 2 }, { number: 1 }] } })
    const diff = await cli.run(['revision', 'diff', first, second, '--only', 'labels'])
    expect(diff.out).toContain('4 with other categories')
    expect((await cli.run(['revision', 'compare', first, second])).out).toContain('(4 moved)')
    expect(await json('revision', 'keep', first)).toMatchObject({ code: 0, value: { number: 1, isKept: true } })
    expect((await cli.run(['revision', 'undo', 'in.jsonl'])).out).toContain('Revision 2 of in.jsonl')
  })

  test('are told by numbers, words and the beginnings of ids, with clear errors', async () => {
    expect((await cli.run(['revision', 'keep', 'latest'])).err).toContain('There is no revision yet')
    const first = await runOnce()
    const second = await runOnce('--fresh', '--profile', 'issues')
    const pairs = [
      ['1', '2'],
      ['previous', 'latest'],
      [first, 'latest'],
      ['1', second.slice(0, -1)],
    ]
    for (const pair of pairs) {
      expect([pair, (await cli.run(['revision', 'compare', ...pair])).out]).toEqual([
        pair,
        expect.stringContaining('(4 moved)'),
      ])
    }
    expect((await cli.run(['revision', 'diff', '1', '2', '--before', 'Nobody'])).out).not.toContain('Software')
    expect(await json('revision', 'keep', '1')).toMatchObject({ value: { number: 1, run: { runId: first } } })
    expect(await json('revision', 'undo', 'latest')).toMatchObject({ value: { number: 2 } })
    expect(await json('revision', 'list', '1')).toMatchObject({ value: { rows: [{ number: 2 }, { number: 1 }] } })

    await writeFile(join(cli.folder, 'other.jsonl'), '{"id":1,"text":"a vaccine"}\n')
    expect((await cli.run(['run', 'other.jsonl', '--provider', 'builtin'])).code).toBe(0)
    const refused: [words: string[], why: string][] = [
      [['compare', '1', '2'], 'say which with --of FILE'],
      [['compare', '1', '9', '--of', 'in.jsonl'], 'There is no revision 9 of in.jsonl'],
      [
        ['compare', 'previous', 'latest', '--of', 'other.jsonl'],
        'There is no revision of other.jsonl before the latest',
      ],
      [['compare', '1', first.slice(0, 8)], 'Type more of it'],
      [['compare', '1', '19990101'], 'No run’s id begins with'.replace('’', "'")],
      [['keep', 'newest'], '"newest" is not a revision'],
    ]
    for (const [words, why] of refused) {
      const { code, err } = await cli.run(['revision', ...words])
      expect([words, code, err]).toEqual([words, 2, expect.stringContaining(why)])
    }
    expect((await cli.run(['revision', 'compare', '1', '2', '--of', 'in.jsonl'])).out).toContain('(4 moved)')
  })

  test('are taken over where nothing has changed, unless --fresh', async () => {
    await runOnce()
    const countsOf = async (...words: string[]) => {
      const { value } = await json('run', 'show', await runOnce(...words))
      return (value as { run: { counts: { reused?: number } } }).run.counts.reused ?? 0
    }
    expect([await countsOf(), await countsOf('--fresh')]).toEqual([4, 0])
  })
})
