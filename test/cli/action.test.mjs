import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { commentReport } from '../../action/comment.mjs'
import { buildCli, machineNode } from '../support/cli/spawnCli.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const token = 'ghs-fake-token'

let cli
let action
let github
beforeAll(async () => {
  ;[cli, github] = await Promise.all([buildCli(), startGitHub()])
  action = parse(await readFile(path.join(root, 'action.yml'), 'utf8'))
  const rows = [
    { id: '1', text: 'It crashes with a segfault. @octocat, look: ::set-output name=gated::0' },
    { id: '2', text: 'Please add a dark theme.' },
    { id: '3', text: 'It crashes again and again.' },
  ]
  await writeFile(path.join(cli.folder, 'items.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'))
  await writeFile(path.join(cli.folder, 'broken.jsonl'), '{"id":"1","text":"It crashes."}\n{"id":\n')
})
beforeEach(() => github.reset())
afterAll(async () => {
  await cli.remove()
  await github.close()
})

/** The comments of one pull request, as the REST API has them. */
async function startGitHub() {
  const comments = []
  const asked = []
  let refuse = null
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const piece of request) body += piece
    asked.push({ method: request.method, url: request.url, authorization: request.headers.authorization })
    const answer = (status, value) => response.writeHead(status).end(JSON.stringify(value))
    if (refuse !== null) return answer(refuse, { message: 'Resource not accessible by integration' })
    const [, id] = /comments\/(\d+)$/.exec(request.url) ?? []
    if (request.method === 'POST') {
      comments.push({ id: comments.length + 1, ...JSON.parse(body) })
      return answer(201, comments.at(-1))
    }
    if (request.method === 'PATCH') return answer(200, Object.assign(comments[Number(id) - 1], JSON.parse(body)))
    const page = Number(new URL(request.url, 'http://x').searchParams.get('page'))
    answer(200, comments.slice((page - 1) * 100, page * 100))
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    comments,
    asked,
    refuse: (status) => {
      refuse = status
    },
    reset() {
      comments.length = 0
      asked.length = 0
      refuse = null
    },
    close: () => new Promise((resolve) => server.close(resolve)),
  }
}

/** Does what the runner does with action.yml: fills in its inputs, gives them to the script as variables, and reads what it wrote. */
async function runAction(inputs) {
  const temp = await mkdtemp(path.join(cli.folder, 'runner-'))
  const file = (name) => path.join(temp, name)
  await writeFile(file('event.json'), JSON.stringify({ pull_request: { number: 7 } }))
  await Promise.all(['output', 'summary.md'].map((name) => writeFile(file(name), '')))
  const all = { command: `${machineNode()} ${cli.file}`, token, ...inputs }
  const [step] = action.runs.steps
  const variables = Object.entries(step.env).map(([name, value]) => {
    const [, input] = /^\$\{\{ inputs\.([\w-]+) \}\}$/.exec(value)
    return [name, all[input] ?? action.inputs[input].default]
  })
  expect(step.run).toBe('node "$GITHUB_ACTION_PATH/action/judge.mjs"')
  const child = spawn(machineNode(), [path.join(root, 'action', 'judge.mjs')], {
    cwd: cli.folder,
    env: {
      ...{ PATH: process.env.PATH, HOME: temp, RUNNER_TEMP: temp, GITHUB_EVENT_PATH: file('event.json') },
      ...{ GITHUB_OUTPUT: file('output'), GITHUB_STEP_SUMMARY: file('summary.md'), GITHUB_REPOSITORY: 'o/r' },
      ...{ GITHUB_API_URL: github.origin, ...Object.fromEntries(variables) },
    },
  })
  let log = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece) => (log += piece))
  const code = await new Promise((resolve) => child.once('close', resolve))
  const written = await readFile(file('output'), 'utf8')
  const outputs = Object.fromEntries(
    [...written.matchAll(/^(\w+)<<(\S+)\n([\s\S]*?)\n\2$/gm)].map(([, name, , value]) => [name, value]),
  )
  const summary = await readFile(file('summary.md'), 'utf8')
  await rm(temp, { recursive: true, force: true })
  return { code, log, outputs, summary }
}

const builtin = { source: 'items.jsonl', profile: 'issues', provider: 'builtin' }

