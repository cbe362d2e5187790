import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ResultRecord } from '../../protocol/results.ts'
import { type LiveCli, startLiveCli } from '../support/cli/liveCli.ts'
import { startFakeDecisionServer } from '../support/providers/fakeDecisionServer.ts'
import { startFakeModelServer } from '../support/providers/fakeModelServer.ts'

const profile = `categories: [{ name: Bug }, { name: Question }]
criteria:
  - name: Severity
    question: How bad is it?
    type: scale
    scale: { from: 1, to: 5, bands: [cosmetic, minor, hinders, blocks, data loss] }
    weight: 2
  - { name: true positive, question: Is it real?, type: boolean }
  - name: Effort
    question: How much work?
    type: choice
    choices: [{ name: small, value: 1 }, { name: large, value: 0 }]
`

let cli: LiveCli
beforeEach(async () => {
  cli = await startLiveCli()
  await writeFile(path.join(cli.folder, 'items.jsonl'), '{"id":"a","text":"It crashes."}\n{"id":"b","text":"How?"}\n')
  await writeFile(path.join(cli.folder, 'profile.yaml'), profile)
})
afterEach(() => cli.remove())

async function done(words: string[]): Promise<string> {
  const { code, out, err } = await cli.run(words)
  if (code !== 0) throw new Error(`${words.join(' ')}: exit code ${code}\n${err}`)
  return out
}

async function results(): Promise<ResultRecord[]> {
  const lines = (await readFile(path.join(cli.folder, 'items.results.jsonl'), 'utf8')).trimEnd().split('\n')
  return lines.map((line) => JSON.parse(line))
}

async function addProvider(origin: string, ...more: string[]): Promise<void> {
  await done(['provider', 'add', 'fake', '--kind', 'openai-compatible', '--set', `base_url=${origin}/v1`, ...more])
}

test('a text model answers the criteria; a person corrects one, and an evaluation measures all', async () => {
  const server = await startFakeModelServer()
  try {
    await addProvider(server.origin)
    await done(['run', 'items.jsonl', '--profile', 'profile.yaml', '--provider', 'fake', '--model', 'fake-model'])
    const [first] = await results()
    const criteria = { Severity: 1, 'true positive': true, Effort: 'small' }
    expect(first).toMatchObject({ status: 'ok', interest: null, quality: null, criteria })
    // (2 × 0 + 1 + 1) / 4 × 20
    expect(first?.score).toBe(10)
    const run = first?.runId ?? ''
    expect(await done(['results', run])).toMatch(/SEVERITY +TRUE POSITIVE +EFFORT/)

    // Both items have the same answers.
    const ids = async (...words: string[]) => {
      const found = JSON.parse(await done(['results', run, ...words, '--json'])) as { value: { rows: ResultRecord[] } }
      return found.value.rows.map(({ id }) => id)
    }
    expect(await ids('--filter', 'criterion.severity>=2')).toEqual([])
    expect(await done(['results', 'item', run, 'a'])).toContain(
      'score          10.0 = (2 × 0 Severity + 1 × 1 true positive + 1 × 1 Effort) / 4 × 1 × 20',
    )
    await done(['label', 'set', run, 'a', '--criterion', 'severity=5', '--criterion', 'true positive=yes'])
    await done(['label', 'set', run, 'b', '--criterion', 'severity=1', '--criterion', 'effort=large'])
    const page = JSON.parse(await done(['results', run, '--json'])) as { value: { rows: ResultRecord[] } }
    expect(page.value.rows.map(({ human }) => [human?.criteria, human?.score])).toEqual([
      [{ Severity: 5, 'true positive': true }, 20],
      [{ Severity: 1, Effort: 'large' }, 5],
    ])
    expect(await ids('--filter', 'criterion.severity>=2')).toEqual(['a'])
    expect(await ids('--filter', 'criterion.effort=LARGE')).toEqual(['b'])
    expect(await ids('--sort', 'criterion.severity')).toEqual(['b', 'a'])
    expect(await ids('--sort', '-score')).toEqual(['a', 'b'])
    expect(await done(['results', 'summary', run])).toMatch(/Severity[\s\S]*5 +1[\s\S]*true positive[\s\S]*Effort/i)
    expect(await done(['results', 'item', run, 'a'])).toMatch(
      /Severity +5 \(corrected\)[\s\S]*score +20.0 = .* \(corrected\)/,
    )
    const mood = await cli.run(['results', run, '--filter', 'criterion.mood=good'])
    expect(mood).toMatchObject({ code: 2, err: expect.stringContaining('there are: Severity, true positive, Effort') })
    const wrong = await cli.run(['label', 'set', run, 'a', '--criterion', 'severity=9'])
    expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining('a whole number from 1 to 5') })
    const unknown = await cli.run(['label', 'set', run, 'a', '--criterion', 'mood=9'])
    expect(unknown.err).toContain('there are: Severity, true positive, Effort')

    const words = ['evaluate', '--profile', 'profile.yaml', '--route', 'fake/fake-model', '--yes', '--json']
    const report = JSON.parse(await done(words)) as {
      value: { candidates: { scoring: { criteria: unknown[] } }[] }
    }
    expect(report.value.candidates[0]?.scoring.criteria).toMatchObject([
      { name: 'Severity', items: 2, errors: { meanAbsolute: 2, bias: -2 } },
      { name: 'true positive', items: 1, accuracy: 1 },
      { name: 'Effort', items: 1, accuracy: 0 },
    ])
  } finally {
    await server.close()
  }
})

