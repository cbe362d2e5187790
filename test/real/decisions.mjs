// What must hold with real servers whose models decide: a tiny one, a conforming mock with all its faults, and llama-server's own. They
// judge poorly: that each answer is taken as it was given is looked at, never the sense.
import assert from 'node:assert/strict'
import { assertEnded, assertWhole, newestRun, prepareRun, ticketsOf } from './runs.mjs'
import { faultsOf, startForwarder, startJevcompat } from './servers.mjs'

/** The servers; `slowMs`: how long each answer is held back, so that there is a middle of a run. */
export const deciders = [
  { name: 'sparrow-decider', provider: 'sparrow', kind: 'typesafe', needs: ['sparrow-decider'], items: 60, slowMs: 40 },
  { name: 'jevcompat', provider: 'jev', kind: 'typesafe', needs: ['jevcompat'], items: 60, slowMs: 40 },
  {
    name: 'llama-server with a decision model',
    provider: 'llama-decides',
    kind: 'openai-compatible',
    path: '/v1',
    needs: ['llama-server', 'decision.gguf'],
    items: 12,
    slowMs: 0,
  },
]

/** In order: the later ones need what the first one has made. */
const checksOfDecider = [
  {
    name: 'its model is listed as one that decides, and the connection tested',
    connects: true,
    async run({ terminal, ports }, { provider, kind, path = '' }) {
      const address = `base_url=http://127.0.0.1:${ports[provider]}${path}`
      await terminal.json(['provider', 'add', provider, '--kind', kind, '--set', address])
      const models = await terminal.json(['provider', 'models', provider])
      assert.ok(models.length > 0 && models.every(({ type }) => type === 'decision'), JSON.stringify(models))
      const tested = await terminal.run(['provider', 'test', provider])
      assert.equal(tested.code, 0, tested.err)
    },
  },
  {
    name: 'its model is tested and probed with a question each, and decides by hand',
    async run({ terminal, note }, way) {
      const model = await modelOf(terminal, way)
      for (const more of [[], ['--probe']]) {
        const tested = await terminal.run(['model', 'test', way.provider, model, ...more, '--yes'])
        assert.equal(tested.code, 0, (tested.err || tested.out).slice(-300))
      }
      const { answers } = await decideByHand(terminal, `${way.provider}/${model}`)
      assert.deepEqual(
        answers.map(({ type }) => type),
        ['choice', 'score', 'predicate'],
      )
      const [{ choice, probabilities }] = answers
      assert.deepEqual(Object.keys(probabilities), options)
      assert.equal(probabilities[choice], Math.max(...Object.values(probabilities)))
      note(`${choice} ${probabilities[choice].toFixed(2)}`)
    },
  },
  {
    name: 'items are categorized and scored in one request, and a second one for further categories',
    async run({ terminal, note, ...machine }, way) {
      const { words, results, items } = await prepareDeciding({ terminal, ...machine }, way, 'all')
      assertEnded(await terminal.run(words, { minutes: 10 }))
      const run = await newestRun(terminal)
      const records = terminal.results(results)
      assertWhole(run, records, items)
      assert.equal(run.counts.ok, items)
      assert.ok(run.spent.calls >= items && run.spent.calls <= 2 * items, `${run.spent.calls} calls`)
      for (const { categories, confidence, probabilities, receipts } of records) {
        assert.ok(categories.every((name) => name in probabilities))
        assert.equal(receipts.categorization.outputMode, 'decisions')
        if (categories.length > 0) assert.equal(confidence, probabilities[categories[0]])
      }
      const judged = records.filter(({ categories }) => categories.length > 0).length
      note(`${items} in form, ${judged} with a category, ${run.spent.calls} calls, ${run.spent.input} tokens in`)
    },
  },
  ...['the same command', 'run resume'].map((how) => ({
    name: `a run that was killed goes on by ${how}, and asks again only what was under way`,
    async run({ terminal, ...machine }, way) {
      const name = how.replace(/\W/g, '-')
      const prepared = await prepareDeciding({ terminal, ...machine }, way, name, '--concurrency', '2')
      const forwarder = await startForwarder(machine.ports[way.provider], way.slowMs)
      try {
        await terminal.json(['provider', 'set', way.provider, `base_url=${forwarder.origin}${way.path ?? ''}`])
        await killAndGoOn({ terminal, ...machine }, { ...prepared, forwarder, how })
      } finally {
        await forwarder.close()
        const address = `http://127.0.0.1:${machine.ports[way.provider]}${way.path ?? ''}`
        await terminal.json(['provider', 'set', way.provider, `base_url=${address}`])
      }
    },
  })),
]

async function killAndGoOn({ terminal, note }, { words, results, items, forwarder, how }) {
  const started = terminal.start(words, { minutes: 5 })
  await Promise.race([forwarder.arrived(Math.ceil(items / 2)), started.finished])
  started.process.kill('SIGKILL')
  const { code } = await started.finished
  assert.equal(code, null, `the run was over before it was in the middle: ${code}`)
  const before = new Set(forwarder.asked)
  const dead = await newestRun(terminal)
  assert.equal(dead.state, 'interrupted')
  const again = how === 'run resume' ? ['run', 'resume', dead.runId, '--yes'] : words
  assertEnded(await terminal.run(again, { minutes: 10 }))
  const run = await newestRun(terminal)
  assertWhole(run, terminal.results(results), items)
  assert.equal(run.counts.ok, items)
  const repeated = forwarder.asked.length - new Set(forwarder.asked).size
  note(`${before.size} asked before, ${repeated} asked again`)
  // Two were under way, and the answers of two more may have been on their way to the disk.
  assert.ok(repeated <= 4, `${repeated} were asked again`)
}

