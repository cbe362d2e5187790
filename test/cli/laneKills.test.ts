import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { ResultRecord } from '../../protocol/results.ts'
import { type BuiltCli, buildCli, type Finished } from '../support/cli/spawnCli.ts'
import { type BatchServer, startBatchServer } from '../support/providers/batchServer.ts'

let cli: BuiltCli
let server: BatchServer

beforeAll(async () => {
  cli = await buildCli()
}, 240_000)
afterAll(async () => await cli.remove())

beforeEach(async () => {
  server = await startBatchServer()
})
afterEach(async () => await server.close())

const items = 60
const environment = { BATCH_KEY: 'sk-fake-batches' }

async function done(...words: string[]): Promise<Finished> {
  const finished = await cli.run(words, { environment })
  if (finished.code !== 0) throw new Error(`${words.join(' ')}: exit code ${finished.code}\n${finished.err}`)
  return finished
}

/** Each moment is a request that has come to the server: the process dies while it waits for the answer, which nobody hears. */
const moments: [kind: 'openai' | 'anthropic', moment: string, request: RegExp][] = [
  ['openai', 'uploads the file', /^POST \/v1\/files$/],
  ['openai', 'makes the batch', /^POST \/v1\/batches$/],
  ['openai', 'looks at the batch', /^GET \/v1\/batches\//],
  ['openai', 'reads the results', /^GET \/v1\/files\/.*\/content$/],
  ['openai', 'deletes the files', /^DELETE \/v1\/files\//],
  ['anthropic', 'makes the batch', /^POST \/v1\/messages\/batches$/],
  ['anthropic', 'reads the results', /^GET \/v1\/messages\/batches\/.*\/results$/],
]

test.each(moments)(
  '%s: a process that dies while it %s loses nothing and sends nothing twice',
  async (kind, moment, request) => {
    const name = `${kind}-${moments.findIndex((each) => each[1] === moment && each[0] === kind)}`
    const file = path.join(cli.folder, `${name}.jsonl`)
    const rows = Array.from({ length: items }, (_, at) =>
      JSON.stringify({ id: `${at}`, text: `item <${at}> of the batch` }),
    )
    await writeFile(file, rows.join('\n'))
    const url = kind === 'openai' ? `${server.origin}/v1` : server.origin
    await done('provider', 'add', name, '--kind', kind, '--set', `base_url=${url}`, '--set', 'key_env=BATCH_KEY')
    const started = cli.start(
      [...['categorize', file, '--provider', name, '--model', 'some-model'], ...['--lane', 'batch', '--yes']],
      { environment },
    )
    server.faults.onRequest = (seen) => {
      if (!request.test(seen)) return
      delete server.faults.onRequest
      started.process.kill('SIGKILL')
    }
    expect((await started.finished).code).toBeNull()
    const { value } = JSON.parse((await done('run', 'list', '--json')).out) as { value: { rows: { runId: string }[] } }
    await done('run', 'resume', value.rows[0]?.runId ?? '')

    const results = (await readFile(path.join(cli.folder, `${name}.results.jsonl`), 'utf8')).trimEnd().split('\n')
    const judged = results.map((line) => JSON.parse(line) as ResultRecord)
    expect(judged.map(({ id }) => Number(id)).toSorted((one, other) => one - other)).toEqual([...Array(items).keys()])
    expect(judged.every(({ status }) => status === 'ok')).toBe(true)
    // Of what was paid for, each item is in one request.
    let sent = ''
    await server.eachRequest((line) => {
      sent += line
    })
    const times = [...Array(items).keys()].map((at) => sent.split(`item <${at}> of`).length - 1)
    expect(times).toEqual(Array(items).fill(1))
    expect(server.singles).toEqual([])
    expect(server.batches).toHaveLength(1)
    expect(server.files()).toEqual([])
  },
)
