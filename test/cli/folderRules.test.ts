import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type LiveCli, startLiveCli } from '../support/cli/liveCli.ts'
import { type FakeModelServer, startFakeModelServer } from '../support/providers/fakeModelServer.ts'

let cli: LiveCli
let server: FakeModelServer

beforeEach(async () => {
  cli = await startLiveCli()
  server = await startFakeModelServer({ models: ['small', 'big'] })
  await mkdir(path.join(cli.folder, 'private'))
  for (const name of ['open.jsonl', 'private/closed.jsonl'])
    await writeFile(path.join(cli.folder, name), '{"id":"1","text":"a text"}\n{"id":"2","text":"another one"}')
  await done('provider', 'add', 'here', '--kind', 'openai-compatible', '--set', `base_url=${server.origin}/v1`)
  // Nothing listens there, and nobody looks.
  await done('provider', 'add', 'away', '--kind', 'openai-compatible', '--set', 'base_url=https://away.invalid/v1')
  for (const task of ['categorization', 'scoring'])
    await done('route', 'set', task, '--provider', 'here', '--model', 'small')
})
afterEach(async () => {
  await server.close()
  await cli.remove()
})

async function done(...words: string[]): Promise<string> {
  const { code, out, err } = await cli.run(words)
  if (code !== 0) throw new Error(`${words.join(' ')}: exit code ${code}\n${err}`)
  return out + err
}

async function rules(text: string, folder = cli.folder): Promise<void> {
  await mkdir(path.join(folder, '.llm-providers'), { recursive: true })
  await writeFile(path.join(folder, '.llm-providers', 'policy.yaml'), text)
}

const denied = async (...words: string[]) => {
  const asked = server.chats.length
  const { code, out } = await cli.run([...words, '--json'])
  expect(code).toBe(3)
  expect(JSON.parse(out)).toMatchObject({ ok: false, reason: { code: 'policy_denied', rule: 'workspace_rules' } })
  expect(server.chats.length).toBe(asked)
  return JSON.parse(out).reason
}

describe('the rules of a folder', () => {
  test('are told in one line, and followed', async () => {
    await rules('providers: [here]\ncaps:\n  usd_per_run: 2\n')
    const { code, err } = await cli.run(['categorize', 'open.jsonl', '--yes'])
    expect(err).toContain('Rules of this folder are followed')
    expect(err).toContain('Providers allowed: here; At most $2.00 a run')
    // The price of the model is not known, so a cap cannot be kept.
    expect(code).toBe(3)
    await rules('providers: [here]\n')
    await done('categorize', 'open.jsonl', '--yes')
    await rules('providers: [away]\n')
    await denied('categorize', 'open.jsonl', '--yes')
  })

  test('hold a run, an estimate, what is chosen for one run, a proposal, and questions by hand', async () => {
    await rules('models: ["other*"]\n')
    await denied('categorize', 'open.jsonl', '--yes')
    await denied('categorize', 'open.jsonl', '--estimate')
    await denied('categorize', 'open.jsonl', '--provider', 'here', '--model', 'big', '--yes')
    await denied('profile', 'propose', 'open.jsonl')
    await denied('decide', 'A text', '--model', 'here/small', '--yes-no', 'Is it?')
  })

  test('lock a route, and let a fallback take over only where they allow it', async () => {
    await rules('route:\n  categorization: here/big\n')
    await denied('categorize', 'open.jsonl', '--yes')
    await done('score', 'open.jsonl', '--yes')
    await done('route', 'set', 'categorization', '--provider', 'here', '--model', 'small', '--fallback', 'here:big')
    expect(await done('categorize', 'open.jsonl', '--yes')).toContain('categorization')
    expect(server.chats.at(-1)?.model).toBe('big')
    await rules('route:\n  categorization: away\n')
    await denied('categorize', 'open.jsonl', '--yes')
  })

  test('are a step of the trace, and part of the readiness', async () => {
    await rules('providers: [away]\n')
    const explained = await cli.run(['route', 'explain', 'categorization'])
    expect(explained.out).toContain('policy_denied')
    const ready = await cli.run(['readiness', '--json', '--no-check'])
    expect(ready.code).toBe(3)
    expect(JSON.parse(ready.out).value).toMatchObject({
      categorization: { ready: false, reason: { code: 'policy_denied' } },
      policies: [{ rules: { providers: ['away'] }, problems: [] }],
    })
  })

  test('keep a run from being begun again', async () => {
    await done('categorize', 'open.jsonl', '--yes')
    const [first] = JSON.parse(await done('run', 'list', '--json')).value.rows
    await rules('providers: [away]\n')
    await denied('run', 'again', first.runId)
  })
})