const options = ['Bug report', 'Größe é', 'praise']

async function decideByHand(terminal, model) {
  const asked = [...['--choice', options.join(',')], ...['--score', 'bad,fair,good'], ...['--yes-no', 'Is it urgent?']]
  return await terminal.json(['decide', 'The window stays empty after the update', '--model', model, ...asked])
}

async function modelOf(terminal, { provider }) {
  const models = await terminal.json(['provider', 'models', provider])
  return models[0].model
}

async function prepareDeciding(machine, way, name, ...more) {
  const model = await modelOf(machine.terminal, way)
  return prepareRun(machine, { ...way, model }, name, ticketsOf(`${way.provider} ${name}`, way.items), ...more)
}

/** How each fault of the mock has to end: with this reason, or else with the answers of the mock without faults. */
const reasonsOfFaults = {
  'wrong-route': 'ask_unsupported',
  'xssi-200': 'invalid_response',
  'reject-jev-latest': 'model_missing',
  'first-question-only': 'invalid_response',
  'extra-answer': 'invalid_response',
  nan: 'invalid_response',
  'noul-range': 'invalid_response',
  'choice-sum': 'invalid_response',
  'choice-second': 'invalid_response',
  'legend-1-based': 'invalid_response',
  'score-keys-1-based': 'invalid_response',
  'score-sum': 'invalid_response',
  'score-argmax': 'invalid_response',
}
/** With the key that the mock asks for, or a wrong one. */
const reasonsOfKeys = [
  { fault: null, key: 'right', reason: null },
  { fault: null, key: 'wrong', reason: 'auth_failed' },
  { fault: 'auth-x-api-key', key: 'right', reason: 'auth_failed' },
  { fault: 'auth-plain', key: 'none', reason: 'auth_failed' },
  { fault: 'auth-invalid-403-text', key: 'wrong', reason: 'auth_failed' },
]
/** The model itself answers something else: that cannot be seen in an answer. */
const otherModels = new Set(['id-leaks', 'batch-leaks', 'order-leaks'])

const withoutTheirs = (answers) => answers.map(({ serverConfidence: _, ...answer }) => answer)

export const faultChecks = [
  {
    name: 'jevcompat: each of its faults ends in a typed reason or in the right answers',
    needs: ['jevcompat'],
    async run({ terminal, ports, real, folder, note }) {
      const port = ports.faulty
      const address = `base_url=http://127.0.0.1:${port}`
      await terminal.json(['provider', 'add', 'faulty', '--kind', 'typesafe', '--set', address])
      const play = async (faults) => {
        const mock = await startJevcompat(real, folder, { port, faults })
        return await decideByHand(terminal, 'faulty/jev-latest')
          .then(
            ({ answers }) => ({ answers: withoutTheirs(answers) }),
            (error) => ({ code: error.code, error }),
          )
          .finally(() => mock.stop())
      }
      const right = await play([])
      assert.ok(right.answers, right.error?.message)
      const faults = faultsOf(real)
      const counts = { reason: 0, right: 0, other: 0 }
      for (const fault of faults) {
        const { answers, code, error } = await play([fault])
        const wanted = reasonsOfFaults[fault]
        if (wanted !== undefined) {
          assert.equal(code, wanted, `${fault}: ${error?.message ?? JSON.stringify(answers)}`)
          counts.reason++
        } else if (otherModels.has(fault)) {
          assert.ok(answers, `${fault}: ${error?.message}`)
          counts.other++
        } else {
          assert.deepEqual(answers, right.answers, `${fault}: ${error?.message}`)
          counts.right++
        }
      }
      note(`${faults.length} faults: ${counts.reason} with their reason, ${counts.right} answered rightly all the same`)
      note(`${counts.other} that make another model of it: ${[...otherModels].join(', ')}`)
      for (const { fault, key, reason } of reasonsOfKeys) {
        const mock = await startJevcompat(real, folder, { port, faults: fault ? [fault] : [], key: mockKey })
        try {
          await assertKey({ terminal, address }, { key, reason, what: `${fault ?? 'no fault'}, key ${key}` })
        } finally {
          await mock.stop()
        }
      }
    },
  },
]

export const mockKey = 'only-on-this-machine'

async function assertKey({ terminal, address }, { key, reason, what }) {
  const given = { right: ['--key-env', 'REAL_MOCK_KEY'], wrong: ['--key-env', 'REAL_WRONG_KEY'], none: [] }[key]
  const provider = `keyed-${what.replace(/\W+/g, '-')}`
  await terminal.json(['provider', 'add', provider, '--kind', 'typesafe', '--set', address, ...given])
  const code = await decideByHand(terminal, `${provider}/jev-latest`).then(
    () => null,
    (error) => error.code,
  )
  assert.equal(code, reason, what)
}

export const decisionChecks = [
  ...deciders.flatMap((way) =>
    checksOfDecider.map(({ name, run, ...check }) => ({
      ...check,
      name: `${way.name}: ${name}`,
      needs: way.needs,
      run: (machine) => run(machine, way),
    })),
  ),
  ...faultChecks,
]
