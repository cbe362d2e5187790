import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import fc from 'fast-check'
import MarkdownIt from 'markdown-it'
import { marked } from 'marked'
import { micromark } from 'micromark'
import { gfm, gfmHtml } from 'micromark-extension-gfm'
import { afterEach, describe, expect, test } from 'vitest'
import type { ResultRecord } from '../../../protocol/results.ts'
import type { ResultFormat } from '../../../protocol/runs.ts'
import type { JournalHeader } from '../../../server/journal/journalLines.ts'
import { asCode, writeReport } from '../../../server/results/markdownReport.ts'
import { writeSarif } from '../../../server/results/sarif.ts'
import { createHarness, goodAnswer, type Harness, jsonLines, profile } from '../../support/runs/harness.ts'
import { recordOf } from '../../support/runs/resultRecords.ts'

let harness: Harness
afterEach(() => harness.dispose())

const evil = 'See [here](command:evil) <img src=x> {0} `a|b` https://evil.example @somebody'
const rows = [
  { id: 'a', text: 'first' },
  { id: 'b', text: 'advert' },
  { id: 'c', text: 'evil' },
]

async function report(format: ResultFormat, content = `${jsonLines(rows)}broken\n`): Promise<string> {
  harness = await createHarness((request) =>
    goodAnswer(request, (text) => {
      if (request.work.task === 'categorization') return text === 'advert' ? { categories: ['Adverts'] } : undefined
      return text === 'evil' ? { reasoning: evil, interest: 10, quality: 10 } : undefined
    }),
  )
  const file = await harness.file('a b.jsonl', content)
  const view = await harness.run({
    source: { kind: 'paths', paths: [file] },
    output: { path: null, format, none: false },
  })
  expect(basename(view.resultsPath ?? '')).toBe(format === 'sarif' ? 'a b.results.sarif' : 'a b.results.md')
  return await readFile(view.resultsPath ?? '', 'utf8')
}

/** Of results that a decision model left. */
async function reportOf(records: readonly ResultRecord[]): Promise<string> {
  async function* groups() {
    yield records.map((result) => ({ result }))
  }
  const header = { runId: 'r', inputs: [], routes: [], startedAt: '', request: { source: { kind: 'text', name: 'a' } } }
  const pieces: string[] = []
  for await (const piece of writeReport(groups(), header as unknown as JournalHeader)) pieces.push(piece)
  return pieces.join('')
}

interface Sarif {
  $schema: string
  version: string
  runs: {
    tool: { driver: { rules: { id: string }[] } }
    originalUriBaseIds: { SOURCE: { uri: string } }
    results: {
      ruleId: string
      ruleIndex: number
      level: string
      kind: string
      message: { text: string }
      locations: { physicalLocation: { artifactLocation: object; region: { startLine: number } } }[]
    }[]
  }[]
}

