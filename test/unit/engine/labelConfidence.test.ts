import { afterEach, describe, expect, test } from 'vitest'
import { succeed } from '../../../protocol/outcome.ts'
import { labelConfidence, labelPlace, type TokenPlace } from '../../../server/domain/labelConfidence.ts'
import { fail } from '../../../shared/fail.ts'
import { createHarness, type Harness, type HarnessOptions, jsonLines, type Script } from '../../support/runs/harness.ts'

const log = (shares: Record<string, number>): TokenPlace['alternatives'] =>
  Object.entries(shares).map(([token, share]) => ({ token, logprob: Math.log(share) }))
const place = (token: string, others: Record<string, number> = {}): TokenPlace => ({
  token,
  alternatives: log({ [token]: 1, ...others }),
})

const allowed = ['card arrival', 'card lost', 'refund']
const answer = '{"k7q":{"categories":["card lost"]}}'
const at = answer.indexOf('card lost')
const before = [place('{"k7q":{"categories":["')]

describe('the confidence of a label', () => {
  test.each<[string, TokenPlace[], number | null]>([
    // 'card' may become two labels: it says nothing of which. Then 3 of 4.
    [
      'is what its tokens leave to it among the allowed ones',
      [
        place('card', { card: 0.8, re: 0.2, Where: 0.9 }),
        place(' lost', { ' lost': 0.6, ' arrival': 0.2, ' x': 0.9 }),
        place('"]}}'),
      ],
      0.8 * 0.75,
    ],
    [
      'goes by texts, however they are split',
      [place('c', { c: 0.5, card: 0.3, ref: 0.2 }), place('ard lost'), place('"')],
      0.8,
    ],
    ['is whole where nothing else is allowed', [place('card lost"', { 'card lost"': 0.01, Where: 0.99 })], 1],
    ['is not known where the tokens spell something else', [place('card found'), place('"')], null],
    ['is not known where the tokens end in the middle', [place('card')], null],
  ])('%s', (_, places, wanted) => {
    const found = labelConfidence([...before, ...places], at, 'card lost', allowed)
    if (wanted === null) expect(found).toBeNull()
    else expect(found).toBeCloseTo(wanted, 10)
  })

  test('is read behind the quotation mark also where a token holds both, and with signs that JSON writes otherwise', () => {
    const names = ['say "no"', 'say "yes"']
    const text = `{"k":{"categories":["say \\"no\\""]}}`
    const places = [
      place('{"k":{"categories":['),
      { token: '"say \\"', alternatives: log({ '"say \\"': 0.9, '"': 0.1 }) },
    ]
    const last = { token: 'no\\""', alternatives: log({ 'no\\""': 0.25, 'yes\\"': 0.75 }) }
    const from = labelPlace(text, 'k', 'say "no"')
    expect(from).toBe(text.indexOf('say'))
    expect(labelConfidence([...places, last], from ?? 0, 'say "no"', names)).toBeCloseTo(0.25, 10)
  })

  test.each([
    ['another label stands there', '{"k":{"categories":["refund"]}}'],
    ['there is none', '{"k":{"categories":[]}}'],
    ['the item is not in it', '{"other":{"categories":["card lost"]}}'],
  ])('has no place where %s', (_, text) => {
    expect(labelPlace(text, 'k', 'card lost')).toBeNull()
  })
})

describe('a run by text', () => {
  let harness: Harness
  afterEach(() => harness.dispose())

  /** Says Software, with Science as likely as `other` beside it, token by token. */
  const answering =
    (other: number | null): Script =>
    (request) => {
      const verdicts = request.work.items.map(({ key }) => `"${key}":{"categories":["`)
      const rest = '"],"confidence":0.95,"suggested":null}'
      const places = verdicts.flatMap((start, nth) => [
        place(`${nth === 0 ? '{"verdicts":{' : ','}${start}`),
        place('Software', { Software: 0.6, Science: other ?? 0 }),
        place(rest),
      ])
      const text = `${[...places, place('}}')].map(({ token }) => token).join('')}`
      const told = request.labelLogprobs === undefined || other === null ? {} : { places: [...places, place('}}')] }
      return succeed({ text, ...told, latencyMs: 1, usage: { input: 1, output: 1, cached: null } })
    }

  async function judge(script: Script, options: HarnessOptions) {
    harness = await createHarness(script, options)
    const path = await harness.file('a.jsonl', jsonLines(['one', 'two', 'three'].map((text, id) => ({ id, text }))))
    const { runId } = await harness.run({
      tasks: ['categorization'],
      source: { kind: 'paths', paths: [path] },
      batchSize: 3,
    })
    const page = await harness.runs.results(runId, { limit: 10 })
    if (!page.ok) throw new Error(page.reason.message)
    return page.value.rows.map(({ status, confidence, receipts }) => [
      status,
      confidence,
      receipts.categorization?.confidenceFrom,
    ])
  }

  test('takes the log probabilities of its labels where a test of the model has found them, and says so', async () => {
    const rows = await judge(answering(0.2), { readout: { labels: 20, isMeasured: true } })
    expect(rows).toHaveLength(3)
    for (const [status, confidence, source] of rows) {
      expect([status, source]).toEqual(['ok', 'logprobs'])
      expect(confidence).toBeCloseTo(0.75, 10)
    }
    expect(harness.calls[0]).toMatchObject({ labelLogprobs: 20 })
  })

  test.each<[string, Script, HarnessOptions]>([
    ['nobody has measured them', answering(0.2), { readout: { labels: 20 } }],
    ['none are told', answering(null), { readout: { labels: 20, isMeasured: true } }],
    [
      'the server refuses a call with them',
      (request, call, signal) =>
        request.labelLogprobs === undefined
          ? answering(0.2)(request, call, signal)
          : fail({ code: 'invalid_response', provider: 'fake', problem: 'rejected_request', detail: 'logprobs' }),
      { readout: { labels: 20, isMeasured: true } },
    ],
  ])("keeps the model's own word where %s", async (_, script, options) => {
    expect(await judge(script, options)).toEqual(Array.from({ length: 3 }, () => ['ok', 0.95, 'stated']))
  })
})
