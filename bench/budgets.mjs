// `npm run bench`: what we promise, measured, beside its limit and beside others in the same run. It asserts nothing about time:
// it ends with an error only when something did not run.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import Table from 'cli-table3'
import { measureActivation, measureBundle, measurePackage } from './figures/clientFigures.mjs'
import { measureNearest } from './figures/knowledgeFigures.mjs'
import { measureDeath, measurePanel } from './figures/panelFigures.mjs'
import { buildPeers } from './figures/peers.mjs'
import { measureProbes } from './figures/probeFigures.mjs'
import { measureRuns } from './figures/runFigures.mjs'
import {
  makeDatabase,
  measureDurableChange,
  measureIdleMemory,
  measureRoundTrip,
  measureStart,
} from './figures/serverFigures.mjs'
import { measureLongList, measureStatusWithDeadEndpoints } from './figures/statusFigures.mjs'
import { endAll } from './processes.mjs'

const root = path.resolve(import.meta.dirname, '..')
const scratch = mkdtempSync(path.join(os.tmpdir(), 'llm-providers-bench-'))
const started = performance.now()
const table = new Table({
  head: ['what', 'measured', 'limit', '', 'beside, in the same run'],
  colWidths: [40, 18, 26, 10, 64],
  wordWrap: true,
  style: { head: [], border: [] },
})
const probes = new Table({
  head: [
    'probe of',
    'calls told',
    'schema held',
    'schema ignored',
    'tokens told: in, out',
    'held: in, out',
    'ignored: in, out',
  ],
  style: { head: [], border: [] },
})
let hasFailed = false
/** Before we add to it. */
const [load] = os.loadavg()

process.once('exit', () => {
  endAll()
  rmSync(scratch, { recursive: true, force: true })
})
// Who has no more time sees what there is by then.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(signal, () => {
    add(['the rest', 'did not run', '', 'FAIL', `it was ended by ${signal}`])
    print()
    process.exit(130)
  })
}
await measureAll()
print()
process.exitCode = hasFailed ? 1 : 0

/** At once, since the whole takes minutes, and in the table at the end. */
function add(cells) {
  table.push(cells)
  console.error(`  ${cells.filter((cell) => cell !== '').join(' | ')}`)
}

function print() {
  console.log(table.toString())
  if (probes.length > 0)
    console.log(
      `${probes.toString()}\nTold are calls and tokens at most, before anything is sent; beside them those of a scripted server, characters / 4 of whole bodies.`,
    )
  console.log(
    `${os.availableParallelism()} cores, Node ${process.version}, ${((performance.now() - started) / 1000).toFixed(0)} s; medians, taken in turns.`,
  )
  if (load > os.availableParallelism()) {
    console.log(`The machine was busy (load ${load.toFixed(1)}): only what stands side by side can be compared.`)
  }
}

