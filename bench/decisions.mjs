// `npm run bench -- --decisions`: what each way of asking takes, how fast decisions go through, and a whole command. `--items N` for the
// throughput, `--json` for the figures as one document; LLM_PROVIDERS_REAL=FOLDER also over llama-server with the small model there. It
// asserts nothing about time; it ends with an error when something did not run.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import Table from 'cli-table3'
import { measureCommand, measureReal, measureThroughput, measureWays, ways } from './figures/decisionFigures.mjs'
import { buildPeers } from './figures/peers.mjs'
import { endAll } from './processes.mjs'

const root = path.resolve(import.meta.dirname, '..')

export async function runDecisions({ items, isJson, dist }) {
  const scratch = mkdtempSync(path.join(os.tmpdir(), 'llm-providers-decisions-'))
  process.once('exit', () => {
    endAll()
    rmSync(scratch, { recursive: true, force: true })
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(130))
  const machine = { cores: os.availableParallelism(), node: process.version, loadBefore: os.loadavg()[0] }
  const figures = { machine, items, failures: [] }
  const attempt = async (name, measure) => {
    console.error(`${name} ...`)
    try {
      figures[name] = await measure()
    } catch (error) {
      figures[name] = null
      figures.failures.push({ what: name, why: String(error.message).slice(0, 600) })
    }
  }
  const cliFile = path.join(dist ? path.resolve(dist) : build(scratch), 'cli.js')
  const peer = await buildPeers(path.join(scratch, 'peers'))
  await attempt('ways', () => measureWays({ cliFile, scratch, items: 200 }))
  await attempt('throughput', () => measureThroughput({ cliFile, peer, scratch, items, rounds: 3 }))
  await attempt('command', () => measureCommand({ cliFile, scratch, rounds: 3 }))
  const real = process.env.LLM_PROVIDERS_REAL
  if (real) await attempt('real', () => measureReal({ cliFile, scratch, real, items: 20, patienceSeconds: 600 }))
  machine.loadAfter = os.loadavg()[0]
  if (isJson) console.log(JSON.stringify(figures, null, 2))
  else print(figures)
  return figures.failures.length === 0
}

export function build(scratch) {
  console.error('building ...')
  const dist = path.join(scratch, 'dist')
  execFileSync(process.execPath, [path.join(root, 'esbuild.mjs'), dist], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  return dist
}

function print({ ways: byWay, throughput, command, real, items, machine, failures }) {
  const style = { head: [], border: [] }
  if (byWay) {
    const table = new Table({
      head: ['both tasks of an item, by', 'calls', 'tokens in', 'of them new', 'tokens out', 'ms an item'],
      style,
    })
    for (const way of ways) {
      const { calls, in: sent, fresh, out, secondsAnItem } = byWay[way]
      // Where a decision's text stands in the prompt is the server's own business.
      const isNew = way === 'decisions' ? '' : Math.round(fresh)
      const figures = [Math.round(sent), isNew, Math.round(out), (secondsAnItem * 1000).toFixed(1)]
      table.push([way, calls.toFixed(2), ...figures])
    }
    console.log(
      `${table}\nScripted server, 200 items, one call at a time; tokens: characters of whole bodies / 4; new: behind what is the same as in the call before.`,
    )
  }
  const table = new Table({ head: ['what', 'measured', 'limit', '', 'beside, in the same run'], style })
  if (throughput) {
    const { ours, undici } = throughput
    const speed = (value) => `${Math.round(value).toLocaleString('en')} items/s`
    table.push(
      [
        `${items.toLocaleString('en')} items by decisions`,
        speed(ours),
        '>= 8,000',
        verdict(ours >= 8000),
        `undici, the same bodies: ${speed(undici)}`,
      ],
      ['the same, to undici', (ours / undici).toFixed(2), '>= 0.7', verdict(ours / undici >= 0.7), ''],
    )
  }
  if (command) {
    const others = ways.filter((way) => way !== 'decisions').map((way) => `${way}: ${command[way].toFixed(2)} s`)
    const { decisions } = command
    table.push([
      'whole command, 200 items, by decisions',
      `${decisions.toFixed(2)} s`,
      '<= 1.2 s',
      verdict(decisions <= 1.2),
      others.join(', '),
    ])
  }
  for (const { what, why } of failures) table.push([what, 'did not run', '', 'FAIL', why.slice(0, 300)])
  console.log(table.toString())
  printReal(real)
  console.log(
    `${machine.cores} cores, Node ${machine.node}, load ${machine.loadBefore.toFixed(1)} to ${machine.loadAfter.toFixed(1)}; medians, taken in turns.`,
  )
}

function printReal(real) {
  if (real === undefined) return console.log('Real server: not measured; LLM_PROVIDERS_REAL names its folder.')
  if (real === null)
    return console.log('Real server: there is no llama-server with a model in that folder, or it failed.')
  const head = [
    'llama-server, one slot, both tasks, by',
    'answered',
    'seconds',
    'tokens in',
    'from cache',
    'tokens out',
    'label mass',
    'items/min',
  ]
  const table = new Table({ head, style: { head: [], border: [] } })
  for (const [way, { answered, items, seconds, input, cached, output, labelMass }] of Object.entries(real)) {
    const figures = [input, cached, output].map((value) => Math.round(value))
    const mass = labelMass === null ? '' : labelMass.toFixed(2)
    table.push([
      way,
      `${answered} of ${items}`,
      seconds.toFixed(0),
      ...figures,
      mass,
      ((answered / seconds) * 60).toFixed(1),
    ])
  }
  console.log(`${table}\nTokens are of an item that was answered.`)
}

function verdict(isKept) {
  return isKept ? 'kept' : 'MISSED'
}
