// `npm run test:real`: the built terminal against real servers on this machine, which `shared/real/setup.sh` beside the checkout brings.
// Ends with one line, `N passed, N failed`. What the machine lacks is said by name and counts as failed, unless `--lacking-ok`, with
// which something must still have passed.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import path from 'node:path'
import { checks, writeInputs } from '../test/real/checks.mjs'
import { mockKey } from '../test/real/decisions.mjs'
import {
  freePort,
  gatewayKey,
  startJevcompat,
  startLiteLlm,
  startLlamaServer,
  startSparrow,
} from '../test/real/servers.mjs'
import { Terminal } from '../test/real/terminal.mjs'

const root = path.dirname(import.meta.dirname)
const real = process.env.LLM_PROVIDERS_REAL ?? path.join(homedir(), '.cache', 'llm-providers', 'real')
/** Words of the names of checks: only those are run, after the ones that connect. */
const words = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const isLackingOk = process.argv.includes('--lacking-ok')
const places = {
  'llama-server': 'llama-server',
  'model.gguf': 'model.gguf',
  'decision.gguf': 'decision.gguf',
  litellm: 'gateway/bin/litellm',
  'sparrow-decider': 'decision/bin/sparrow-decider',
  jevcompat: 'decision/bin/jevcompat',
}
const lacking = new Set(Object.keys(places).filter((part) => !existsSync(path.join(real, places[part]))))

const cli = path.join(root, 'dist', 'cli.js')
const built = spawnSync(process.execPath, ['esbuild.mjs'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
if (built.status !== 0) {
  console.log('FAIL the terminal was not built\n0 passed, 1 failed')
  process.exit(1)
}

const folder = mkdtempSync(path.join(tmpdir(), 'llm-providers-real-'))
const terminal = new Terminal(cli, folder, {
  REAL_GATEWAY_KEY: gatewayKey,
  REAL_MOCK_KEY: mockKey,
  REAL_WRONG_KEY: `not-${mockKey}`,
})
const machine = {
  terminal,
  real,
  folder,
  llama: { port: await freePort(), server: null },
  gateway: { port: await freePort() },
  /** Of the servers whose models decide, by their providers; `faulty`: free for those that are started by a check. */
  ports: {
    sparrow: await freePort(),
    jev: await freePort(),
    'llama-decides': await freePort(),
    faulty: await freePort(),
  },
  deciders: [],
}
const counts = { passed: 0, failed: 0, lacking: 0 }

let isEnding = false
async function end() {
  isEnding = true
  terminal.killAll()
  const servers = [machine.gateway.server, ...machine.deciders]
  await Promise.all([machine.llama.server?.stop('SIGKILL'), ...servers.map((server) => server?.stop())])
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void end().then(() => process.exit(130)))

/** A server that does not start is what fails; the checks that need it are told. */
async function startServers() {
  const backend = `http://127.0.0.1:${machine.llama.port}/v1`
  const has = (...parts) => parts.every((part) => !lacking.has(part))
  const start = async (parts, name, begin) => {
    if (!has(...parts)) return null
    return await begin().catch((error) => {
      fail(`${name} starts`, error)
      for (const part of parts) lacking.add(part)
      return null
    })
  }
  const llama = start(['llama-server', 'model.gguf'], 'llama-server', () =>
    startLlamaServer(real, folder, { port: machine.llama.port }),
  )
  const gateway = start(['litellm'], 'LiteLLM', () =>
    startLiteLlm(real, folder, { port: machine.gateway.port, backend }),
  )
  const { ports } = machine
  const deciders = [
    start(['sparrow-decider'], 'sparrow-decider', () => startSparrow(real, folder, { port: ports.sparrow })),
    start(['jevcompat'], 'jevcompat', () => startJevcompat(real, folder, { port: ports.jev })),
    start(['llama-server', 'decision.gguf'], 'llama-server with a decision model', () =>
      startLlamaServer(real, folder, { port: ports['llama-decides'], decides: true }),
    ),
  ]
  machine.deciders = await Promise.all(deciders)
  machine.llama.server = await llama
  machine.gateway.server = await gateway
}

function fail(name, error) {
  counts.failed++
  console.log(`FAIL ${name}: ${error.message.split('\n').slice(0, 6).join(' ')}`)
}

async function runCheck({ name, needs, run }) {
  const missing = needs.filter((part) => lacking.has(part))
  if (missing.length > 0) {
    counts.lacking++
    console.log(`LACK ${name}: needs ${missing.join(' and ')}`)
    return
  }
  const startedAt = Date.now()
  const notes = []
  try {
    await run({ ...machine, note: (text) => notes.push(text) })
    counts.passed++
    console.log(`ok   ${name} (${[`${Math.round((Date.now() - startedAt) / 1000)} s`, ...notes].join('; ')})`)
  } catch (error) {
    if (!isEnding) fail(name, error)
  }
}

for (const part of lacking)
  console.log(`missing ${part}: ${path.join(real, places[part])} is not there (setup.sh brings it)`)
try {
  writeInputs(folder)
  await startServers()
  const isWanted = ({ name, connects }) => words.length === 0 || connects || words.some((word) => name.includes(word))
  for (const check of checks.filter(isWanted)) await runCheck(check)
} finally {
  await end()
}
if (counts.lacking > 0) console.log(`${counts.lacking} not run: this machine lacks ${[...lacking].join(', ')}`)
if (!isLackingOk) counts.failed += counts.lacking
if (counts.passed === 0 && counts.failed === 0) counts.failed = 1
console.log(`${counts.passed} passed, ${counts.failed} failed`)
process.exitCode = counts.failed > 0 ? 1 : 0