describe('SARIF', () => {
  test('has a rule for each category and failure, a level by score, and the line of the source', async () => {
    const { version, runs } = JSON.parse(await report('sarif')) as Sarif
    const [run] = runs
    if (!run) throw new Error('no run')
    expect(version).toBe('2.1.0')
    const told = run.results.map(({ ruleId, level, kind, locations }) => [
      ruleId,
      level,
      kind,
      locations[0]?.physicalLocation.region.startLine,
    ])
    expect(told).toEqual([
      ['category/software', 'note', 'fail', 1],
      ['category/adverts', 'none', 'informational', 2],
      ['category/software', 'warning', 'fail', 3],
      ['failed/row_invalid', 'warning', 'fail', 4],
    ])
    for (const { ruleId, ruleIndex } of run.results) expect(run.tool.driver.rules[ruleIndex]?.id).toBe(ruleId)
    expect(run.results[0]?.locations[0]?.physicalLocation.artifactLocation).toEqual({
      uri: 'a%20b.jsonl',
      uriBaseId: 'SOURCE',
    })
    expect(run.originalUriBaseIds.SOURCE.uri).toMatch(/^file:\/\/\/.*\/work\/$/)
  })

  test('escapes links and placeholders of a model', async () => {
    const { runs } = JSON.parse(await report('sarif')) as Sarif
    const { text } = runs[0]?.results[2]?.message ?? { text: '' }
    expect(text).toContain('\\[here\\](command:evil)')
    expect(text).toContain('{{0}}')
  })

  test('keeps what a finding of another tool says of itself, and takes the level from a choice of severity', async () => {
    const place = (uri: string, startLine: number) => [
      { physicalLocation: { artifactLocation: { uri }, region: { startLine } } },
    ]
    const finding = (text: string, more: object) => ({ ruleId: 'r1', message: { text }, ...more })
    const log = {
      version: '2.1.0',
      runs: [
        {
          tool: { driver: { name: 'Other', rules: [{ id: 'r1' }] } },
          results: [
            finding('first', {
              locations: place('src/a.ts', 7),
              properties: { tags: ['security'], score: 'theirs' },
              suppressions: [{ kind: 'inSource', justification: 'known' }],
              partialFingerprints: { 'primaryLocationLineHash/v1': 'abc' },
            }),
            finding('second', { locations: place('src/b.ts', 9) }),
          ],
        },
      ],
    }
    harness = await createHarness((request) => goodAnswer(request))
    const file = await harness.file('theirs.sarif', JSON.stringify(log))
    const view = await harness.run({
      source: { kind: 'paths', paths: [file] },
      output: { path: join(harness.folder, 'ours.sarif'), format: 'sarif', none: false },
    })
    const { runs } = JSON.parse(await readFile(view.resultsPath ?? '', 'utf8')) as Sarif
    expect(runs[0]?.results).toMatchObject([
      {
        locations: place('src/a.ts', 7),
        suppressions: [{ kind: 'inSource', justification: 'known' }],
        partialFingerprints: {
          'primaryLocationLineHash/v1': 'abc',
          'inputHash/v1': expect.stringMatching(/^[0-9a-f]{64}$/),
        },
        properties: { tags: ['security'], status: 'ok', score: expect.any(Number) },
      },
      { locations: place('src/b.ts', 9) },
    ])
    expect(Object.keys(runs[0]?.results[1] ?? {})).not.toContain('suppressions')
  })

  test.each([
    [{ Severity: 'High' }, 1, 'error'],
    [{ Severity: 'moderate' }, 5, 'warning'],
    [{ Severity: 'purple' }, 1, 'note'],
    [{ Severity: 'purple' }, 2, 'warning'],
    [{ Severity: 'purple' }, 4, 'error'],
  ])('the answers %j and a score of %i of 5 are of the level %s', async (criteria, score, level) => {
    async function* groups() {
      yield [{ result: recordOf({ id: 'a', criteria, score }), place: null }]
    }
    const choices = ['High', 'moderate', 'purple'].map((name) => ({ name }))
    const own = [{ name: 'Severity', type: 'choice', question: 'How bad?', choices }]
    const header = {
      runId: 'r',
      inputs: [],
      startedAt: '',
      profile: { categories: [], criteria: own, score: { to: 5 } },
    }
    let text = ''
    for await (const piece of writeSarif(groups(), header as unknown as JournalHeader)) text += piece
    expect((JSON.parse(text) as Sarif).runs[0]?.results[0]?.level).toBe(level)
  })

  test('tells no line where the source has changed since', async () => {
    await report('sarif')
    const file = join(harness.folder, 'work', 'a b.jsonl')
    await harness.file('a b.jsonl', jsonLines([{ id: 'new', text: 'new' }, ...rows]))
    const { runId } = harness.views.at(-1) ?? { runId: '' }
    const path = join(harness.folder, 'out.sarif')
    expect(await harness.runs.exportResults({ runId, path, format: 'sarif' })).toMatchObject({ ok: true })
    const { runs } = JSON.parse(await readFile(path, 'utf8')) as Sarif
    expect(runs[0]?.results.map(({ locations }) => locations)).toEqual([undefined, undefined, undefined, undefined])
    expect(file).toContain('a b')
  })
})

test('reports of ours are no material for the next run over the folder, whatever they are called', async () => {
  const before = await report('sarif')
  const folder = join(harness.folder, 'work')
  await harness.file('named.sarif', before)
  const { counts } = await harness.run({ source: { kind: 'paths', paths: [folder] } })
  expect(counts.total).toBe(4)
})

