// What must hold with a real server and a real small model. It judges poorly: only the form of its answers is looked at, never the sense.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { startLlamaServer } from './servers.mjs'

const subjects = ['card', 'transfer', 'refund', 'top-up', 'PIN']
/** No check has texts of another one: what one of them has judged is asked again by none of the others, and would be taken over. */
const ticketsOf = (name, count) =>
  Array.from({ length: count }, (_, index) => {
    const subject = subjects[index % subjects.length]
    return `Ticket ${index + 1} of ${name}: my ${subject} did not work on day ${index + 1}.`
  })
const profile =
  'categories:\n  - name: Cards\n  - name: Transfers\n  - name: Refunds\ninterests: things that do not work\n'

export function writeInputs(folder) {
  const limits = 'limits:\n  categorize_chars: 200000\n  score_chars: 200000\n'
  writeFileSync(path.join(folder, 'profile.yaml'), `${profile}${limits}`)
}

/** A file of its own for a check, and the words of a run over it. */
function prepareRun({ folder }, { provider, model }, name, texts, ...more) {
  const input = `${provider}-${name}.jsonl`
  const rows = texts.map((text, index) => `${JSON.stringify({ id: `t${index + 1}`, text })}\n`)
  writeFileSync(path.join(folder, input), rows.join(''))
  const results = `${provider}-${name}.results.jsonl`
  const words = [
    ...['run', input, '--profile', 'profile.yaml', '--provider', provider, '--model', model, '--output', results],
    ...['--yes', '--stop-failed', 'never', '--stop-invalid', 'never', ...more],
  ]
  return { words, results, items: texts.length }
}

/** Every item has exactly one result, and the file, the run and its counts say the same. */
function assertWhole(run, results, items) {
  const { ok, failed, skipped, waiting } = run.counts
  assert.deepEqual({ done: ok + failed + skipped, waiting }, { done: items, waiting: 0 })
  assert.deepEqual(new Set(results.map(({ id }) => id)).size, items, 'an item has no result, or two')
  assert.equal(results.filter(({ status }) => status === 'ok').length, ok)
}

/** A run ends with 0, or with 4 where items failed. */
function assertEnded({ code, err }) {
  assert.ok([0, 4].includes(code), `exit ${code}: ${err.slice(-300)}`)
}

async function newestRun(terminal) {
  return (await terminal.json(['run', 'list', '--limit', '1'])).rows[0]
}

/** Until the run tells others that it has come so far; `started` must still be running then. */
async function whenFar(terminal, started, isFar) {
  let isOver = false
  void started.finished.then(() => {
    isOver = true
  })
  const until = Date.now() + 300_000
  for (;;) {
    const run = await newestRun(terminal)
    if (run?.state === 'running' && isFar(run)) return run
    assert.ok(!isOver, `the run is over before it was in the middle: ${run?.state}`)
    assert.ok(Date.now() < until, `after five minutes the run is ${run?.state} with ${run?.spent.calls} calls`)
    // Each look is a process, which takes its time from the model.
    await new Promise((resolve) => setTimeout(resolve, 1500))
  }
}

const local = ['llama-server', 'model.gguf']
/** The two ways to the same model; `needs`: parts that the machine must have. */
const ways = [
  {
    name: 'llama-server',
    provider: 'llama',
    model: 'smollm2',
    needs: local,
    connection: ({ llama }) => ['--set', `base_url=http://127.0.0.1:${llama.port}/v1`],
  },
  {
    name: 'LiteLLM in front of llama-server',
    provider: 'gateway',
    model: 'smol',
    needs: ['litellm', ...local],
    connection: ({ gateway }) => [
      ...['--preset', 'litellm', '--set', `base_url=http://127.0.0.1:${gateway.port}/v1`],
      ...['--key-env', 'REAL_GATEWAY_KEY'],
    ],
  },
]

