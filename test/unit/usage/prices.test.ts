import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findPrice } from '../../../server/usage/findPrice.ts'
import { isNamed } from '../../../server/usage/priceList.ts'

const at = Date.parse('2026-11-21T12:00:00Z')
const usage = { input: 1000, output: 100, cached: null, reasoning: null }

async function costOf(
  endpoint: string | null,
  model: string,
  told: object = {},
  pricing?: { input: number; output: number },
) {
  const price = await findPrice({ endpoint, model, pricing }, at)
  return price === null ? 'unknown price' : price.costOf({ ...usage, ...told }, at)
}

describe('a price', () => {
  it.each([
    ['https://api.openai.com/v1', 'gpt-4o-mini', 0.00021],
    ['https://api.openai.com/v1', 'gpt-4o-mini-2024-07-18', 0.00021],
    ['https://api.anthropic.com', 'claude-sonnet-4-5-20250929', 0.0045],
    ['https://api.anthropic.com', 'claude-sonnet-4-5', 0.0045],
    ['https://generativelanguage.googleapis.com/v1beta/openai', 'models/gemini-2.0-flash-001', 0.00014],
    ['https://api.groq.com/openai/v1', 'llama-3.3-70b-versatile', 0.000669],
    ['https://openrouter.ai/api/v1', 'openai/gpt-4o-mini', 0.00021],
  ])('at %s of %s is known', async (endpoint, model, cost) => {
    expect(await costOf(endpoint, model)).toBeCloseTo(cost, 9)
  })

  it('of vectors needs no price of answers', async () => {
    const embedding = { endpoint: 'https://api.openai.com/v1', model: 'text-embedding-3-small' }
    expect(await findPrice(embedding, at)).toBeNull()
    const price = await findPrice({ ...embedding, type: 'embedding' }, at)
    expect(price?.costOf({ input: 1000, output: 0, cached: null }, at)).toBeCloseTo(0.00002, 12)
    expect(price?.atMost({ input: 1000, output: 0 }, at)).toBeCloseTo(0.00002, 12)
  })

  it.each([
    ['a model that nobody knows', 'https://api.openai.com/v1', 'gpt-4o-mini-of-mine'],
    ['a newer model whose name begins like a known one', 'https://api.anthropic.com', 'claude-sonnet-5-5'],
    ['a newer version of a known one', 'https://api.deepseek.com', 'deepseek-chat-v9'],
    ['a known name behind a server on this machine', 'http://127.0.0.1:4000/v1', 'gpt-4o-mini'],
    ['a known name behind a proxy', 'https://proxy.example/v1', 'gpt-4o-mini'],
    ['a host that begins like a known one', 'https://api.openai.com.proxy.example/v1', 'gpt-4o-mini'],
    ['a deployment that somebody named like a model', 'https://mine.openai.azure.com/openai/v1', 'gpt-4o-mini'],
    ['an embedding model that is asked for text', 'https://api.openai.com/v1', 'text-embedding-3-small'],
  ])('of %s is not guessed', async (_, endpoint, model) => {
    expect(await costOf(endpoint, model)).toBe('unknown price')
  })

  it('of what calls nobody is nothing', async () => {
    expect(await costOf(null, 'keywords')).toBe(0)
  })

  it('that the provider lists itself goes before ours', async () => {
    expect(await costOf('https://api.openai.com/v1', 'gpt-4o-mini', {}, { input: 2, output: 20 })).toBeCloseTo(0.004, 9)
    expect(await costOf('http://127.0.0.1:4000/v1', 'anything', {}, { input: 0, output: 0 })).toBe(0)
  })

  it('of tokens that were written into a cache is higher where that is known', async () => {
    const cost = (change: object) => costOf('https://api.anthropic.com', 'claude-sonnet-4-5', change)
    const plain = Number(await cost({ output: 0 }))
    expect(await cost({ output: 0, written: 1000 })).toBeCloseTo(plain * 1.25, 12)
    // More than was sent is no figure to charge by.
    expect(await cost({ output: 0, written: 3000 })).toBeCloseTo(plain, 12)
  })

  it('of cached tokens is lower where it is known, and unknown where a list does not tell it', async () => {
    const whole = await costOf('https://api.openai.com/v1', 'gpt-4o-mini')
    expect(await costOf('https://api.openai.com/v1', 'gpt-4o-mini', { cached: 1000 })).toBeLessThan(Number(whole))
    expect(await costOf('http://127.0.0.1:4000/v1', 'x', { cached: 1 }, { input: 2, output: 20 })).toBeNull()
  })

  it('changes with the day where the seller announced it', async () => {
    const price = await findPrice({ endpoint: 'https://api.openai.com/v1', model: 'o3' }, at)
    const [before, after] = ['2025-05-01', '2026-05-01'].map((day) => price?.costOf(usage, Date.parse(day)))
    expect(before).toBeGreaterThan(Number(after))
  })
})

