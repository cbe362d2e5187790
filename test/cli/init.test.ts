import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readWrittenProfile } from '../../server/profiles/readCategoryList.ts'
import { type LiveCli, startLiveCli } from '../support/cli/liveCli.ts'
import { startFakeModelServer } from '../support/providers/fakeModelServer.ts'

let cli: LiveCli
beforeEach(async () => {
  cli = await startLiveCli()
  const texts = ['I was charged twice for my invoice', 'The parcel never arrived', 'My invoice has a wrong fee']
  const rows = Array.from({ length: 12 }, (_, row) => `${row};${texts[row % 3]} (${row})`)
  await writeFile(path.join(cli.folder, 'tickets.csv'), `Ticket;Message\n${rows.join('\n')}\n`)
})
afterEach(() => cli.remove())

const kept = async () => {
  const text = await readFile(path.join(cli.folder, '.llm-providers', 'profile.yaml'), 'utf8')
  const read = readWrittenProfile(text, 'kept')
  if (!read.ok) throw new Error(read.reason.message)
  return read.value.profile
}
const results = () => readFile(path.join(cli.folder, 'tickets.results.jsonl'), 'utf8')
const fields = ['--text', 'Message', '--id', 'Ticket']

describe('asking', () => {
  test('leads from a file to its results: fields, list, interests, model, preview, start', async () => {
    // Fields are asked for until nothing is changed any more.
    const answers = ['', 'Ticket', '', '', '', '3', 'Money that is owed.', 's']
    const told = await cli.run(['init', 'tickets.csv'], { answers })
    expect(told).toMatchObject({ code: 0 })
    expect(told.err).toContain('Recognised as csv.\n  Ticket')
    expect(told.err).toContain('Message (text): I was charged twice for my invoice (0)')
    expect(told.err).toContain('categorization: builtin / keywords')
    expect(told.err).toMatch(/TEXT +CATEGORIES +SCORE\n/)
    expect(told.err).toMatch(/parcel never arrived \(\d+\) +Order and Delivery/)
    expect(told.err).toContain(`Kept in ${path.join(cli.folder, '.llm-providers', 'profile.yaml')}.`)
    expect(await kept()).toMatchObject({ name: 'Support', interests: 'Money that is owed.' })
    expect((await results()).trim().split('\n')).toHaveLength(12)
    const again = await cli.run(['run', 'tickets.csv'])
    expect(again.err).not.toContain('since none was chosen')
    expect((await cli.run(['source', 'describe', 'tickets.csv'])).out).toContain('Id         Ticket')
  })

  test('takes a typed list, tells its mistakes with their line, and only saves', async () => {
    const answers = [
      '',
      '',
      '',
      't',
      'Billing: money',
      '  Refund',
      '   Deep',
      '',
      't',
      'Billing: money',
      '  Refund',
      '',
      '',
      'o',
    ]
    const told = await cli.run(['init', 'tickets.csv', ...fields], { answers })
    expect(told).toMatchObject({ code: 0 })
    expect(told.err).toMatch(/line 3: it is indented deeper than the line above/)
    expect(await kept()).toMatchObject({
      categories: [{ name: 'Billing', description: 'money', children: [{ name: 'Refund' }] }],
    })
    await expect(results()).rejects.toThrow('ENOENT')
  })

  test('proposes from shared words, of which some are left out, and changes its mind', async () => {
    const answers = ['', '', '', 'p', '1', '', 'c', '1', '', 'o']
    const told = await cli.run(['init', 'tickets.csv', ...fields], { answers })
    expect(told.err).toContain('No model is asked')
    expect(told.err).toMatch(/Proposed from shared words, with how many of 12 items belong there:\n {2}1 {2}\w+ \(\d\)/)
    expect(await kept()).toMatchObject({ name: 'Issues' })
  })

  test('replaces a profile that is there only when a person agrees', async () => {
    await mkdir(path.join(cli.folder, '.llm-providers'))
    await writeFile(path.join(cli.folder, '.llm-providers', 'profile.yaml'), 'categories: [{name: Mine}]')
    const told = await cli.run(['init', 'tickets.csv', ...fields], { answers: ['', '', 'n'] })
    expect(told).toMatchObject({ code: 130, err: expect.stringContaining('Nothing was done.') })
    expect(await kept()).toMatchObject({ categories: [{ name: 'Mine' }] })
  })
})