/** In order: the later ones need what the earlier ones have made. */
const checksOfWay = [
  {
    name: 'its model is listed, and the connection tested',
    connects: true,
    async run({ terminal, ...machine }, { provider, model, connection }) {
      await terminal.json(['provider', 'add', provider, '--kind', 'openai-compatible', ...connection(machine)])
      const { out } = await terminal.run(['provider', 'models', provider])
      assert.match(out, new RegExp(`\\b${model}\\b`))
      const tested = await terminal.run(['provider', 'test', provider])
      assert.equal(tested.code, 0, tested.err)
    },
  },
  {
    name: 'its model is probed, and answers five items in a call',
    async run({ terminal }, { provider, model }) {
      const { code, out, err } = await terminal.run(['model', 'test', provider, model, '--probe', '--yes'], {
        minutes: 10,
      })
      assert.equal(code, 0, (err || out).slice(-300))
      assert.match(out, /five items/)
    },
  },
  {
    name: '20 items are categorized and scored in form',
    async run({ terminal, note, ...machine }, way) {
      const { words, results, items } = prepareRun(machine, way, 'all', ticketsOf('all', 20))
      assertEnded(await terminal.run(words, { minutes: 10 }))
      const { counts, spent, ...run } = await newestRun(terminal)
      assertWhole({ counts, spent, ...run }, terminal.results(results), items)
      note(`${counts.ok} in form, ${spent.calls} calls, ${spent.input} tokens in, ${spent.output} out`)
      assert.equal(counts.ok, items)
    },
  },
  {
    name: 'a run that is cancelled from another terminal is told so, keeps what is finished and goes on',
    async run({ terminal, ...machine }, way) {
      const texts = ticketsOf('cancelled', 6)
      const { words, results, items } = prepareRun(machine, way, 'cancelled', texts, '--batch-size', '2')
      const started = terminal.start(words, { minutes: 8 })
      const far = await whenFar(terminal, started, ({ spent }) => spent.calls >= 2)
      const cancelled = await terminal.json(['run', 'cancel', far.runId])
      assert.equal(cancelled.state, 'cancelled')
      assert.equal((await started.finished).code, 130)
      const { ok, failed } = cancelled.counts
      assert.equal(terminal.results(results).length, ok + failed)
      assertEnded(await terminal.run(['run', 'resume', far.runId, '--yes'], { minutes: 10 }))
      assertWhole(await newestRun(terminal), terminal.results(results), items)
    },
  },
  {
    name: 'what a killed terminal had finished is a file, and is not asked again by the same command',
    async run({ terminal, note, ...machine }, way) {
      const { words, results, items } = prepareRun(
        machine,
        way,
        'killed',
        ticketsOf('killed', 8),
        ...[...['--batch-size', '2', '--concurrency', '2']],
      )
      const started = terminal.start(words, { minutes: 10 })
      await whenFar(terminal, started, ({ counts }) => counts.ok >= 2)
      started.process.kill('SIGKILL')
      await started.finished
      const dead = await newestRun(terminal)
      assert.equal(dead.state, 'interrupted')
      const { ok, failed } = dead.counts
      assert.equal(terminal.results(results).length, ok + failed)
      assertEnded(await terminal.run(words, { minutes: 10 }))
      const run = await newestRun(terminal)
      assertWhole(run, terminal.results(results), items)
      assert.ok((run.counts.reused ?? 0) >= ok, `${run.counts.reused} of ${ok} were taken over`)
      // No bound of the calls: an answer that this model rambled through is asked for again, which is as it should be.
      const calls = dead.spent.calls + run.spent.calls
      note(`${ok} finished before, ${run.counts.reused} taken over, ${calls} calls for ${items} that are needed`)
    },
  },
  {
    name: 'an item that is too long fails alone, with its reason',
    async run({ terminal, ...machine }, way) {
      const texts = ['word '.repeat(30_000), ...ticketsOf('long', 1)]
      const { words, results } = prepareRun(machine, way, 'long', texts)
      assertEnded(await terminal.run(words, { minutes: 5 }))
      const found = terminal.results(results).map(({ status, error }) => [status, error?.code])
      assert.deepEqual(found, [
        ['failed', 'context_too_long'],
        ['ok', undefined],
      ])
    },
  },
  {
    name: 'the server is killed and started again under a run',
    async run({ terminal, ...machine }, way) {
      const texts = ticketsOf('restarted', 6)
      const { words, results, items } = prepareRun(machine, way, 'restarted', texts, '--batch-size', '2')
      const started = terminal.start(words, { minutes: 8 })
      await whenFar(terminal, started, ({ spent }) => spent.calls >= 2)
      const { llama, real, folder } = machine
      await llama.server.stop('SIGKILL')
      llama.server = await startLlamaServer(real, folder, { port: llama.port })
      assertEnded(await started.finished)
      const run = await newestRun(terminal)
      assertWhole(run, terminal.results(results), items)
      assert.equal(run.counts.ok, items, 'the outage failed items')
    },
  },
]

export const checks = [
  ...ways.flatMap((way) =>
    checksOfWay.map(({ name, run, ...check }) => ({
      ...check,
      name: `${way.name}: ${name}`,
      needs: way.needs,
      run: (machine) => run(machine, way),
    })),
  ),
  {
    name: 'a gateway whose backend is gone stops the run with a reason, and every item can still be judged',
    needs: ['litellm', ...local],
    async run({ terminal, ...machine }) {
      await machine.llama.server?.stop('SIGKILL')
      const [, way] = ways
      const { words } = prepareRun(machine, way, 'gone', ticketsOf('gone', 2), '--stop-after', '20s')
      const { code, err } = await terminal.run(words, { minutes: 4 })
      assert.ok([3, 4].includes(code), `exit ${code}: ${err.slice(-300)}`)
      assert.match(err, /Stopped|failed/)
      const { counts } = await newestRun(terminal)
      assert.deepEqual([counts.ok, counts.failed], [0, 0], 'an outage fails no item')
    },
  },
]
