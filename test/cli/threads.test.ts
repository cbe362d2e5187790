import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type LiveCli, startLiveCli } from '../support/cli/liveCli.ts'
import { type FakeModelServer, startFakeModelServer } from '../support/providers/fakeModelServer.ts'

let cli: LiveCli
let models: FakeModelServer
const model = ['--model', 'local/writer']
beforeEach(async () => {
  cli = await startLiveCli()
  models = await startFakeModelServer({ models: ['writer'] })
  models.decide(() => ({ kind: 'text', text: 'Two of them, see [1002].' }))
  await cli.run(['provider', 'add', 'local', '--kind', 'openai-compatible', '--set', `base_url=${models.origin}/v1`])
  await writeFile(path.join(cli.folder, 'in.csv'), 'id,text\n1001,The app crashes\n1002,My money back\n')
})
afterEach(async () => {
  await cli.remove()
  await models.close()
})

const listed = async () => JSON.parse((await cli.run(['thread', 'list', '--json'])).out)
const lastChat = () => models.chats.at(-1)?.body.messages as { role: string; content: string }[]

test('a question is answered on stdout, and who answered from what stands beside it', async () => {
  const asked = await cli.run(['ask', 'How many want money?', '--about', 'in.csv', ...model])
  expect(asked).toMatchObject({ code: 0, out: 'Two of them, see [1002].\n' })
  expect(asked.err).toMatch(/local \/ writer · from 2 of 2 items · cites 1002 · .*\n.*ask QUESTION --thread/)
  const { threads } = await listed()
  expect(threads).toMatchObject([{ title: 'How many want money?', provider: 'local', model: 'writer', messages: 2 }])
})

test('text that is piped in is material, and a conversation goes on', async () => {
  await cli.run(['ask', 'What changed?', ...model], { stdin: 'commit 1234567\n' })
  expect(lastChat().at(-1)?.content).toMatch(
    /^<<<ITEM material (\w+)\ncommit 1234567\n\nITEM material \1>>>\n\nWhat changed\?$/,
  )
  const again = await cli.run(['ask', 'And why?', '--thread', 'latest', '--json'])
  expect(JSON.parse(again.out)).toMatchObject({
    ok: true,
    value: { question: { text: 'And why?' }, answer: { state: 'complete' } },
  })
  expect(lastChat()).toHaveLength(4)
  const shown = await cli.run(['thread', 'show', 'latest'])
  expect(shown.out).toMatch(/> What changed\?\n> with 15 characters of material\n\nTwo of them/)
  const exported = await cli.run(['thread', 'export', 'latest'])
  expect(exported.out).toMatch(/^# What changed\?\n\n> What changed\?\n\n```\ncommit 1234567\n\n```\n\nTwo of them/)
})

test('Ctrl-C stops the answer, which is kept as far as it came', async () => {
  models.hold()
  const { terminal, told } = cli.start(['ask', 'How many?', ...model])
  await models.arrived(1)
  terminal.interrupt()
  expect(await told).toMatchObject({ code: 130, err: expect.stringMatching(/^stopped · local \/ writer/) })
  expect((await listed()).threads).toMatchObject([{ messages: 2 }])
})

test('a question that could not be asked leaves no conversation behind', async () => {
  expect(await cli.run(['ask', 'How many?'])).toMatchObject({ code: 3, out: '' })
  expect(await cli.run(['ask', 'How many?', '--about', 'gone', ...model])).toMatchObject({ code: 2 })
  await writeFile(path.join(cli.folder, 'empty.csv'), '')
  expect(await cli.run(['ask', 'How many?', '--about', 'empty.csv', ...model])).toMatchObject({ code: 2 })
  const tooLong = await cli.run(['ask', 'x'.repeat(900_000), ...model])
  expect(tooLong).toMatchObject({ code: 3, out: '', err: expect.stringContaining('next:  ask with less text') })
  expect(await listed()).toEqual({ threads: [] })
  expect(models.chats).toHaveLength(0)
})

test('conversations are renamed and removed by the beginning of their id', async () => {
  await cli.run(['ask', 'One?', ...model])
  await cli.run(['ask', 'Two?', ...model])
  const [{ id }] = (await listed()).threads
  expect(await cli.run(['thread', 'rename', id, 'Refunds'])).toMatchObject({ code: 0, out: 'Renamed to "Refunds".\n' })
  expect(await cli.run(['thread', 'remove', '2'])).toMatchObject({ code: 2, err: expect.stringContaining('Several') })
  expect(await cli.run(['thread', 'remove', id])).toMatchObject({ code: 0, err: 'Removed "Refunds".\n' })
  expect((await listed()).threads).toMatchObject([{ title: 'One?' }])
  expect(await cli.run(['thread', 'show', id])).toMatchObject({ code: 2 })
})

test.each([
  [['ask', ' '], /The question is empty/],
  [['ask', 'x', '--filter', 'status=ok'], /add --about RUN/],
  [['ask', 'x', '--thread', 'latest', '--about', 'in.csv'], /leave --thread out/],
  [['ask', 'x', '--about', 'in.csv', '--filter', 'status=ok'], /--about takes its id/],
  [['ask', 'x', '--thread', 'latest'], /There is no conversation "latest"/],
])('%j is wrong use', async (words, why) => {
  expect(await cli.run(words)).toMatchObject({ code: 2, err: expect.stringMatching(why) })
})
