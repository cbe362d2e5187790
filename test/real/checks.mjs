// What must hold with a real server and a real small model. It judges poorly: only the form of its answers is looked at, never the sense.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { startLlamaServer } from './servers.mjs'

const subjects = ['card', 'transfer', 'refund', 'top-up', 'PIN']
const texts = Array.from(
  { length: 20 },
  (_, index) => `Ticket ${index + 1}: my ${subjects[index % subjects.length]} did not work on day ${index + 1}.`,
)

export function writeInputs(folder) {
  const rows = (list) => list.map((text, index) => `${JSON.stringify({ id: `t${index + 1}`, text })}\n`).join('')
  writeFileSync(path.join(folder, 'items.jsonl'), rows(texts))
  writeFileSync(path.join(folder, 'long.jsonl'), rows(['word '.repeat(30_000), texts[0]]))
  const profile =
    'categories:\n  - name: Cards\n  - name: Transfers\n  - name: Refunds\ninterests: things that do not work\n'
  writeFileSync(
    path.join(folder, 'profile.yaml'),
    `${profile}limits:\n  categorize_chars: 200000\n  score_chars: 200000\n`,
  )
}

const runWords = (input, provider, model, output, ...more) => [
  ...['run', input, '--profile', 'profile.yaml', '--provider', provider, '--model', model],
  ...['--output', output, '--yes', '--stop-failed', 'never', '--stop-invalid', 'never', ...more],
]

/** Every item has exactly one result, and the file, the run and its counts say the same. */
function assertWhole(run, results, items) {
  const { ok, failed, skipped, waiting } = run.counts
  assert.deepEqual({ done: ok + failed + skipped, waiting }, { done: items, waiting: 0 })
  assert.deepEqual(new Set(results.map(({ id }) => id)).size, items, 'an item has no result, or two')
  assert.equal(results.filter(({ status }) => status === 'ok').length, ok)
}

async function newestRun(terminal) {
  return (await terminal.json(['run', 'list', '--limit', '1'])).rows[0]
}

/** Until so many calls were answered, by what the run itself tells others. */
async function whenBusy(terminal, calls, deadline = Date.now() + 300_000) {
  for (;;) {
    const run = await newestRun(terminal)
    if (run?.state === 'running' && run.spent.calls >= calls) return run
    assert.ok(Date.now() < deadline, `after five minutes the run is ${run?.state} with ${run?.spent.calls} calls`)
    // Each look is a process, which takes its time from the model.
    await new Promise((resolve) => setTimeout(resolve, 1000))
  }
}