describe('a cost', () => {
  it.each([
    ['no input', { input: null }],
    ['no output', { output: null }],
    ['a negative number', { output: -1 }],
    ['no number', { input: Number.NaN }],
    ['a number beyond belief', { input: 1e308 }],
    ['an infinite number', { output: Number.POSITIVE_INFINITY }],
    ['half a token', { input: 0.5 }],
    ['more cached tokens than were sent', { cached: 1001 }],
    ['more thinking than output', { reasoning: 101 }],
  ])('is unknown where the provider told %s', async (_, told) => {
    expect(await costOf('https://api.openai.com/v1', 'gpt-4o-mini', told)).toBeNull()
    expect(await costOf('https://x.example', 'x', told, { input: 1, output: 1 })).toBeNull()
  })

  it.each([
    ['https://api.openai.com/v1', 'gpt-5.5', undefined],
    ['https://api.anthropic.com', 'claude-opus-5-5', undefined],
    ['https://generativelanguage.googleapis.com/v1beta/openai', 'gemini-2.5-pro', undefined],
    ['https://x.example/v1', 'x', { input: 3.3, output: 7.7 }],
  ])('at %s of %s never exceeds what was foreseen for as many tokens', async (endpoint, model, pricing) => {
    const price = await findPrice({ endpoint, model, pricing }, at)
    if (price === null) throw new Error(`${model} has no price any more: choose another model for this test`)
    const count = fc.nat(2_000_000)
    fc.assert(
      fc.property(count, count, fc.double({ min: 0, max: 1, noNaN: true }), (input, output, share) => {
        const told = { input, output, cached: Math.floor(input * share), reasoning: Math.floor(output * share) }
        const most = price.atMost({ input, output }, at)
        expect(price.costOf(told, at) ?? 0).toBeLessThanOrEqual(most * (1 + 1e-12))
      }),
    )
  })
})

describe('a name in the list', () => {
  it.each([
    [{ equals: 'Model-A' }, 'model-a', true],
    [{ starts_with: 'model-a' }, 'model-a-latest', true],
    [{ starts_with: 'model-a' }, 'model-a-2026-01-31', true],
    [{ starts_with: 'model-a' }, 'model-a-20260131', true],
    [{ starts_with: 'model-a' }, 'model-a@20260131', true],
    [{ starts_with: 'model-a' }, 'model-a-mini', false],
    [{ starts_with: 'model-4' }, 'model-4-5', false],
    [{ starts_with: 'model-4' }, 'model-4.5', false],
    [{ contains: 'model-a' }, 'my-model-a', false],
    [{ ends_with: 'model-a' }, 'other/model-a', false],
    [{ regex: '^model-\\d$' }, 'model-7', true],
    [{ or: [{ equals: 'a' }, { equals: 'b' }] }, 'b', true],
    [{ and: [{ starts_with: 'a' }, { regex: 'latest' }] }, 'a-latest', true],
    [{ and: [{ starts_with: 'a' }, { regex: 'tts' }] }, 'a-latest', false],
  ])('%j means %s: %s', (match, model, means) => {
    expect(isNamed(match, model)).toBe(means)
  })
})