describe('without anybody to ask', () => {
  test.each<[string[], RegExp]>([
    [[], /give --categories \(.*\) and --yes/],
    [['--categories', 'support'], /give --yes/],
    [['--yes', '--json'], /give --categories/],
    [['--categories', 'support', '--yes', '--model', 'm'], /There is no alias "m"/],
  ])('%j is told what is missing', async (words, sentence) => {
    const told = await cli.run(['init', 'tickets.csv', ...fields, ...words])
    expect(told.code).toBe(2)
    expect(told.out + told.err).toMatch(sentence)
  })

  test('a ready-made list is taken, and the file judged by it', async () => {
    const told = await cli.run(['init', 'tickets.csv', ...fields, '--categories', 'Support', '--yes'])
    expect(told).toMatchObject({ code: 0, out: expect.stringContaining('Billing and Payment') })
    expect(await kept()).toMatchObject({ name: 'Support' })
  })

  test('only the first items are judged where that is said, and the cost has a cap', async () => {
    const told = await cli.run(['init', 'tickets.csv', ...fields, '--categories', 'support', '--limit', '2', '--yes'])
    expect(told).toMatchObject({ code: 0 })
    expect(told.err).toContain('no calls: everything is done here, and nothing is sent')
    expect((await results()).trim().split('\n')).toHaveLength(2)
    const wrong = await cli.run(['init', 'tickets.csv', '--categories', 'support', '--max-cost', 'much', '--yes'])
    expect(wrong).toMatchObject({ code: 2 })
  })

  test('a file with a list is taken, and all is one JSON document', async () => {
    await writeFile(path.join(cli.folder, 'mine.txt'), 'Billing: invoice, charged, fee\nDelivery: parcel, arrived\n')
    const words = ['--categories', 'mine.txt', '--interests', 'Fees.', '--sample', '2', '--yes', '--json']
    const told = await cli.run(['init', 'tickets.csv', ...fields, ...words])
    expect(told.code).toBe(0)
    const { value } = JSON.parse(told.out)
    expect(value).toMatchObject({
      source: { format: 'csv', text: ['Message'] },
      profile: { interests: 'Fees.', categories: [{ name: 'Billing' }, { name: 'Delivery' }] },
      from: { origin: 'workspace' },
      estimate: { items: 12, sample: { rows: [{ text: expect.stringMatching(/\w/) }, {}] } },
      run: { state: 'completed', counts: { ok: 12 } },
    })
  })

  test('a model proposes, is told before, and its list is kept', async () => {
    const proposal = {
      categories: ['Bills', 'Parcels'].map((name, at) => ({ name, description: name, items: [at + 1] })),
    }
    const models = await startFakeModelServer({ models: ['writer'] })
    try {
      models.decide(() => ({ kind: 'text', text: JSON.stringify(proposal) }))
      await cli.run([
        'provider',
        'add',
        'local',
        '--kind',
        'openai-compatible',
        '--set',
        `base_url=${models.origin}/v1`,
      ])
      const words = ['--categories', 'propose', '--provider', 'local', '--model', 'writer', '--no-start', '--yes']
      const told = await cli.run(['init', 'tickets.csv', ...fields, ...words])
      expect(told).toMatchObject({ code: 0 })
      expect(told.err).toMatch(/Asking local\/writer about 12 items: about \d+ tokens sent .* at an unknown price\./)
      expect(told.err).toMatch(/Proposed by the model.*\n {2}1 {2}Bills \(1\): Bills\n/)
      expect((await kept()).categories.map(({ name }) => name)).toEqual(['Bills', 'Parcels'])
    } finally {
      await models.close()
    }
  })

  test('a profile that is there is not replaced, and nothing is asked of a model first', async () => {
    const init = ['init', 'tickets.csv', ...fields, '--categories', 'issues', '--no-start', '--yes']
    await cli.run(init)
    const told = await cli.run([...init, '--categories', 'propose'])
    expect(told).toMatchObject({ code: 2, err: expect.stringContaining('--overwrite') })
    expect(await cli.run([...init, '--categories', 'notes', '--overwrite'])).toMatchObject({ code: 0 })
    expect(await kept()).toMatchObject({ name: 'Notes' })
  })
})

describe('a run where nobody chose', () => {
  const note = /Judged by the list that comes with the product \(Problem, Question, Request and \d+ more\).*init FILE\n/

  test.each(['run', 'categorize', 'score'])('says so once, beside the results of %s', async (command) => {
    const told = await cli.run([command, 'tickets.csv', ...fields, '--output', '-'])
    expect(told.err.match(new RegExp(note, 'g'))).toHaveLength(1)
    expect(told.out).not.toMatch(note)
  })

  test.each<[string, string[]]>([
    ['a profile is named', ['--profile', 'support']],
    ['a program reads it', ['--json']],
  ])('says nothing when %s', async (_, words) => {
    const told = await cli.run(['run', 'tickets.csv', ...fields, ...words])
    expect(told.err).not.toMatch(note)
  })

  test('says nothing once the stored list was chosen for the folder', async () => {
    await cli.run([
      'init',
      'tickets.csv',
      ...fields,
      '--categories',
      'general',
      '--keep',
      'stored',
      '--no-start',
      '--yes',
    ])
    expect((await cli.run(['run', 'tickets.csv', ...fields])).err).not.toMatch(note)
  })
})