test('a model that decides gets one question a criterion', async () => {
  const server = await startFakeDecisionServer()
  try {
    await addProvider(server.origin, '--set', 'decisions=systemone')
    const asked: string[] = []
    server.decide(({ questions }) => {
      asked.push(...Object.values(questions).map(({ type }) => type))
      return Object.fromEntries(
        Object.entries(questions)
          .map(([id, { type }]) => [id, type === 'noul' ? 0.9 : undefined])
          .filter(([, said]) => said !== undefined),
      )
    })
    const model = ['--provider', 'fake', '--model', 'fake-decider', '--ask', 'decisions']
    await done(['score', 'items.jsonl', '--profile', 'profile.yaml', ...model])
    expect(asked).toEqual(expect.arrayContaining(['score', 'noul', 'choice']))
    const [first] = await results()
    expect(first?.criteria).toEqual({ Severity: 4, 'true positive': true, Effort: 'small' })
    expect(first?.receipts.scoring?.decision?.distributions).toMatchObject({ 'criterion true positive': [0.1, 0.9] })
  } finally {
    await server.close()
  }
})

test('a gate of the profile ends an evaluation with 4 until it is met', async () => {
  const server = await startFakeModelServer()
  try {
    await addProvider(server.origin)
    await done(['run', 'items.jsonl', '--profile', 'profile.yaml', '--provider', 'fake', '--model', 'fake-model'])
    const run = (await results())[0]?.runId ?? ''
    await done(['label', 'set', run, 'a', '--criterion', 'severity=1', '--criterion', 'true positive=yes'])
    const evaluate = [
      'evaluate',
      '--profile',
      'profile.yaml',
      '--route',
      'fake/fake-model',
      '--task',
      'scoring',
      '--gate',
      '--yes',
    ]
    expect(await cli.run(evaluate)).toMatchObject({ code: 2, err: expect.stringContaining('the profile has no gate') })
    await writeFile(path.join(cli.folder, 'profile.yaml'), `${profile}gate: { scoring: { error: 1, labels: 2 } }\n`)
    const few = await cli.run(evaluate)
    expect(few).toMatchObject({ code: 4, err: expect.stringContaining('labels 1, at least 2 is wanted') })
    await writeFile(path.join(cli.folder, 'profile.yaml'), `${profile}gate: { scoring: { error: 20, labels: 1 } }\n`)
    await done(['label', 'set', run, 'a', '--criterion', 'effort=small'])
    expect(await cli.run(evaluate)).toMatchObject({ code: 0, err: expect.stringContaining('the gate is passed') })
  } finally {
    await server.close()
  }
})

