// The results of a long run, as somebody looks at them: the first page, the middle, sorted, filtered, searched.
import { fork } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream, mkdirSync } from 'node:fs'
import path from 'node:path'

const runId = '20261121t093000000z-bench0'

/** Times in milliseconds, memory in MB; the reader's peak is that of a process that does nothing else. */
export async function measureResults({ scratch, results }) {
  const dataDir = path.join(scratch, 'results-data')
  const journalBytes = await writeJournal(dataDir, results)
  const reader = fork(path.join(import.meta.dirname, '..', 'resultReader.mjs'), [dataDir, runId], {
    execArgv: ['--no-warnings'],
  })
  const exited = once(reader, 'exit').then(() => [null])
  const [figures] = await Promise.race([once(reader, 'message'), exited])
  if (figures === null) throw new Error('the reader of the results ended without figures')
  return { ...figures, journalMb: journalBytes / 2 ** 20, bytesPerResult: (figures.columnsMb * 2 ** 20) / results }
}

/** Nearly in the order of the source, as several workers leave it. */
async function writeJournal(dataDir, results) {
  mkdirSync(path.join(dataDir, 'runs'), { recursive: true })
  const out = createWriteStream(path.join(dataDir, 'runs', `${runId}.journal.jsonl`))
  let bytes = 0
  const write = async (line) => {
    bytes += line.length
    if (!out.write(line)) await once(out, 'drain')
  }
  await write(`${JSON.stringify(header())}\n`)
  for (let number = 0; number < results; number += 1) {
    const at = Math.min(results - 1, number + (number % 10 < 5 ? 5 : -5))
    const hash = createHash('sha256').update(String(at)).digest('hex')
    const result = JSON.stringify(resultOf(at, hash))
    await write(`{"kind":"item","key":"${hash.slice(0, 24)}","at":${at},"result":${result}}\n`)
  }
  out.end()
  await once(out, 'finish')
  return bytes
}

function header() {
  const route = {
    provider: 'bench',
    kind: 'openai-compatible',
    model: 'instant',
    endpoint: null,
    options: {},
    rule: 'route',
  }
  return {
    kind: 'run',
    version: 1,
    runId,
    request: { tasks: ['categorization', 'scoring'], source: { kind: 'paths', paths: ['/items.jsonl'] } },
    routes: ['categorization', 'scoring'].map((task) => ({ task, ...route })),
    profile: { categories: [{ name: 'Technology' }], interests: '', anti_interests: '' },
    inputs: [],
    resultsPath: null,
    startedAt: '2026-11-21T09:30:00.000Z',
  }
}

const names = ['Technology', 'Science', 'Business', 'Culture', 'Health', 'Politics', 'Education', 'Entertainment']

function resultOf(at, hash) {
  const category = names[at % names.length]
  const second = names[(at >> 3) % names.length]
  return {
    runId,
    id: `item-${at}`,
    inputHash: hash,
    status: at % 97 === 0 ? 'failed' : 'ok',
    categories: category === second ? [category] : [category, second],
    confidence: (at % 100) / 100,
    suggested: { names: [], parent: null },
    interest: at % 11,
    quality: at % 7,
    reasoning:
      'It is about a build that fails since the cache of the compiler was updated, which is what was asked for.',
    score: (at % 201) / 10,
    blockedBy: null,
    error: at % 97 === 0 ? { code: 'timeout', message: 'There was no answer in time.' } : null,
    // Five items a call: they share its receipt.
    receipts: { categorization: receipt(Math.floor(at / 5)), scoring: receipt(Math.floor(at / 5)) },
  }
}

function receipt(call) {
  const hash = 'd'.repeat(64)
  return {
    ...{ provider: 'bench', kind: 'openai-compatible', model: 'instant', endpoint: 'http://127.0.0.1:1/v1' },
    ...{ rule: 'route', promptHash: hash, profileHash: hash, optionsHash: hash, outputMode: 'schema', batch: 5 },
    ...{
      attempts: 1,
      latencyMs: 5 + (call % 50) + 0.123456789,
      usage: { input: 900, output: 200, cached: 0, reasoning: null },
    },
    ...{ costUsd: 0.0001, at: '2026-11-21T09:30:00.000Z' },
  }
}
