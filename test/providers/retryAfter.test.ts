import { describe, expect, it } from 'vitest'
import { errorBodyOf, readErrorBody } from '../../server/providers/errorBody.ts'
import { readRetryAfter } from '../../server/providers/retryAfter.ts'

const now = Date.UTC(2026, 10, 21, 0, 0, 0)
const week = 7 * 24 * 3_600_000

describe('readRetryAfter', () => {
  it.each([
    ['seconds', { 'retry-after': '30' }, 30_000],
    ['a fraction of seconds', { 'retry-after': '0.25' }, 250],
    ['now', { 'retry-after': '0' }, 0],
    ['an hour', { 'retry-after': '3600' }, 3_600_000],
    ['longer than anybody means', { 'retry-after': '99999999999' }, week],
    ['a date', { 'retry-after': 'Sat, 21 Nov 2026 00:02:00 GMT' }, 120_000],
    ['a date in the past', { 'retry-after': 'Fri, 20 Nov 2026 23:00:00 GMT' }, 0],
    ['an old form of date', { 'retry-after': 'Saturday, 21-Nov-26 00:02:00 GMT' }, 120_000],
    ['a date that is none', { 'retry-after': 'Sat, 99 Foo 2026' }, null],
    ['less than nothing', { 'retry-after': '-1' }, null],
    ['Infinity', { 'retry-after': 'Infinity' }, null],
    ['NaN', { 'retry-after': 'NaN' }, null],
    ['hexadecimal', { 'retry-after': '0x10' }, null],
    ['exponents', { 'retry-after': '1e9' }, null],
    ['words', { 'retry-after': 'in a while' }, null],
    ['blanks', { 'retry-after': '   ' }, null],
    ['minutes and seconds', { 'retry-after': '1m30s' }, 90_000],
    ['seconds with their unit', { 'retry-after': '2s' }, 2_000],
    ['milliseconds with their unit', { 'retry-after': '500ms' }, 500],
    ['hours with empty parts', { 'retry-after': '6h0m0s' }, 21_600_000],
    ['a fraction with its unit', { 'retry-after': '17.25s' }, 17_250],
    ['days', { 'retry-after': '1d2h' }, 93_600_000],
    ['a blank before the unit', { 'retry-after': '250 ms' }, 250],
    ['a unit in words', { 'retry-after': '90 seconds' }, 90_000],
    ['units in words', { 'retry-after': '1 minute and 30 seconds' }, 90_000],
    ['short words in capitals', { 'retry-after': '2 Min, 5 Sec' }, 125_000],
    ['a duration as ISO writes it', { 'retry-after': 'PT1M30S' }, 90_000],
    ['a day as ISO writes it', { 'retry-after': 'P1DT0.5S' }, 86_400_500],
    ['microseconds', { 'retry-after': '1500µs' }, 2],
    ['a unit where milliseconds are due', { 'retry-after-ms': '1.5s' }, 1_500],
    ['a unit that there is not', { 'retry-after': '5x' }, null],
    ['a unit without a number', { 'retry-after': 's' }, null],
    ['a number without its unit', { 'retry-after': '1m30' }, null],
    ['units in the wrong order', { 'retry-after': '30s1m' }, null],
    ['one unit twice', { 'retry-after': '5s5s' }, null],
    ['less than nothing with a unit', { 'retry-after': '-5s' }, null],
    ['two points', { 'retry-after': '1.2.3s' }, null],
    ['a word that begins like a unit', { 'retry-after': '5 students' }, null],
    ['a month', { 'retry-after': 'P1M' }, null],
    ['an empty period', { 'retry-after': 'PT' }, null],
    ['an instant in seconds', { 'retry-after': `${now / 1000 + 2}` }, 2_000],
    ['an instant in milliseconds', { 'retry-after': `${now + 2_500}` }, 2_500],
    ['an instant that is over', { 'retry-after': `${now / 1000 - 60}` }, 0],
    ['an instant in milliseconds where a wait is due', { 'retry-after-ms': `${now + 700}` }, 700],
    ['an instant as ISO writes it', { 'retry-after': '2026-11-21T00:00:05Z' }, 5_000],
    ['the longest wait that is no instant', { 'retry-after': '604800' }, week],
    ['what a gateway hands on', { 'llm_provider-retry-after': '7' }, 7_000],
    ["a gateway's own word before that", { 'retry-after': '2', 'llm_provider-retry-after': '7' }, 2_000],
    [
      'a limit that a gateway hands on',
      { 'llm_provider-x-ratelimit-remaining-requests': '0', 'llm_provider-x-ratelimit-reset-requests': '7s' },
      7_000,
    ],
    [
      'the instant at which the only limit is full again',
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': `${now + 9_000}` },
      9_000,
    ],
    ['nothing', {}, null],
    ['the first of several', { 'retry-after': ['5', '9'] }, 5_000],
    ['milliseconds before seconds', { 'retry-after-ms': '1500', 'retry-after': '9' }, 1_500],
    ['seconds if the milliseconds are no number', { 'retry-after-ms': 'x', 'retry-after': '9' }, 9_000],
    ['the exhausted limit', { 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '6m0s' }, 360_000],
    [
      'a limit in parts',
      { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '1h2m3.5s' },
      3_723_500,
    ],
    ['a limit in milliseconds', { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '120ms' }, 120],
    ['a limit in bare seconds', { 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '12.5' }, 12_500],
    [
      'a limit until an instant',
      { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '2026-11-21T00:00:08Z' },
      8_000,
    ],
    ['a limit that was exceeded', { 'x-ratelimit-remaining-tokens': '-34', 'x-ratelimit-reset-tokens': '20s' }, 20_000],
    ['the only limit as a duration', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1m30s' }, 90_000],
    ['a limit under the name of the standard', { 'ratelimit-remaining': '0', 'ratelimit-reset': '30' }, 30_000],
    ['a limit with a reset that is nonsense', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': 'soon' }, null],
    [
      'a limit that is not exhausted',
      { 'x-ratelimit-remaining-tokens': '9', 'x-ratelimit-reset-tokens': '6m0s' },
      null,
    ],
    [
      'the later of two exhausted limits',
      {
        'anthropic-ratelimit-requests-remaining': '0',
        'anthropic-ratelimit-requests-reset': '2026-11-21T00:00:10Z',
        'anthropic-ratelimit-tokens-remaining': '0',
        'anthropic-ratelimit-tokens-reset': '2026-11-21T00:00:40Z',
      },
      40_000,
    ],
  ])('reads %s', (_, headers, expected) => {
    expect(readRetryAfter(headers, now)).toBe(expected)
  })
})

describe('the wait that a body asks for', () => {
  it.each([
    ['as Google says it', { error: { details: [{ retryDelay: '17s' }] } }, 17_000],
    ['in parts', { error: { details: [{}, { retryDelay: '1m0.5s' }] } }, 60_500],
    ['as a number of seconds', { error: { message: 'slow down', retry_after: 5 } }, 5_000],
    ['as a number in a text', { error: { message: 'slow down', retry_after: '2.5' } }, 2_500],
    ['in milliseconds', { error: { retry_after_ms: 700 } }, 700],
    ['in a name with humps', { retryAfterMs: '700', message: 'slow down' }, 700],
    ['beside the error', { error: 'slow down', retryAfter: '500ms' }, 500],
    ['in the metadata', { error: { message: 'x', metadata: { retry_after_seconds: 9 } } }, 9_000],
    ['in a sentence', { error: { message: 'Limit reached. Please try again in 1m30s. Visit the site.' } }, 90_000],
    ['in a sentence with words', { error: { message: 'Please retry after 26 seconds.' } }, 26_000],
    ['in another sentence', { detail: 'Too many requests: wait 250 ms and go on' }, 250],
    ['as Gemini words it', { error: { message: '* quota\nPlease retry in 17.25s.' } }, 17_250],
    ['as nonsense', { error: { retry_after: 'soon', message: 'x' } }, null],
    ['as less than nothing', { error: { retry_after: -3 } }, null],
    ['as an instant, of which there are two kinds', { error: { retry_after: 1_795_000_000 } }, null],
    ['as a number without a unit in a sentence', { error: { message: 'Retry after 3 attempts, then 26' } }, null],
    ['of something else', { error: { message: 'the request took 17s; try again later' } }, null],
  ])('is read %s', (_, body, expected) => {
    expect(errorBodyOf(body).retryAfterMs).toBe(expected)
  })

  it('is read in a line of text', () => {
    const facts = { body: Buffer.from('Rate limited, try again in 2s'), bodyKind: 'text' }
    expect(readErrorBody(facts).retryAfterMs).toBe(2_000)
  })
})