describe('a decision', () => {
  const priceOf = (endpoint: string, model: string, pricing?: { input: number; output: number }) =>
    findPrice({ endpoint, model, type: 'decision', pricing }, at)
  const decided = { input: 1_000_000, output: 40, cached: null }

  it.each([
    ['https://api.openai.com/v1', 'gpt-6-luna', 0.2],
    ['https://generativelanguage.googleapis.com/v1beta', 'gemini-decision-1', 0.1],
    ['https://api.typesafe.ai', 'jev-latest', 0.042],
    ['https://api.typesafe.ai', 'jev-1.13.0', 0.042],
  ])('at %s of %s costs what goes in, and nothing for the answer', async (endpoint, model, cost) => {
    const price = await priceOf(endpoint, model)
    expect(price?.costOf(decided, at)).toBeCloseTo(cost, 9)
    expect(price?.atMost({ input: 1_000_000, output: 40 }, at)).toBeCloseTo(cost, 9)
  })

  it('of OpenAI is double only from 272,000 tokens on, and counts what was cached', async () => {
    const price = await priceOf('https://api.openai.com/v1', 'gpt-6-luna')
    expect(price?.costOf({ input: 272_000, output: 0, cached: 200_000 }, at)).toBeCloseTo(0.0272, 9)
  })

  it('costs what its list says of its input', async () => {
    const price = await priceOf('https://openrouter.ai/api/v1', 'typesafe/jev-1.14', { input: 0.042, output: 9 })
    expect(price?.costOf(decided, at)).toBeCloseTo(0.042, 9)
  })

  it.each([
    ['https://api.openai.com.example/v1', 'gpt-6-luna'],
    ['https://api.openai.com/v1', 'gpt-6-sol'],
    ['http://localhost:8080/v1', 'decider'],
  ])('at %s of %s has no known price', async (endpoint, model) => {
    expect(await priceOf(endpoint, model)).toBeNull()
  })
})

describe('a price of one’s own', () => {
  const openai = { endpoint: 'https://api.openai.com/v1', model: 'gpt-4o-mini' }
  const own = async (ownPrice: object, told: object = {}, type?: 'embedding' | 'decision') =>
    (await findPrice({ ...openai, type, ownPrice }, at))?.costOf({ ...usage, ...told }, at)

  it.each<[string, object, object, number]>([
    ['all of it', { input: 1, output: 2 }, {}, 0.0012],
    ['nothing', { input: 0, output: 0 }, {}, 0],
    ['what is sent, the list the rest', { input: 1 }, {}, 0.00106],
    ['what comes back, the list the rest', { output: 2 }, {}, 0.00035],
    ['what was cached', { input: 1, output: 2, cached_input: 0.1 }, { cached: 500 }, 0.00075],
    ['no price of what was cached', { input: 1, output: 2 }, { cached: 500 }, 0.0012],
    ['only what was cached', { cached_input: 0 }, { cached: 1000 }, 0.00006],
  ])('says %s', async (_, price, told, cost) => {
    expect(await own(price, told)).toBeCloseTo(cost, 12)
  })

  it('of vectors and decisions needs none of answers', async () => {
    expect(await own({ input: 1 }, { output: null }, 'embedding')).toBeCloseTo(0.001, 12)
    expect(await own({ input: 1 }, { output: 7 }, 'decision')).toBeCloseTo(0.001, 12)
  })

  it('counts at a server on this machine, and only whole', async () => {
    const local = { endpoint: 'http://127.0.0.1:8080', model: 'm' }
    expect(
      (await findPrice({ ...local, ownPrice: { input: 0, output: 0 } }, at))?.atMost({ input: 9, output: 9 }, at),
    ).toBe(0)
    expect(await findPrice({ ...local, ownPrice: { input: 0 } }, at)).toBeNull()
    expect(await findPrice({ ...local, ownPrice: { cached_input: 0, output: 1 } }, at)).toBeNull()
  })

  it('counts all that is sent as read from a cache where that costs more than what a list says', async () => {
    const price = await findPrice({ ...openai, ownPrice: { cached_input: 1000 } }, at)
    const cost = price?.costOf({ input: 12, output: 0, cached: 12, reasoning: null }, at)
    expect(cost).toBeCloseTo(0.012, 12)
    expect(price?.atMost({ input: 12, output: 0 }, at)).toBeCloseTo(0.012, 12)
  })

  it('is never less at the most than what a call costs', async () => {
    const usd = fc.option(fc.double({ min: 0, max: 1000, noNaN: true }), { nil: undefined })
    const figures = fc.record({ input: usd, output: usd, cached_input: usd })
    const tokens = fc.record({
      input: fc.nat(100_000),
      output: fc.nat(10_000),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    })
    await fc.assert(
      fc.asyncProperty(figures, tokens, async (said, { input, output, share }) => {
        const ownPrice = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined))
        const price = await findPrice({ ...openai, ownPrice }, at)
        const cost = price?.costOf({ input, output, cached: Math.floor(input * share), reasoning: null }, at) ?? 0
        expect(price?.atMost({ input, output }, at) ?? 0).toBeGreaterThanOrEqual(cost - 1e-9)
      }),
    )
  })
})