describe('what stays on this machine', () => {
  beforeEach(async () => {
    await rules('local_only: ["private/**"]\n')
    for (const task of ['categorization', 'scoring'])
      await done('route', 'set', task, '--provider', 'away', '--model', 'm')
  })

  test('by file, by the folder that holds it, by a link to it, and from elsewhere', async () => {
    const reason = await denied('categorize', 'private/closed.jsonl', '--yes')
    expect(reason.detail).toContain('private/closed.jsonl')
    await denied('categorize', '.', '--estimate')
    await symlink(path.join(cli.folder, 'private'), path.join(cli.folder, 'linked'))
    await denied('categorize', 'linked/closed.jsonl', '--estimate')
    const elsewhere = await cli.run(['categorize', path.join(cli.folder, 'private'), '--estimate', '--json'], {
      workingFolder: path.dirname(cli.folder),
    })
    expect(JSON.parse(elsewhere.out)).toMatchObject({ reason: { code: 'policy_denied' } })
  })

  test('a file beside it may go', async () => {
    const { out } = await cli.run(['categorize', 'open.jsonl', '--estimate', '--json'])
    expect(out).not.toContain('policy_denied')
  })

  test('what is piped in may have come from there', async () => {
    const { out } = await cli.run(['categorize', '-', '--estimate', '--json'], { stdin: '{"id":"1","text":"x"}' })
    expect(JSON.parse(out)).toMatchObject({ reason: { code: 'policy_denied' } })
  })

  test('a model here judges it', async () => {
    await done('categorize', 'private/closed.jsonl', '--provider', 'here', '--model', 'small', '--yes')
    expect(await readFile(path.join(cli.folder, 'private/closed.results.jsonl'), 'utf8')).toContain('"small"')
  })

  test('the rules of a folder within what is judged count, too', async () => {
    const inner = path.join(cli.folder, 'inner')
    await mkdir(inner)
    await writeFile(path.join(inner, 'a.jsonl'), '{"id":"9","text":"inner"}')
    await rules('providers: []\n', inner)
    await denied('categorize', 'inner', '--provider', 'here', '--model', 'small', '--yes')
  })
})

describe('rules that cannot be read', () => {
  test.each([
    ['no YAML', 'providers: [here\n', 2],
    ['a field that nobody knows', '# rules\nprovider: here\n', 2],
    ['nothing behind a name', 'caps:\n  usd_per_run: 1\nlocal_only:\n', 3],
    ['a cap that is none', 'caps:\n  usd_per_run: -1\n', 2],
    ['an empty file', '', 1],
  ])('%s: nothing is sent, and the line is named', async (_, text, line) => {
    await rules(text)
    const reason = await denied('categorize', 'open.jsonl', '--yes')
    expect(reason.problems[0].line).toBe(line)
    const { code, out } = await cli.run(['policy', 'check', '--json'])
    expect(code).toBe(2)
    expect(JSON.parse(out).value.policies[0]).toMatchObject({ rules: null, problems: [{ line }] })
  })

  test('a folder in their place', async () => {
    await mkdir(path.join(cli.folder, '.llm-providers', 'policy.yaml'), { recursive: true })
    await denied('categorize', 'open.jsonl', '--yes')
  })
})

test('policy check shows what they allow', async () => {
  expect(await done('policy', 'check')).toContain('This folder has no rules.')
  await rules('models: [small]\nlocal_only: [private]\nroute:\n  scoring: here\n')
  const told = await done('policy', 'check')
  for (const line of ['Models allowed: small', 'Stays on this machine: private', 'Only model for scoring: here'])
    expect(told).toContain(line)
})