test('each input is handed to the script, and each that the script reads is an input', async () => {
  const [step] = action.runs.steps
  const handed = Object.values(step.env).map((value) => /inputs\.([\w-]+)/.exec(value)[1])
  expect(handed.toSorted()).toEqual(Object.keys(action.inputs).toSorted())
  const script = await readFile(path.join(root, 'action', 'judge.mjs'), 'utf8')
  const read = [...script.matchAll(/(?:given|linesOf)\('(\w+)'\)|^ *(?:const options = \{ )?(\w+): '--/gm)]
  for (const [, name, option] of read) expect(Object.keys(step.env)).toContain(`JUDGE_${name ?? option}`)
})

describe('a pull request', () => {
  test('gets one comment with the report, which the next report takes the place of', async () => {
    github.comments.push({ id: 1, body: 'Looks good to me.' })
    const first = await runAction(builtin)
    expect(first).toMatchObject({ code: 0, outputs: { gated: '' } })
    expect(first.summary).toContain('### LLM Providers: passed')
    expect(github.comments).toHaveLength(2)
    expect(github.comments[1].body).toMatch(/^<!-- llm-providers [0-9a-f]{16} -->\n### LLM Providers: passed/)
    expect(github.comments[1].body).toContain('3 judged, 0 failed')
    const second = await runAction({ ...builtin, gate: 'category=Crash\nscore<=19', 'gate-most': '5' })
    expect(second.code).toBe(0)
    expect(github.comments).toHaveLength(2)
    expect(github.comments[1].body).toContain('2 of at most 5')
    expect(github.asked.every(({ authorization }) => authorization === `Bearer ${token}`)).toBe(true)
  })

  test('where the token may not write fails nothing, and the log obeys no text of an item', async () => {
    github.refuse(403)
    const { code, log, summary } = await runAction(builtin)
    expect(code).toBe(0)
    expect(log).toContain('cannot be commented: GitHub answers 403')
    expect(summary).toContain('3 judged')
    expect(log).not.toContain('set-output')
    for (const [, end] of log.matchAll(/^::stop-commands::(\S+)$/gm)) expect(log).toContain(`\n::${end}::`)
  })
})

describe('a comment', () => {
  let events
  beforeAll(async () => {
    events = { pull: path.join(cli.folder, 'pull.json'), push: path.join(cli.folder, 'push.json') }
    await writeFile(events.pull, '{"pull_request":{"number":7}}')
    await writeFile(events.push, '{}')
  })
  const comment = (report, { event = events.pull, ...given } = {}) =>
    commentReport(
      { GITHUB_EVENT_PATH: event, GITHUB_REPOSITORY: 'o/r', GITHUB_API_URL: github.origin },
      { token, key: 'items.jsonl', report, ...given },
    )

  test('calls nobody who is named in an item', async () => {
    expect(await comment('Thanks, @octocat and @org/team')).toBe(null)
    expect(github.comments[0].body).not.toMatch(/@\w/)
  })

  test('is found among more than a hundred, and is another one for another source', async () => {
    await comment('first')
    const [own] = github.comments.splice(0)
    for (let id = 1; id <= 130; id++) github.comments.push({ id, body: `comment ${id}` })
    github.comments[120].body = own.body
    await comment('second')
    expect(github.comments).toHaveLength(130)
    expect(github.comments[120].body).toMatch(/second$/)
    await comment('third', { key: 'other.jsonl' })
    expect(github.comments).toHaveLength(131)
  })

  test('that is too long ends at a line, and says where the rest is', async () => {
    await comment(`${'A line of the report.\n'.repeat(10_000)}`)
    expect(github.comments[0].body.length).toBeLessThan(65_536)
    expect(github.comments[0].body).toMatch(/report\.\n\n… The rest is in the summary of the job\.$/)
  })

  test('is not made where there is no pull request, no token, or a server that refuses', async () => {
    expect(await comment('x', { event: events.push })).toContain('no pull request')
    expect(await comment('x', { token: '' })).toContain('no token')
    expect(github.asked).toEqual([])
    github.refuse(500)
    expect(await comment('x')).toContain('GitHub answers 500')
  })
})

describe('the step fails', () => {
  test('where more results fit the gate than may, by all of its conditions', async () => {
    const { code, log, outputs, summary } = await runAction({ ...builtin, gate: 'category=Crash', 'gate-most': '1' })
    expect(code).toBe(1)
    expect(outputs.gated).toBe('2')
    expect(log).toContain('2 results fit the gate (category=Crash), 1 may')
    expect(summary).toContain('### LLM Providers: failed')
    expect(github.comments).toHaveLength(1)
  })

  test('where items failed, unless that is allowed', async () => {
    const source = 'broken.jsonl'
    expect(await runAction({ ...builtin, source })).toMatchObject({ code: 1 })
    expect(await runAction({ ...builtin, source, 'allow-failed-items': 'true' })).toMatchObject({ code: 0 })
  })

  test.each([
    ['a source that is not there', { source: 'missing.jsonl' }, /missing\.jsonl/],
    ['no source', { source: ' \n ' }, /source is empty/],
    ['a task that there is not', { task: 'delete' }, /task is run, categorize or score/],
    ['a gate that is none', { gate: 'weather=good' }, /"results/],
    ['a number that is none', { 'gate-most': 'many' }, /gate-most is a whole number/],
    ['a setup that fails', { setup: 'provider enable nobody' }, /"provider enable" ended with/],
    ['a command that there is not', { command: '/no/such/program' }, /cannot be run/],
    ['an option in place of a source', { source: '--provider=work' }, /--provider=work/],
  ])('for %s, and says so', async (_what, inputs, sentence) => {
    const { code, log } = await runAction({ ...builtin, ...inputs })
    expect(code).toBe(1)
    expect(log).toMatch(sentence)
    expect(github.comments).toEqual([])
  })
})

test('what is set up first counts for the run, and words in quotation marks stay together', async () => {
  const setup = [
    'provider add work --kind openai-compatible --set base_url=http://127.0.0.1:9/v1 --key-env NOT_SET',
    'preferences set --interests "Crashes of the app; $(touch owned)"',
  ].join('\n')
  const { code, log } = await runAction({ ...builtin, setup })
  expect({ code, log }).toMatchObject({ code: 0 })
  await expect(readFile(path.join(cli.folder, 'owned'))).rejects.toThrow()
})