test('the stored profile takes criteria by name or from a file, and a run without a profile asks them', async () => {
  expect(
    await done(['preferences', 'set', '--criteria', 'issues', '--score-to', '10', '--language', 'German']),
  ).toMatch(/severity \(1 to 5, weight 3\)[\s\S]*score from 0 to 10[\s\S]*German/)
  expect(await done(['profile', 'criteria'])).toMatch(/^issues +severity \(1 to 5, weight 3\)/)
  const server = await startFakeModelServer()
  try {
    await addProvider(server.origin)
    await done(['run', 'items.jsonl', '--provider', 'fake', '--model', 'fake-model'])
    expect(Object.keys((await results())[0]?.criteria ?? {})).toEqual(['severity', 'reproducible', 'effort'])
  } finally {
    await server.close()
  }
  await done(['preferences', 'set', '--criteria', 'profile.yaml', '--gate-accuracy', '0.8', '--gate-labels', '5'])
  const shown = await done(['preferences', 'show'])
  expect(shown).toContain('true positive (yes or no): Is it real?')
  expect(shown).toContain('0.8 of 5 labels or more')
  await writeFile(
    path.join(cli.folder, 'bad.yaml'),
    '- name: a\n  question: b\n  type: scale\n  scale: { from: 3, to: 1 }\n',
  )
  const bad = await cli.run(['preferences', 'set', '--criteria', 'bad.yaml'])
  expect(bad).toMatchObject({ code: 2, err: expect.stringMatching(/bad\.yaml[\s\S]*4[\s\S]*more than 3/) })
  expect(await cli.run(['preferences', 'set', '--criteria', 'moods'])).toMatchObject({ code: 2 })
  expect(await cli.run(['preferences', 'set', '--gate-labels', '4'])).toMatchObject({ code: 2 })
  await done(['preferences', 'set', '--no-criteria', '--no-gate', '--language', ''])
  expect(await done(['preferences', 'show'])).not.toMatch(/criteria|gate|language/)
})

