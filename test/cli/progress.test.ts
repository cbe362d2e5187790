import { describe, expect, test } from 'vitest'
import { progressLine, startProgress } from '../../cli/runs/progress.ts'
import { recogniseFormat } from '../../cli/runs/spoolStdin.ts'
import type { RunProgress, RunView } from '../../protocol/runs.ts'
import { fakeTerminal } from '../support/cli/fakeTerminal.ts'
import { viewOfRun } from '../support/runs/viewOfRun.ts'

const startedAt = '2026-11-21T12:00:00.000Z'

function view(counts: Partial<RunView['counts']>, parkedUntil: string | null = null): RunView {
  const none = { total: null, ok: 0, failed: 0, skipped: 0, waiting: 0 }
  return viewOfRun({ startedAt, counts: { ...none, ...counts }, parkedUntil })
}

function after(seconds: number): Date {
  return new Date(Date.parse(startedAt) + seconds * 1000)
}

const figures = { total: 2000, isTotalExact: true, done: 1000, reused: 0, costUsd: 0, tokens: 0 }

function going(progress: Pick<RunProgress, 'rate' | 'secondsLeft'> & Partial<RunProgress>): RunView {
  return { ...view({}), progress: { ...figures, ...progress } }
}

const paid = going({ total: 3000, done: 575, reused: 48, rate: 12, secondsLeft: 202, costUsd: 0.04 })

describe('progress', () => {
  test.each<[string, RunView, number, string]>([
    ['before the first result', view({ total: 4 }), 0, '░░░░░░░░░░  0 of 4 · 0 %'],
    ['half way', going({ rate: 100, secondsLeft: 10 }), 10, '█████░░░░░  1,000 of 2,000 · 50 % · 100/s · 10 s left'],
    [
      'with what was reused, and its cost',
      paid,
      5,
      '██░░░░░░░░  575 of 3,000 · 19 % · 48 reused · 12/s · 3 min left · $0.04',
    ],
    ['with failures', view({ total: 4, ok: 1, failed: 1 }), 1, '█████░░░░░  2 of 4 · 50 % · 1 failed'],
    ['of a source without known end', view({ ok: 1200 }), 60, '1,200 done'],
    ['at the end', view({ total: 4, ok: 4 }), 60, '██████████  4 of 4 · 100 %'],
    [
      'while the provider asks to wait',
      view({ total: 4, ok: 1 }, '2026-11-21T12:01:30.000Z'),
      60,
      '██░░░░░░░░  1 of 4 · 25 % · the provider asks to wait 30.0 s more',
    ],
  ])('%s', (_name, run, seconds, line) => {
    const bar = /[█░]{11,}/
    const shown = progressLine(run, 200, after(seconds))
    const shorter = shown.replace(bar, (full) => {
      const tenths = Math.floor((full.replaceAll('░', '').length * 10) / full.length)
      return '█'.repeat(tenths) + '░'.repeat(10 - tenths)
    })
    expect(shorter).toBe(line)
  })

  test('gives up the bar, then the end of the line, where there is no room', () => {
    const run = view({ total: 2000, ok: 1000 })
    expect(progressLine(run, 60, after(1))).toMatch(/^█+░+ {2}1,000 of 2,000 · 50 %$/)
    expect(progressLine(run, 26, after(1))).toBe('1,000 of 2,000 · 50 %')
    for (const columns of [10, 20, 30, 40, 80]) {
      expect(progressLine(run, columns, after(60)).length).toBeLessThan(columns)
    }
  })
})

test('where stderr is no terminal, each long pause is one line and nothing else is told', () => {
  const terminal = fakeTerminal({ now: after(0) })
  const progress = startProgress(terminal)
  progress.show(view({ ok: 1 }))
  progress.show(view({ ok: 2 }, after(5).toISOString()))
  progress.show(view({ ok: 3 }, after(3600).toISOString()))
  progress.show(view({ ok: 3 }, after(3600).toISOString()))
  progress.show(view({ ok: 4 }))
  progress.stop()
  expect(terminal.err()).toBe('3 items done; the provider asks to wait 1 h 0 min more\n')
})

test.each([
  ['{"a":1}\n{"a":2}', [], 'jsonl'],
  ['\ufeff  {"a":1}', [], 'jsonl'],
  ['{\n  "a": 1\n}', [], 'json'],
  ['[{"a":1}]', [], 'json'],
  ['[info] a log line, with a comma', [], 'text'],
  ['id,text\n1,x', [], 'csv'],
  ['id;text\n1;x', [], 'text'],
  ['"Title","Other"\r\n1,x', [], 'csv'],
  ['nr\tbody\n1\tx', [], 'tsv'],
  ['Dear team, the text is here', [], 'text'],
  ['nr,words\n1,x', ['words'], 'csv'],
  ['nr,words\n1,x', ['body'], 'text'],
  ['', [], 'text'],
])('what begins with %j (fields %j) is taken for %s', (head, fields, format) => {
  expect(recogniseFormat(head, fields)).toBe(format)
})