describe('the Markdown report', () => {
  test('sums up, ranks and lists what failed', async () => {
    const text = await report('markdown')
    expect(text).toContain('- Items: 3 ok, 1 failed, 0 skipped, 1 blocked')
    expect(text).toContain('| `Software` | 2 | ')
    expect(text).toMatch(/## Highest scores[\s\S]*`c`[\s\S]*`a`/)
    expect(text).toMatch(/## Failed[\s\S]*\| `line:4` \| `row_invalid` \|/)
    expect(text).not.toMatch(/\bAdverts`? \|.*## Highest scores/)
  })

  test('lists what was decided with little probability, the least first, but for what a person has corrected', async () => {
    const human = { categories: ['Bug'], interest: null, quality: null, score: null, at: '2026-11-30T09:00:00.000Z' }
    const records = [
      recordOf({ id: 'close', confidence: 0.51, categories: [], probabilities: { '[x](y)': 0.44 } }),
      recordOf({ id: 'closer', confidence: 0.34, probabilities: { '2026': 0.33, Bug: 0.34, Idea: 0.33 } }),
      recordOf({ id: 'sure', confidence: 0.6, probabilities: { Bug: 0.6 } }),
      recordOf({ id: 'said so itself', confidence: 0.2 }),
      recordOf({ id: 'corrected', confidence: 0.2, probabilities: { Bug: 0.2 }, human }),
    ]
    const text = await reportOf(records)
    expect(text).toContain(
      [
        '## Decided with a probability below 0.6',
        '',
        '| Item | Probabilities |',
        '| --- | --- |',
        '| `closer` | `Bug` 34 %, `2026` 33 %, `Idea` 33 % |',
        '| `close` | (no category) 51 %, `[x](y)` 44 % |',
        '',
      ].join('\n'),
    )
    const many = Array.from({ length: 23 }, (_, at) =>
      recordOf({ id: `i${at}`, confidence: 0.5, probabilities: { Bug: 0.5 } }),
    )
    expect(await reportOf(many)).toContain('\n3 more; they are in the results.\n')
    expect(await reportOf([recordOf({ id: 'a' })])).not.toContain('Decided')
  })

  test('shows what a model wrote as code, which is no link, image, mention or HTML', async () => {
    const line = (await report('markdown')).split('\n').find((each) => each.includes('evil.example')) ?? ''
    expect(line).toContain('`` See [here](command:evil) <img src=x> {0} `a\\|b` https://evil.example @somebody ``')
  })

  test('whatever it is', async () => {
    harness = await createHarness()
    expect(profile.categories.length).toBeGreaterThan(0)
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('`', '|', '\\', '<', 'a', '\n', '\u0000', '[', ' ') }), (text) => {
        const code = asCode(text)
        if (code === '') return
        const fence = /^`+/.exec(code)?.[0] ?? ''
        const inner = code.slice(fence.length, -fence.length)
        expect(code.endsWith(fence)).toBe(true)
        expect(inner.split(/[^`]+/)).not.toContain(fence)
        expect(code).not.toMatch(/\n|(?<!\\)\|/)
      }),
    )
  })
})

describe('in every renderer', () => {
  const table = (cells: readonly string[]): string =>
    `| Item | Why |\n| --- | --- |\n| ${cells.map(asCode).join(' | ')} |\n\n- Source: ${asCode(cells[0] ?? '')}\n`
  const renderers: [string, (text: string) => string][] = [
    ['markdown-it', (text) => new MarkdownIt({ html: true, linkify: true }).render(text)],
    ['marked', (text) => marked.parse(text, { async: false })],
    [
      'micromark with GFM',
      (text) => micromark(text, { allowDangerousHtml: true, extensions: [gfm()], htmlExtensions: [gfmHtml()] }),
    ],
  ]
  const live = /<(?!\/?(?:table|thead|tbody|tr|th|td|ul|li|p|code)\b)/

  test.each(renderers)('a bar behind a backslash ends no cell (%s)', (_, render) => {
    for (const backslashes of ['', '\\', '\\\\', '\\\\\\']) {
      const html = render(
        table([`a${backslashes}|b ![x](http://e.example/x.png)`, '<img src=x> @me https://e.example']),
      )
      expect(html).not.toMatch(live)
      expect(html.match(/<td/g)).toHaveLength(2)
    }
  })

  test.each(renderers)('no text becomes anything but a text (%s)', (_, render) => {
    const unit = fc.constantFrom(
      '`',
      '|',
      '\\',
      '<b>',
      '<img src=x>',
      '![a](b)',
      '[a](b)',
      '*',
      '_',
      ' ',
      'a',
      '&lt;',
      '\n',
      'www.e.example',
    )
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 14 }), fc.string({ unit, maxLength: 14 }), (one, other) => {
        expect(render(table([one, other]))).not.toMatch(live)
      }),
      { numRuns: 400 },
    )
  })
})