/** In order: the later ones need what the earlier ones have made. `needs`: parts that the machine must have. */
export const checks = [
  {
    name: 'llama-server is listed and tested',
    connects: true,
    needs: ['llama-server', 'model.gguf'],
    async run({ terminal, llama }) {
      const base = `base_url=http://127.0.0.1:${llama.port}/v1`
      await terminal.json(['provider', 'add', 'llama', '--kind', 'openai-compatible', '--set', base])
      const listed = await terminal.run(['provider', 'models', 'llama'])
      assert.match(listed.out, /smollm2/)
      assert.equal((await terminal.run(['provider', 'test', 'llama'])).code, 0)
    },
  },
  {
    name: 'its model is probed, and the probe ends',
    needs: ['llama-server', 'model.gguf'],
    async run({ terminal }) {
      const { code, out, err } = await terminal.run(['model', 'test', 'llama', 'smollm2', '--probe', '--yes'], {
        minutes: 10,
      })
      assert.notEqual(code, null, 'the probe does not end')
      assert.notEqual(code, 1, `a bug: ${(err || out).slice(-300)}`)
    },
  },
  {
    name: '20 items are categorized and scored',
    needs: ['llama-server', 'model.gguf'],
    async run({ terminal, note }) {
      const { run } = await terminal
        .json(runWords('items.jsonl', 'llama', 'smollm2', 'all.jsonl'), { minutes: 10 })
        .catch(onlyFailed)
      const done = run ?? (await newestRun(terminal))
      assertWhole(done, terminal.results('all.jsonl'), 20)
      note(
        `${done.counts.ok} of 20 in form, ${done.spent.calls} calls, ${done.spent.input} tokens in, ${done.spent.output} out`,
      )
      assert.ok(done.counts.ok > 0, 'no item was answered in form')
    },
  },
  {
    name: 'a run that is cancelled from another terminal is told so, keeps what is finished and goes on',
    needs: ['llama-server', 'model.gguf'],
    async run({ terminal }) {
      const started = terminal.start(runWords('items.jsonl', 'llama', 'smollm2', 'cancelled.jsonl', '--fresh'), {
        minutes: 8,
      })
      const busy = await whenBusy(terminal, 3)
      const cancelled = await terminal.json(['run', 'cancel', busy.runId])
      assert.equal(cancelled.state, 'cancelled')
      assert.equal((await started.finished).code, 130)
      const { ok, failed } = cancelled.counts
      assert.equal(terminal.results('cancelled.jsonl').length, ok + failed)
      const resumed = await terminal.run(['run', 'resume', busy.runId, '--yes'], { minutes: 10 })
      assert.ok([0, 4].includes(resumed.code), resumed.err.slice(-300))
      assertWhole(await newestRun(terminal), terminal.results('cancelled.jsonl'), 20)
    },
  },
  {
    name: 'what a killed terminal had finished is a file, and is not asked again by the same command',
    needs: ['llama-server', 'model.gguf'],
    async run({ terminal, note }) {
      const words = runWords('items.jsonl', 'llama', 'smollm2', 'killed.jsonl', '--batch-size', '2')
      const started = terminal.start([...words, '--fresh'], { minutes: 10 })
      await whenBusy(terminal, 6)
      started.process.kill('SIGKILL')
      await started.finished
      const dead = await newestRun(terminal)
      assert.equal(dead.state, 'interrupted')
      const { ok, failed } = dead.counts
      assert.equal(terminal.results('killed.jsonl').length, ok + failed)
      const again = await terminal.run(words, { minutes: 10 })
      assert.ok([0, 4].includes(again.code), again.err.slice(-300))
      const run = await newestRun(terminal)
      assertWhole(run, terminal.results('killed.jsonl'), 20)
      assert.ok((run.counts.reused ?? 0) >= ok, `${run.counts.reused} of ${ok} were taken over`)
      note(`${ok} finished before the kill, ${run.counts.reused ?? 0} taken over`)
    },
  },
  {
    name: 'an item that is too long fails alone, with its reason',
    needs: ['llama-server', 'model.gguf'],
    async run({ terminal }) {
      await terminal.run(runWords('long.jsonl', 'llama', 'smollm2', 'long.out.jsonl', '--batch-size', '1'), {
        minutes: 5,
      })
      const [long] = terminal.results('long.out.jsonl')
      assert.deepEqual([long?.status, long?.error?.code], ['failed', 'context_too_long'])
    },
  },
  {
    name: 'the server is killed and started again under a run',
    needs: ['llama-server', 'model.gguf'],
    async run({ terminal, llama, real, folder }) {
      const started = terminal.start(runWords('items.jsonl', 'llama', 'smollm2', 'restarted.jsonl', '--fresh'), {
        minutes: 8,
      })
      await whenBusy(terminal, 2)
      await llama.server.stop('SIGKILL')
      llama.server = await startLlamaServer(real, folder, { port: llama.port })
      const { code, err } = await started.finished
      assert.ok([0, 4].includes(code), err.slice(-300))
      assertWhole(await newestRun(terminal), terminal.results('restarted.jsonl'), 20)
    },
  },
  {
    name: 'LiteLLM is listed',
    connects: true,
    needs: ['litellm'],
    async run({ terminal, gateway }) {
      const base = `base_url=http://127.0.0.1:${gateway.port}/v1`
      const words = ['provider', 'add', 'gateway', '--kind', 'openai-compatible', '--preset', 'litellm', '--set', base]
      await terminal.json([...words, '--key-env', 'REAL_GATEWAY_KEY'])
      const listed = await terminal.run(['provider', 'models', 'gateway'])
      assert.match(listed.out, /smol/)
    },
  },
  {
    name: 'a model behind LiteLLM categorizes and scores',
    needs: ['litellm', 'llama-server', 'model.gguf'],
    async run({ terminal, note }) {
      const { code, err } = await terminal.run(
        runWords('items.jsonl', 'gateway', 'smol', 'gateway.jsonl', '--limit', '5'),
        { minutes: 10 },
      )
      assert.ok([0, 4].includes(code), err.slice(-300))
      const run = await newestRun(terminal)
      assertWhole(run, terminal.results('gateway.jsonl'), 5)
      note(`${run.counts.ok} of 5 in form`)
      assert.ok(run.counts.ok > 0, 'no item was answered in form')
    },
  },
  {
    name: 'a gateway whose backend is gone stops the run with a reason, and every item can still be judged',
    needs: ['litellm'],
    async run({ terminal, llama }) {
      await llama.server?.stop('SIGKILL')
      const words = runWords(
        'items.jsonl',
        'gateway',
        'smol',
        'gone.jsonl',
        '--fresh',
        '--limit',
        '2',
        '--stop-after',
        '20s',
      )
      const { code, err } = await terminal.run(words, { minutes: 4 })
      assert.ok([3, 4].includes(code), `exit ${code}: ${err.slice(-300)}`)
      assert.match(err, /Stopped|failed/)
    },
  },
]

/** A run of which some items failed is still a document; one that stopped is looked up. */
function onlyFailed(error) {
  if (/no JSON/.test(error.message)) throw error
  return {}
}
