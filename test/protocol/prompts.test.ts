import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Params, RequestName, Result } from '../../protocol/contract.ts'
import { startTestServer, type TestServer } from '../support/protocol/testServer.ts'

let server: TestServer
beforeEach(async () => {
  server = await startTestServer()
})
afterEach(() => server.stop())

type Value<Name extends RequestName> = Extract<Result<Name>, { ok: true }>['value']

async function ask<Name extends RequestName>(name: Name, params?: Params<Name>): Promise<Value<Name>> {
  const answer = (await server.request(name, params)) as { ok: boolean; value: Value<Name> }
  expect(answer).toMatchObject({ ok: true })
  return answer.value
}

const prompt = async (task: string, part: string) =>
  (await ask('prompt/list')).find((each) => each.task === task && each.part === part)

const user = 'Rate {count}.\n{fenceRule}\n\n{items}\n\nBe strict.\n{keys}'

describe('the prompts', () => {
  test('are the product’s own at first, four of them, with their placeholders', async () => {
    const prompts = await ask('prompt/list')
    expect(prompts.map(({ task, part, isDefault }) => [task, part, isDefault])).toEqual([
      ['categorization', 'system', true],
      ['categorization', 'user', true],
      ['scoring', 'system', true],
      ['scoring', 'user', true],
    ])
    for (const { text, defaultText, placeholders, problems, updatedAt } of prompts) {
      expect(text).toBe(defaultText)
      for (const { name } of placeholders) expect(text).toContain(`{${name}}`)
      expect([problems, updatedAt]).toEqual([[], null])
    }
  })

  test('are changed, audited, told, and reset', async () => {
    const changed: string[][] = []
    server.connection.onNotification('data/changed', ({ what }: { what: string[] }) => void changed.push(what))
    const before = await prompt('scoring', 'system')
    const saved = await ask('prompt/save', { task: 'scoring', part: 'user', text: `${user}\r\n\n` })
    expect(saved).toMatchObject({ text: user, isDefault: false, updatedAt: expect.any(String) })
    expect(saved.hash).not.toBe(before?.hash)
    expect((await prompt('scoring', 'system'))?.hash).toBe(saved.hash)
    expect((await prompt('categorization', 'user'))?.isDefault).toBe(true)
    const reset = await ask('prompt/reset', { task: 'scoring' })
    expect(reset.map(({ isDefault, hash }) => [isDefault, hash])).toEqual([
      [true, before?.hash],
      [true, before?.hash],
    ])
    const { rows } = await ask('audit/list', { what: ['prompt'] })
    expect(rows.map(({ action, target, after }) => [action, target, after])).toEqual([
      ['reset', 'scoring/user', { text: saved.defaultText, isDefault: true }],
      ['change', 'scoring/user', { text: user, isDefault: false }],
    ])
    await expect.poll(() => changed.flat()).toContain('prompts')
  })

  test('saving the same text again, or the product’s own, changes nothing', async () => {
    const { defaultText } = await ask('prompt/save', { task: 'scoring', part: 'user', text: user })
    await ask('prompt/save', { task: 'scoring', part: 'user', text: user })
    await ask('prompt/save', { task: 'scoring', part: 'user', text: ` ${defaultText}\n` })
    expect((await prompt('scoring', 'user'))?.isDefault).toBe(true)
    await ask('prompt/reset', { task: 'scoring' })
    expect((await ask('audit/list', { what: ['prompt'] })).rows).toHaveLength(2)
  })

  test('a text that lost what it needs is refused with the line, and nothing is kept', async () => {
    const text = user.replace('{fenceRule}', '{fencerule}')
    expect(await server.request('prompt/save', { task: 'scoring', part: 'user', text })).toMatchObject({
      ok: false,
      reason: {
        code: 'prompt_invalid',
        task: 'scoring',
        action: { id: 'fixFile' },
        problems: [
          { path: 'user', line: 2, column: 1, message: expect.stringContaining('{fenceRule}') },
          { path: 'user', message: expect.stringContaining('{fenceRule} is missing') },
        ],
      },
    })
    expect((await prompt('scoring', 'user'))?.isDefault).toBe(true)
  })

  test('two windows: the second one to save is told', async () => {
    const { updatedAt } = await ask('prompt/save', { task: 'scoring', part: 'user', text: user, ifUpdatedAt: null })
    const conflict = { ok: false, reason: { code: 'conflict', what: 'prompt', id: 'scoring/user' } }
    const save = (ifUpdatedAt: string | null) =>
      server.request('prompt/save', { task: 'scoring', part: 'user', text: `${user} Really.`, ifUpdatedAt })
    expect(await save(null)).toMatchObject(conflict)
    expect(await save('2020-01-01T00:00:00.000Z')).toMatchObject(conflict)
    expect(await save(updatedAt)).toMatchObject({ ok: true })
  })
})