test('answers of a person to all criteria are examples of the next run', async () => {
  const server = await startFakeModelServer()
  try {
    await addProvider(server.origin)
    await writeFile(path.join(cli.folder, 'profile.yaml'), `${profile}examples: { use: true, count: 3 }\n`)
    const run = ['run', 'items.jsonl', '--profile', 'profile.yaml', '--provider', 'fake', '--model', 'fake-model']
    await done(run)
    const id = (await results())[0]?.runId ?? ''
    const all = ['--criterion', 'severity=4', '--criterion', 'true positive=no', '--criterion', 'effort=large']
    await done(['label', 'set', id, 'a', ...all])
    await done(['label', 'set', id, 'b', '--criterion', 'severity=2'])
    const shown = await done(['prompt', 'preview', 'scoring', '--profile', 'profile.yaml', '--text', 'x'])
    expect(shown).toContain('A person\'s verdict: "severity": 4, "true_positive": false, "effort": "large"')
    expect(shown.match(/A person's verdict/g)).toHaveLength(1)
  } finally {
    await server.close()
  }
})

test.each(['csv', 'jsonl'])(
  'answers that a person edits in a table of results (%s) become labels, and only those',
  async (format) => {
    const server = await startFakeModelServer()
    try {
      await addProvider(server.origin)
      await done(['run', 'items.jsonl', '--profile', 'profile.yaml', '--provider', 'fake', '--model', 'fake-model'])
      const run = (await results())[0]?.runId ?? ''
      const table = path.join(cli.folder, `table.${format}`)
      await done(['results', run, '--format', format, '--output', table])
      const written = await readFile(table, 'utf8')
      const [before, edited, wrong] =
        format === 'csv'
          ? ['Severity=1; true positive=yes', 'severity=4; true positive=yes', 'Severity=9; true positive=yes']
          : ['"Severity":1', '"Severity":4', '"Severity":9']
      expect(await done(['label', 'import', table])).toContain('0 labels added, 0 changed, 2 as they were')
      await writeFile(table, written.replace(before, edited))
      await done(['label', 'import', table])
      const page = JSON.parse(await done(['results', run, '--json'])) as { value: { rows: ResultRecord[] } }
      expect(page.value.rows.map(({ human }) => human?.criteria ?? null)).toEqual([{ Severity: 4 }, null])
      await writeFile(table, written.replace(before, wrong))
      const refused = await cli.run(['label', 'import', table])
      expect(`${refused.out}${refused.err}`).toMatch(/criteria\.Severity: a whole number from 1 to 5/i)
    } finally {
      await server.close()
    }
  },
)

test('a copy of the table has a column for each criterion, and a later one takes its place', async () => {
  const server = await startFakeModelServer()
  try {
    await addProvider(server.origin)
    await writeFile(path.join(cli.folder, 'items.csv'), 'id,text\na,It crashes.\nb,How?\n')
    await done(['run', 'items.csv', '--profile', 'profile.yaml', '--provider', 'fake', '--model', 'fake-model'])
    for (const _ of [1, 2]) await done(['results', 'items.csv', '--with-source'])
    const copy = path.join(cli.folder, 'items.with-results.csv')
    const [header] = (await readFile(copy, 'utf8')).split(/\r?\n/)
    expect(header).toContain(',confidence,Severity,true positive,Effort,score,reasoning,review')
    await writeFile(copy, 'id,confidence,score,note\n')
    expect(await cli.run(['results', 'items.csv', '--with-source'])).toMatchObject({ code: 2 })
  } finally {
    await server.close()
  }
})

test('the doubtful come first, until somebody has checked them', async () => {
  const lines = [1, 2, 3].map((id) =>
    JSON.stringify({ id: `n${id}`, text: id === 2 ? 'zebra' : 'A bug, a bug and a question.' }),
  )
  await writeFile(path.join(cli.folder, 'items.jsonl'), `${lines.join('\n')}\n`)
  await done(['run', 'items.jsonl', '--profile', 'profile.yaml', '--provider', 'builtin'])
  const run = (await results())[0]?.runId ?? ''
  const ids = async () => {
    const page = JSON.parse(await done(['results', run, '--doubtful', '--json'])) as { value: { rows: ResultRecord[] } }
    return page.value.rows.map(({ id }) => id)
  }
  expect(await ids()).toEqual(['n2', 'n1', 'n3'])
  const page = JSON.parse(await done(['results', run, '--doubtful', '--json'])) as { value: { doubts: string[][] } }
  expect(page.value.doubts).toHaveLength(3)
  expect(page.value.doubts[0]).toEqual(['no_category', 'unsure'])
  expect(await done(['results', run, '--doubtful'])).toMatch(/WHY[\s\S]*no category, unsure/i)
  await done(['label', 'set', run, 'n2', '--nothing-fits'])
  expect(await ids()).toEqual(['n1', 'n3'])
  expect(await cli.run(['results', run, '--doubtful', '--sort', 'id'])).toMatchObject({ code: 2 })
})

test('where everything is kept', async () => {
  const told = JSON.parse(await done(['where', '--json'])) as { value: { places: { path: string; exists: boolean }[] } }
  const store = told.value.places[0]
  expect(store).toMatchObject({ exists: true, path: expect.stringMatching(/store\.\d+\.db$/) })
  expect(await done(['where'])).toContain(path.join(cli.folder, '.llm-providers', 'golden.jsonl'))
})