async function measureAll() {
  console.error('building and packing ...')
  execFileSync(process.execPath, [path.join(root, 'scripts', 'package.mjs')], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const { name, version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
  const place = {
    scratch,
    dataDir: path.join(scratch, 'data'),
    serverFile: path.join(root, 'dist', 'server.js'),
    clientFile: path.join(root, 'dist', 'extension.js'),
    cliFile: path.join(root, 'dist', 'cli.js'),
    vsix: path.join(root, `${name}-${version}.vsix`),
    manifest: path.join(root, 'package.json'),
    peer: await buildPeers(path.join(scratch, 'peers')),
  }
  mkdirSync(place.dataDir, { recursive: true })

  await row('client bundle', 600, 'KB', () => measureBundle(place))
  await row('VSIX', 2.5, 'MB', () => measurePackage(place))
  await row('activate()', 50, 'ms', () => measureActivation(place))
  await attempt('database', async () => {
    const size = await makeDatabase(place.serverFile, place.dataDir)
    console.error(`measuring with a database of ${(size / 1e6).toFixed(2)} MB`)
  })
  await row('server: spawn to initialize answered', 120, 'ms', () => measureStart(place))
  await row('server: idle memory', 90, 'MB', () => measureIdleMemory(place))
  await row('route/resolve, round trip', { times: 2, peer: 'echo' }, 'us', () => measureRoundTrip(place))
  await row('one durable change', 5, 'ms', () => measureDurableChange(place))
  await row('status usable, nine dead endpoints', { times: 1.5, peer: 'the good one alone' }, 'ms', () =>
    measureStatusWithDeadEndpoints(place),
  )
  await row('provider/list, 50 providers, 2,000 models', { times: 3, peer: 'echo of the same answer' }, 'ms', () =>
    measureLongList(place),
  )
  await row('knowledge base: exact search, 100,000 x 384', 40, 'ms', measureNearest)
  console.error('measuring the panel ...')
  await attempt('settings panel', addPanel)
  console.error('measuring how soon a dead provider is told, a minute ...')
  await attempt('a provider dies', () => addDeath(place))
  console.error('measuring probes ...')
  await attempt('probes', () => addProbes(place))
  console.error('measuring runs ...')
  await attempt('run', () => addRuns(place))
}

/** No limit: what a probe costs depends on the provider. The plan is kept to, which a probe that sends more would break. */
async function addProbes(place) {
  const tokens = ({ sent, got }) => `${Math.ceil(sent / 4)}, ${Math.ceil(got / 4)}`
  for (const { kind, plan, held, ignored } of await measureProbes(place)) {
    if (Math.max(held.calls, ignored.calls) > plan.calls)
      throw new Error(`a probe of ${kind} made more calls than told`)
    const told = `${plan.tokens.input}, ${plan.tokens.output}`
    probes.push([kind, plan.calls, held.calls, ignored.calls, told, tokens(held), tokens(ignored)])
  }
}

/** No limit is set for the panel: these are here to be seen when they change. */
async function addPanel() {
  const { usableMs, firstUsableMs, bundleKb, serverMb, pageMb } = await measurePanel()
  const rows = [
    [
      'panel, open to usable, 50 providers, 2,000 models',
      show(usableMs, 'ms'),
      `the first time: ${show(firstUsableMs, 'ms')}`,
    ],
    [
      'page, all files',
      show(bundleKb.all, 'KB'),
      `${bundleKb.files} files; to show Providers: ${show(bundleKb.firstLoad, 'KB')}`,
    ],
    ['server heap, panel opened 50 times', grown(serverMb), `from ${show(serverMb.before, 'MB')}`],
    ['page heap, shown again 50 times', grown(pageMb), `from ${show(pageMb.before, 'MB')}`],
  ]
  for (const [what, measured, beside] of rows) add([what, measured, '', '', beside])
}

function grown({ before, after }) {
  const by = after - before
  return `${by < 0 ? '-' : '+'}${Math.abs(by).toFixed(1)} MB`
}

async function addDeath(place) {
  const { asked, byClock } = await measureDeath(place)
  const clock = `when nobody asks it: ${(byClock / 1000).toFixed(0)} s, which is the interval of the checks (60 s, and jitter)`
  add(['a provider dies and is asked: told after', show(asked, 'ms'), '', '', clock])
}

/** The run has two limits: a speed, and how it stands to the SDK that people use for this. */
async function addRuns(place) {
  const items = 20_000
  const { speeds, microseconds, peakMemory } = await measureRuns({ ...place, items, rounds: 3 })
  const { 'ours, 5 items a call': ours, ...others } = speeds
  const show = (speed) => `${Math.round(speed).toLocaleString('en')} items/s`
  const beside = Object.entries(others).map(
    ([name, speed]) => `${name}: ${show(speed)} (ours ${(ours / speed).toFixed(1)}x)`,
  )
  add([
    `${items.toLocaleString('en')} rows, 5 items a call`,
    show(ours),
    '>= 10,000 items/s',
    verdict(ours >= 10_000),
    beside.join('\n'),
  ])
  const ratio = ours / others['ai SDK']
  add(['the same, to the ai SDK item by item', `${ratio.toFixed(1)}x`, '>= 2x', verdict(ratio >= 2), ''])
  const single = others['ours, 1 item a call'] / others['ai SDK']
  add([
    '1 item a call, to the ai SDK item by item',
    `${single.toFixed(1)}x`,
    '',
    '',
    'the gain that is not from asking for 5 at once',
  ])
  const inAll = Object.entries(microseconds).map(([name, used]) => `${name}: ${used.toFixed(0)} us`)
  add([
    'the same, processor time an item',
    `${microseconds['ours, 5 items a call'].toFixed(0)} us`,
    '',
    '',
    `${inAll.slice(1).join('\n')}\nstart included; changes little on a busy machine`,
  ])
  add([
    'memory at its highest',
    `${peakMemory.toFixed(0)} MB`,
    '',
    '',
    'of the process that runs it, journal and results included',
  ])
}

async function row(what, limit, unit, measure) {
  console.error(`measuring ${what} ...`)
  await attempt(what, async () => {
    const { ours, ...others } = await measure()
    const bound = typeof limit === 'number' ? limit : limit.times * others[limit.peer]
    const told = typeof limit === 'number' ? show(limit, unit) : `${limit.times}x ${limit.peer} = ${show(bound, unit)}`
    const beside = Object.entries(others).map(([name, value]) => `${name}: ${show(value, unit)}`)
    add([what, show(ours, unit), `<= ${told}`, verdict(ours <= bound), beside.join('\n')])
  })
}

async function attempt(what, run) {
  try {
    await run()
  } catch (error) {
    hasFailed = true
    add([what, 'did not run', '', 'FAIL', String(error.message).slice(0, 600)])
  }
}

function verdict(isKept) {
  return isKept ? 'kept' : 'MISSED'
}

function show(value, unit) {
  if (value === null) return 'not known here'
  return `${value >= 100 ? Math.round(value) : value.toFixed(value < 1 ? 2 : 1)} ${unit}`
}