describe('the preview', () => {
  test('is one call of a run, with the stored profile', async () => {
    await ask('preferences/save', { interests: 'Whales.', anti_interests: 'Ads.' })
    const seen = await ask('prompt/preview', { task: 'scoring', item: { text: '<p>A <b>whale</b></p><p>sings</p>' } })
    expect(seen.system).toContain('What the reader wants:\nWhales.')
    expect(seen.user).toMatch(/<<<ITEM k7q (\w{8})\nA whale\n\nsings\nITEM k7q \1>>>/)
    expect(seen).toMatchObject({ from: { origin: 'stored', name: null }, item: { characters: 14, isCut: false } })
    expect(seen.promptHash).toBe((await prompt('scoring', 'user'))?.hash)
    expect(seen.characters).toBe(seen.system.length + seen.user.length + JSON.stringify(seen.schema).length)
    expect(seen.inputTokens).toBe(Math.ceil(seen.characters / 4))
  })

  test('has an item of its own, and cuts a long one', async () => {
    expect((await ask('prompt/preview', { task: 'categorization' })).user).toContain('Export stops at 2,000 rows')
    const long = await ask('prompt/preview', { task: 'categorization', item: { text: 'word '.repeat(1000) } })
    expect(long.item).toEqual({ characters: 4999, isCut: true })
  })

  test('shows drafts without keeping them', async () => {
    const draft = { user, interests: 'Bees.' }
    const seen = await ask('prompt/preview', { task: 'scoring', draft })
    expect(seen.user).toContain('\n\nBe strict.\n"k7q"')
    expect(seen.system).toContain('wants:\nBees.')
    const saved = await ask('prompt/save', { task: 'scoring', part: 'user', text: user })
    expect(seen.promptHash).toBe(saved.hash)
    expect((await ask('preferences/read')).interests).toBe('')
  })

  test('shows what one call asks for both tasks, unless a prompt was edited', async () => {
    const alone = await ask('prompt/preview', { task: 'scoring' })
    const seen = await ask('prompt/preview', { task: 'scoring', together: true })
    expect(seen).toMatchObject({ task: 'scoring', together: true })
    for (const field of ['categories', 'confidence', 'interest', 'quality', 'reasoning'])
      expect(seen.system).toContain(`- "${field}":`)
    expect(JSON.stringify(seen.schema)).not.toContain('suggested')
    expect(seen.promptHash).not.toBe(alone.promptHash)
    await ask('prompt/save', { task: 'categorization', part: 'user', text: user })
    const edited = await ask('prompt/preview', { task: 'scoring', together: true })
    expect(edited).not.toHaveProperty('together')
    expect(edited.system).toBe(alone.system)
  })

  test('tells what is wrong with drafts of both parts', async () => {
    const answer = await server.request('prompt/preview', { task: 'scoring', draft: { system: '', user: '{items}' } })
    const paths = answer.ok || answer.reason.code !== 'prompt_invalid' ? [] : answer.reason.problems.map((p) => p.path)
    expect(paths).toEqual(['system', 'user', 'user'])
  })
})

describe('the profile of a workspace', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'llm-providers-workspace-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  async function writeProfile(text: string): Promise<string> {
    const file = path.join(folder, '.llm-providers', 'profile.yaml')
    await mkdir(path.dirname(file), { recursive: true })
    await writeFile(file, text)
    return file
  }

  test('replaces the stored one, prompts included', async () => {
    await ask('prompt/save', { task: 'scoring', part: 'user', text: user })
    const stored = await ask('profile/read', { workspaceFolder: folder })
    expect(stored).toMatchObject({ from: { origin: 'stored' }, profile: { prompts: { scoring: { user } } } })
    const file = await writeProfile(
      'categories: []\nprompts:\n  scoring:\n    user: |\n      Hello {fenceRule}\n      {items}\n      {keys}\n',
    )
    const own = await ask('profile/read', { workspaceFolder: folder })
    expect(own.from).toEqual({ origin: 'workspace', name: file })
    const seen = await ask('prompt/preview', { task: 'scoring', workspaceFolder: folder })
    expect(seen.user).toMatch(/^Hello An item begins/)
    expect(seen.from).toEqual(own.from)
  })

  test('is told with its lines when it cannot be used', async () => {
    const file = await writeProfile('categories: []\nprompts:\n  scoring:\n    user: |\n      {item}\n')
    const reason = { code: 'profile_invalid', file, problems: [{ path: 'prompts.scoring.user', line: 5 }, {}, {}, {}] }
    expect(await server.request('profile/read', { workspaceFolder: folder })).toMatchObject({ ok: false, reason })
    expect(await server.request('prompt/preview', { task: 'scoring', workspaceFolder: folder })).toMatchObject({
      reason,
    })
  })
})
