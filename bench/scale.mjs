// `npm run bench -- --scale`: a million rows, and what others do with the same. `--rows N` for fewer, `--items N` for fewer beside the
// peers, `--json` for the figures as one document. It asserts nothing about time; it ends with an error when something did not run.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import Table from 'cli-table3'
import { measureOpening } from './figures/openResults.mjs'
import { buildPeers } from './figures/peers.mjs'
import { comparePeers } from './figures/scalePeers.mjs'
import { measureScaleRun } from './figures/scaleRuns.mjs'
import { startInstantServer } from './figures/terminalRuns.mjs'
import { writeItems } from './items.mjs'
import { endAll } from './processes.mjs'
import { openingRows, peerRows, runRows } from './scaleRows.mjs'

const root = path.resolve(import.meta.dirname, '..')
const say = (words) => console.error(words)

export async function runScale({ rows, items, isJson, dist }) {
  const scratch = mkdtempSync(path.join(os.tmpdir(), 'llm-providers-scale-'))
  const end = () => {
    endAll()
    rmSync(scratch, { recursive: true, force: true })
  }
  process.once('exit', end)
  const figures = { rows, items, machine: machine(), runs: {}, opening: {}, peers: null, failures: [] }
  const started = performance.now()
  const tell = () => {
    figures.seconds = (performance.now() - started) / 1000
    figures.machine.loadAfter = os.loadavg()[0]
    if (isJson) console.log(JSON.stringify(figures, null, 2))
    else print(figures)
  }
  // Who has no more time sees what there is by then.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.once(signal, () => {
      figures.failures.push({ what: 'the rest', why: `it was ended by ${signal}` })
      tell()
      process.exit(130)
    })
  }
  await measureAll(scratch, dist ? path.resolve(dist) : build(scratch), figures)
  tell()
  return figures.failures.length === 0
}

function machine() {
  return { cores: os.availableParallelism(), node: process.version, loadBefore: os.loadavg()[0] }
}

function build(scratch) {
  say('building ...')
  const dist = path.join(scratch, 'dist')
  execFileSync(process.execPath, [path.join(root, 'esbuild.mjs'), dist], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  return dist
}

async function measureAll(scratch, dist, figures) {
  const { rows, items } = figures
  const attempt = async (what, measure) => {
    say(`${what} ...`)
    try {
      return await measure()
    } catch (error) {
      figures.failures.push({ what, why: String(error.message).slice(0, 600) })
      return null
    }
  }
  const serverFile = path.join(dist, 'server.js')
  figures.peers = await attempt(`${items.toLocaleString('en')} items beside others`, async () => {
    const peer = await buildPeers(path.join(scratch, 'peers'))
    return comparePeers({ cliFile: path.join(dist, 'cli.js'), peer, scratch, items, say })
  })
  const files = { jsonl: path.join(scratch, 'rows.jsonl'), csv: path.join(scratch, 'rows.csv') }
  const instant = await startInstantServer()
  const http = {
    url: instant.url,
    request: {
      tasks: ['categorization'],
      override: { provider: 'bench', model: 'instant' },
      batchSize: 5,
      concurrency: 64,
    },
  }
  const keywords = { request: { tasks: ['categorization', 'scoring'], override: { provider: 'builtin' } } }
  const cases = [
    ['JSONL, local server', files.jsonl, { ...http, killAt: 0.9 }],
    ['CSV, local server', files.csv, http],
    ['CSV, builtin', files.csv, keywords],
    ['JSONL, builtin', files.jsonl, keywords],
  ]
  await attempt('writing rows', () => Promise.all(Object.values(files).map((file) => writeItems(file, rows))))
  for (const [name, input, options] of cases) {
    const dataDir = path.join(scratch, `data-${name.replaceAll(/\W+/g, '-')}`)
    const run = await attempt(`${rows.toLocaleString('en')} rows: ${name}`, () =>
      measureScaleRun({ serverFile, dataDir, input, rows, ...options }),
    )
    figures.runs[name] = run
    if (run) say(inLines(runRows(name, run)))
    // What has scores can be sorted by them.
    if (run && name === 'JSONL, builtin') {
      const opening = { serverFile, dataDir, runId: run.runId, rows }
      // The first look leaves beside the journal what the second one finds.
      figures.opening.first = await attempt('opening its results, nothing kept', () =>
        measureOpening({ ...opening, isFirst: true }),
      )
      figures.opening.kept = await attempt('opening its results', () => measureOpening(opening))
    }
    rmSync(dataDir, { recursive: true, force: true })
  }
  instant.stop()
}

/** Some of the table, before it is whole. */
function inLines(rows) {
  return rows.map((cells) => `  ${cells.filter((cell) => cell !== '').join(' | ')}`).join('\n')
}

function print(figures) {
  const { machine: on, rows, items } = figures
  const table = new Table({
    head: ['what', 'measured', 'limit', '', 'beside'],
    colWidths: [38, 22, 20, 10, 70],
    wordWrap: true,
    style: { head: [], border: [] },
  })
  for (const [name, run] of Object.entries(figures.runs)) if (run) table.push(...runRows(name, run))
  if (figures.opening.kept) table.push(...openingRows(figures.opening))
  if (figures.peers) table.push(...peerRows(figures.peers))
  for (const { what, why } of figures.failures) table.push([what, 'did not run', '', 'FAIL', why])
  console.log(table.toString())
  for (const note of figures.peers?.notes ?? []) console.log(note)
  console.log(
    `${rows.toLocaleString('en')} rows of about 300 characters, ${items.toLocaleString('en')} beside the peers; ` +
      `${on.cores} cores, Node ${on.node}, load ${on.loadBefore.toFixed(1)} before and ${on.loadAfter.toFixed(1)} at the end, ` +
      `${(figures.seconds / 60).toFixed(1)} minutes. Memory is resident, over the server at rest.`,
  )
  if (on.loadBefore > on.cores) {
    console.log('The machine was busy: only memory, sizes and what stands side by side can be compared.')
  }
}
