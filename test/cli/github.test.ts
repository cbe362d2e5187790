import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ghCommands } from '../../shared/ghCommands.ts'
import { fakeKeyring } from '../support/cli/fakeKeyring.ts'
import type { FakeTerminalOptions } from '../support/cli/fakeTerminal.ts'
import { type LiveCli, startLiveCli } from '../support/cli/liveCli.ts'
import { type Fault, type GitHubServer, startGitHubServer } from '../support/github/githubServer.ts'

const token = 'ghp_fake0123456789abcdefghijklmnop'

let cli: LiveCli
let github: GitHubServer
beforeEach(async () => {
  cli = await startLiveCli()
  github = await startGitHubServer([
    { number: 1, title: 'Crash on start', body: 'It crashes with an error at start.', labels: ['triage'] },
    { number: 2, title: 'How do I \u2028 export?', body: null, labels: [] },
    { number: 3, title: 'Add a dark mode', body: 'Please add it.', labels: ['triage', 'old'] },
    { number: 4, title: 'A pull request', body: 'x', labels: [], isPull: true },
    { number: 5, title: 'Crash on exit', body: 'Another crash.', labels: [] },
  ])
})
afterEach(async () => {
  await github.close()
  await cli.remove()
})

async function run(words: string[], options: FakeTerminalOptions = {}) {
  const told = await cli.run(words, { columns: 200, ...options })
  expect(told.out + told.err).not.toContain(token)
  return told
}

const fetch = (words: string[] = [], options: FakeTerminalOptions = {}) =>
  run(['source', 'github', 'octo/tracker', '--api', github.api, ...words], options)

async function fetched(words: string[] = []) {
  const { code, out } = await fetch([...words, '--json'])
  return { code, ...JSON.parse(out) }
}

