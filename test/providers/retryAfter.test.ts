import { describe, expect, it } from 'vitest'
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
    ['a unit', { 'retry-after': '30s' }, null],
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