const file = () => path.join(cli.folder, 'octo-tracker.issues.jsonl')
const issues = () =>
  readFileSync(file(), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

const always: (fault: ReturnType<Fault>) => Fault = (fault) => () => fault
const failing = always({ status: 502, body: '<html>bad gateway</html>' })

describe('issues as a source', () => {
  test('all pages become a file that runs judge, by title and body, under the number', async () => {
    const { value } = await fetched()
    expect(value).toMatchObject({
      issues: 4,
      added: 4,
      changed: 0,
      gone: 0,
      pullsLeft: 1,
      requests: 3,
      unchangedPages: 0,
    })
    expect(issues()).toMatchObject([
      { id: '1', labels: ['triage'] },
      { id: '2', body: '' },
      { id: '3', author: 'mona' },
      { id: '5', pull: false },
    ])
    const described = await run(['source', 'describe', 'octo-tracker.issues.jsonl', '--json'])
    expect(JSON.parse(described.out).value).toMatchObject({ text: ['title', 'body'], id: 'id', isRemembered: true })
  })

  test('a second time costs nothing, and what has changed since is written', async () => {
    await fetched()
    const before = readFileSync(file())
    expect((await fetched()).value).toMatchObject({ issues: 4, added: 0, changed: 0, unchangedPages: 3, pullsLeft: 1 })
    expect(readFileSync(file())).toEqual(before)
    github.issues.get(5)?.labels.push('bug')
    github.issues.delete(1)
    expect((await fetched()).value).toMatchObject({ issues: 3, added: 0, changed: 1, gone: 1 })
    expect(issues().at(-1)).toMatchObject({ id: '5', labels: ['bug'] })
  })

  test('with --since the rest of the file stays, and pull requests come if they are wanted', async () => {
    await fetched()
    github.issues.delete(1)
    expect((await fetched(['--since', '2026-11-01'])).value).toMatchObject({ issues: 4, gone: 0 })
    expect(github.log.at(-1)).toContain('since=2026-11-01T00%3A00%3A00.000Z')
    expect((await fetched(['--pulls'])).value).toMatchObject({ issues: 4, pullsLeft: 0, gone: 1 })
  })

  test('a file that is another one, or was edited, is not written over', async () => {
    writeFileSync(file(), '{"mine":1}\n')
    expect(await fetched()).toMatchObject({ code: 2, reason: { code: 'output_invalid' } })
    expect(readFileSync(file(), 'utf8')).toBe('{"mine":1}\n')
    expect((await fetched(['--overwrite'])).value).toMatchObject({ issues: 4 })
    writeFileSync(file(), `${readFileSync(file(), 'utf8')}\n`)
    expect(await fetched()).toMatchObject({ reason: { code: 'output_invalid', edited: true } })
    expect((await fetched(['--overwrite'])).value).toMatchObject({ unchangedPages: 0 })
  })
})

describe('a token', () => {
  test('of a variable goes to its API alone, and is remembered by name', async () => {
    const environment = { GH_FAKE: token }
    expect((await fetch(['--token-env', 'GH_FAKE'], { environment })).code).toBe(0)
    expect(github.tokens.at(-1)).toBe(`Bearer ${token}`)
    expect((await fetch([], { environment })).code).toBe(0)
    expect(github.tokens.at(-1)).toBe(`Bearer ${token}`)
    const other = await startGitHubServer([])
    const words = ['source', 'github', 'octo/tracker', '--api', other.api, '--json']
    const { out } = await run(words, { environment })
    expect(JSON.parse(out)).toMatchObject({ reason: { code: 'secret_missing', boundTo: new URL(github.api).origin } })
    expect(other.log).toEqual([])
    await other.close()
  })

  test('of the keyring is asked for without an echo, and kept for one origin', async () => {
    const keyring = fakeKeyring()
    const set = await run(['source', 'set-token', '--api', github.api], { keyring: keyring.open, answers: [token] })
    expect(set.out).toContain(`…mnop is kept in the keyring, for ${new URL(github.api).origin} only`)
    await fetch(['--token'], { keyring: keyring.open })
    expect(github.tokens.at(-1)).toBe(`Bearer ${token}`)
  })

  test('is never a word of the command line, and never sent over plain http to another machine', async () => {
    expect((await fetch(['--token-env', token])).code).toBe(2)
    const words = [
      'source',
      'github',
      'octo/tracker',
      '--api',
      'http://github.example',
      '--token-env',
      'GH_FAKE',
      '--json',
    ]
    const { out } = await run(words, { environment: { GH_FAKE: token } })
    expect(JSON.parse(out)).toMatchObject({ reason: { code: 'policy_denied', rule: 'plain_http_with_key' } })
  })
})

describe('an API that misbehaves', () => {
  const limited = (headers: Record<string, string>, status = 403): Fault =>
    always({ status, headers, body: '{"message":"You have exceeded a secondary rate limit."}' })
  test.each([
    ['502 in passing', [failing]],
    ['429 with a wait', [limited({ 'retry-after': '0' }, 429)]],
    [
      '403 of the primary limit, whose time is over',
      [limited({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1' })],
    ],
    ['a page that breaks off', [always({ status: 200, body: '[{"number":1,"ti' })]],
  ])('%s is asked again', async (_, faults) => {
    github.faults.push(...faults)
    expect((await fetched()).value).toMatchObject({ issues: 4 })
  })

  test.each([
    ['a token that is refused', { status: 401, body: '{"message":"Bad credentials"}' }, 'token_refused'],
    ['rights that are missing', { status: 403, body: '{"message":"Resource not accessible"}' }, 'forbidden'],
    ['a limit of an hour', { status: 403, headers: { 'retry-after': '3600' } }, 'limited'],
    ['another place', { status: 301, headers: { location: 'https://evil.example/repos' } }, 'moved'],
    ['no list', { status: 200, body: '{"message":"hello"}' }, 'not_github'],
    ['an issue that is none', { status: 200, body: '[{"number":"x"}]' }, 'not_github'],
    [
      'a next page elsewhere',
      { status: 200, headers: { link: '<https://evil.example/?page=2>; rel="next"' }, body: '[]' },
      'not_github',
    ],
    ['304 although nothing was known', { status: 304 }, 'not_github'],
  ])('%s is told, and nothing is written', async (_, fault, problem) => {
    github.faults.push(...Array(4).fill(always(fault)))
    const { code, reason } = await fetched()
    expect(code).toBe(3)
    expect(reason).toMatchObject({ code: 'github_failed', problem })
    expect(() => readFileSync(file())).toThrow()
  })

  test('pages in a circle end', async () => {
    const link = `<${github.api}/repos/octo/tracker/issues?page=9>; rel="next"`
    github.faults.push(...Array(5).fill(always({ status: 200, headers: { link }, body: '[]' })))
    expect(await fetched()).toMatchObject({ reason: { problem: 'not_github' } })
  })

  test('a repository that is not there, and addresses that none may have', async () => {
    const { out } = await run(['source', 'github', 'octo/none', '--api', github.api, '--json'])
    expect(JSON.parse(out)).toMatchObject({ reason: { problem: 'not_found' } })
    for (const api of ['file:///etc', 'https://u:p@github.example', 'http://169.254.169.254'])
      expect((await run(['source', 'github', 'octo/tracker', '--api', api])).code).not.toBe(0)
    for (const repo of ['../..', 'a/b/c', 'octo/..', '-x/y'])
      expect((await run(['source', 'github', repo])).code).toBe(2)
  })
})

/** A run over the issues whose categories are those that we say. */
async function judged(said: Record<string, string>): Promise<string> {
  await fetched()
  const profile = path.join(cli.folder, 'profile.yaml')
  writeFileSync(
    profile,
    'categories: [Bug, Feature request, Question]\n'.replace(/\b(Bug|Feature request|Question)\b/g, '{ name: $1 }'),
  )
  const { out } = await run(['categorize', file(), '--profile', profile, '--provider', 'builtin', '--json'])
  const runId = JSON.parse(out).value.run.runId
  for (const [id, category] of Object.entries(said))
    expect((await run(['label', 'set', runId, id, '--category', category])).code).toBe(0)
  return runId
}

const back = (words: string[], options: FakeTerminalOptions = {}) => run(['results', 'labels', ...words], options)

describe('verdicts as labels', () => {
  const said = { 1: 'Bug', 2: 'Question', 3: 'Feature request', 5: 'Bug' }
  const options = ['--map', 'Feature request=enhancement', '--map', 'Question=', '--remove', 'triage']

  test('the plan is a diff, and asks nobody', async () => {
    const runId = await judged(said)
    const asked = github.log.length
    const { out } = await back([runId, ...options])
    expect(out).toContain('#1 +Bug -triage  Crash on start')
    expect(out).toContain('#3 +enhancement -triage  Add a dark mode')
    expect(out).toContain('octo/tracker: 3 issues would change, 1 would stay as they are, 0 passed over')
    expect(github.log).toHaveLength(asked)
  })

  test('what is applied is what was planned, and can be taken back', async () => {
    const runId = await judged(said)
    const { code, out } = await back([runId, ...options, '--apply', '--yes'])
    expect(code).toBe(0)
    expect(out).toContain('3 issues changed, 0 as wanted already, 0 left alone')
    expect(github.writes).toEqual(['+Bug #1', '-triage #1', '+enhancement #3', '-triage #3', '+Bug #5'])
    expect((await back([runId, ...options, '--apply', '--yes'])).out).toContain('0 issues changed, 3 as wanted already')
    expect((await back([runId, '--undo'])).out).toContain('3 issues changed')
    expect([...github.issues.values()].map(({ labels }) => labels.sort())).toEqual([
      ['triage'],
      [],
      ['old', 'triage'],
      [],
      [],
    ])
    expect((await back([runId, '--undo'])).out).toContain('0 issues changed')
  })

  test('issues that were changed, deleted or moved since are left alone, and told', async () => {
    const runId = await judged(said)
    github.issues.get(1)?.labels.push('wontfix')
    github.issues.delete(3)
    Object.assign(github.issues.get(5) ?? {}, { title: 'Something else' })
    const { code, err } = await back([runId, ...options, '--apply', '--yes'])
    expect(code).toBe(4)
    expect(err).toContain('left alone: #1, its labels have changed since it was fetched')
    expect(err).toContain('left alone: #3, it is not there any more')
    expect(err).toContain('left alone: #5, its text has changed since it was fetched')
    expect(github.writes).toEqual([])
  })

  test('undo leaves what others have done since', async () => {
    const runId = await judged({ 1: 'Bug' })
    await back([runId, '--remove', 'triage', '--apply', '--yes'])
    const issue = github.issues.get(1)
    if (issue) issue.labels = ['mine', 'triage']
    await back([runId, '--undo'])
    expect(issue?.labels).toEqual(['mine', 'triage'])
  })

  test('a token that loses its rights midway stops it, and what was written is taken back all the same', async () => {
    const runId = await judged(said)
    github.faults.push(
      () => null,
      () => null,
      () => null,
      always({ status: 401, body: '{}' }),
    )
    const stopped = await back([runId, ...options, '--apply', '--yes'])
    expect(stopped.code).toBe(3)
    expect(github.writes).toEqual(['+Bug #1', '-triage #1'])
    await back([runId, '--undo'])
    expect(github.issues.get(1)?.labels).toEqual(['triage'])
  })

  test('labels of other categories go only where that is said', async () => {
    github.issues.get(5)?.labels.push('Question', 'keep')
    const runId = await judged(said)
    expect((await back([runId])).out).not.toMatch(/-Question/)
    expect((await back([runId, '--replace'])).out).toMatch(/#5 \+Bug -Question /)
  })

  test('nothing is written without a yes, and a file that was not fetched is none of it', async () => {
    const runId = await judged(said)
    expect((await back([runId, '--apply'], { answers: ['n'] })).code).toBe(130)
    expect((await back([runId, '--apply'])).code).toBe(2)
    expect(github.writes).toEqual([])
    writeFileSync(path.join(cli.folder, 'own.jsonl'), '{"id":"1","text":"Crash"}\n')
    const own = await run(['categorize', 'own.jsonl', '--provider', 'builtin', '--json'])
    const other = await back([JSON.parse(own.out).value.run.runId])
    expect(other.err).toContain('no file of issues that was fetched from GitHub')
  })
})

test('commands of gh hold each label as one word, whatever is in it', () => {
  const hostile = ["it's", '$(touch x)', '`id`', 'a;b', '-rf', '"q"', 'a,b', '\\', '!x', '%PATH%', 'two words', 'ü']
  const plan = { repo: 'octo/tracker', api: 'https://github.example/api/v3' }
  const change = { number: 7, title: "'; rm -rf /", before: [], add: hostile, remove: ['*'] }
  const { lines, left } = ghCommands({ ...plan, changes: [change] }, 'sh')
  expect(left).toEqual([])
  expect(lines[0]).not.toContain('rm -rf /')
  const words = execFileSync('sh', ['-c', `gh() { for word in "$@"; do printf '%s\\n' "$word"; done; }; ${lines[0]}`])
  const csv = hostile.map((label) => (/[",]/.test(label) ? `"${label.replaceAll('"', '""')}"` : label)).join(',')
  expect(words.toString().trimEnd().split('\n')).toEqual([
    ...['issue', 'edit', '7', '--repo', 'github.example/octo/tracker', `--add-label=${csv}`, '--remove-label=*'],
  ])
  const tricky = { ...change, add: ['a\nb'], remove: [] }
  expect(ghCommands({ ...plan, changes: [tricky] }, 'sh')).toEqual({ lines: [], left: [7] })
  const shells = [
    { ...change, number: 8, add: ["it's $x"], remove: [] },
    { ...change, number: 9, add: ['"q"'] },
  ]
  expect(ghCommands({ ...plan, changes: shells }, 'powershell')).toEqual({
    lines: ["gh issue edit 8 --repo 'github.example/octo/tracker' '--add-label=it''s $x'"],
    left: [9],
  })
})
