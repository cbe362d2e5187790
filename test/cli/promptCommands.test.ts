import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type LiveCli, startLiveCli } from '../support/cli/liveCli.ts'

let cli: LiveCli
beforeAll(async () => {
  cli = await startLiveCli()
})
afterAll(() => cli.remove())

const user = 'Rate {count}.\n\n{fenceRule}\n\n{items}\n\nBe strict with {keys}.'

describe('a prompt', () => {
  test('is shown, changed through a file, listed, previewed and reset', async () => {
    const shown = await cli.run(['prompt', 'show', 'scoring', 'user'])
    expect(shown).toMatchObject({ code: 0, err: '' })
    await writeFile(path.join(cli.folder, 'user.txt'), `Be strict.\n${shown.out}`)
    expect(await cli.run(['prompt', 'set', 'scoring', 'user', '--file', 'user.txt'])).toMatchObject({ code: 0 })
    expect((await cli.run(['prompt', 'list'])).out).toMatch(/scoring +user +changed +\d+ +[0-9a-f]{12} +just now/)
    const seen = await cli.run(['prompt', 'preview', 'scoring', '--text', 'It crashes.'])
    expect(seen.out).toMatch(/Be strict\.\n[\s\S]*<<<ITEM (\w+) (\w{8})\nIt crashes\.\nITEM \1 \2>>>/)
    expect(seen.out).toMatch(/about \d+ tokens\nmade of the stored profile, prompt hash [0-9a-f]{12}/)
    expect((await cli.run(['prompt', 'show', 'scoring', 'user', '--default'])).out).toBe(shown.out)
    expect(await cli.run(['prompt', 'reset', 'scoring'])).toMatchObject({ code: 0 })
    expect((await cli.run(['prompt', 'show', 'scoring', 'user'])).out).toBe(shown.out)
  })

  test('comes from standard input, and keeps nothing when it is only previewed', async () => {
    const seen = await cli.run(['prompt', 'preview', 'scoring', '--user', '-', '--json'], { stdin: user })
    expect(JSON.parse(seen.out).value.user).toMatch(/Be strict with "\w+"\.$/m)
    expect((await cli.run(['prompt', 'list'])).out).not.toContain('changed  ')
    expect((await cli.run(['prompt', 'set', 'scoring', 'user', '--file', '-'], { stdin: user })).code).toBe(0)
    expect((await cli.run(['prompt', 'show', 'scoring', 'user'])).out).toBe(`${user}\n`)
    expect((await cli.run(['prompt', 'reset', 'scoring', 'user'])).code).toBe(0)
  })

  test('is refused with its lines and a text that works', async () => {
    const said = await cli.run(['prompt', 'set', 'scoring', 'user', '--file', '-'], {
      stdin: '{fenceRule}\n{itms}\n{keys}',
    })
    expect(said).toMatchObject({ code: 2, out: '' })
    expect(said.err).toContain('line 2: user: there is no {itms}; the nearest is {items}')
    expect(said.err).toMatch(/next: .*prompt show scoring user --default/)
  })

  test('tells what may stand in braces', async () => {
    const { out } = await cli.run(['prompt', 'show', 'categorization', 'system', '--placeholders'])
    expect(out).toMatch(/\{dataRule\} +yes +the words that make all text between fences data/)
  })

  test('of the workspace replaces the stored one', async () => {
    await writeFile(
      path.join(cli.folder, 'mine.yaml'),
      'categories: []\nprompts:\n  scoring:\n    user: |\n      Mine. {fenceRule}\n      {items}\n      {keys}\n',
    )
    const seen = await cli.run(['prompt', 'preview', 'scoring', '--profile', 'mine.yaml'])
    expect(seen.out).toMatch(/\nMine\. An item begins[\s\S]*made of \/.*mine\.yaml/)
  })

  test.each([
    [['prompt', 'set', 'scoring', 'user'], /--file/],
    [['prompt', 'set', 'scoring', 'user', '--file', 'no-such-file'], /There is no file no-such-file/],
    [['prompt', 'show', 'scoring', 'prologue'], /Allowed choices are system, user/],
    [['prompt', 'preview', 'scoring', '--text', 'a', '--file', 'b'], /exclude each other/],
    [['prompt', 'preview', 'scoring', '--system', '-', '--user', '-'], /only once/],
  ])('%j is wrong use', async (words, sentence) => {
    const { code, err } = await cli.run(words)
    expect(code).toBe(2)
    expect(err).toMatch(sentence)
  })
})

describe('categories', () => {
  test('are changed several at once, all or nothing', async () => {
    const moved = await cli.run(['category', 'set', 'task', 'meeting', '--parent', 'request', '--weight', 'boost'])
    expect(moved.out).toMatch(/task.*boost[\s\S]*meeting.*boost/)
    const refused = await cli.run(['category', 'set', 'task', 'nothing', '--no-parent'])
    expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('There is no category "nothing"') })
    expect((await cli.run(['category', 'list', '--json'])).out).toMatch(/"slug":"task",[^}]*"parent":"request"/)
    await cli.run(['category', 'set', 'task', '--weight', 'inherit', '--hide', '--name', 'Money'])
    expect((await cli.run(['category', 'list'])).out).toMatch(/task +Money +hidden/)
  })

  test('tell what a merge would change, and change it when they are told to', async () => {
    const merge = ['category', 'merge', 'problem', 'feedback']
    const { out } = await cli.run([...merge, '--preview'])
    expect(out).toMatch(/"Problem" disappears[\s\S]*"Outage or Delay" moves under "Feedback"/)
    expect(await cli.run(merge)).toMatchObject({ code: 0, out: expect.stringContaining('feedback') })
    const refused = await cli.run(['category', 'merge', 'feedback', 'meeting'])
    expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('there are two levels only') })
  })

  test.each([
    [['category', 'set', 'spam'], /Say what to change/],
    [['category', 'set', 'spam', 'task', '--name', 'X'], /--name is for one/],
    [['category', 'set', 'spam', '--weight', 'huge'], /Allowed choices are block/],
  ])('%j is wrong use', async (words, sentence) => {
    expect(await cli.run(words)).toMatchObject({ code: 2, err: expect.stringMatching(sentence) })
  })
})

const limits = (categorize: number, score: number) =>
  `limits\n  ${categorize} characters of an item to categorize it, ${score} to score it\nexamples\n  none: your labels are not shown to models\ncategories\n  at most 4 for an item\n`

describe('preferences', () => {
  test('are shown and set, one or both, from a text or a file', async () => {
    expect((await cli.run(['preferences', 'show'])).out).toBe(
      `interests\n  (not said)\nanti-interests\n  (not said)\n${limits(2000, 4000)}`,
    )
    await writeFile(path.join(cli.folder, 'ads.txt'), '\uFEFFAdvertising.\nGiveaways.\n')
    await cli.run(['preferences', 'set', '--interests', 'Whales.'])
    const said = await cli.run(['preferences', 'set', '--anti-interests-file', 'ads.txt'])
    expect(said.out).toBe(`interests\n  Whales.\nanti-interests\n  Advertising.\n  Giveaways.\n${limits(2000, 4000)}`)
    const shorter = await cli.run(['preferences', 'set', '--score-chars', '500'])
    expect(shorter.out).toContain(`  Whales.\n`)
    expect(shorter.out).toContain(limits(2000, 500))
    expect(await readFile(path.join(cli.folder, 'ads.txt'), 'utf8')).toContain('Giveaways')
  })

  test('say whether labels are shown to models, and how many', async () => {
    const on = await cli.run(['preferences', 'set', '--examples', '3'])
    expect(on.out).toContain('examples\n  3 of your labels with each call, where a folder has some\n')
    // What is not named stays as it is.
    expect((await cli.run(['preferences', 'set', '--interests', 'Whales.'])).out).toContain('3 of your labels')
    expect((await cli.run(['preferences', 'set', '--no-examples'])).out).toContain('none: your labels are not shown')
  })

  test('say how many categories an item gets', async () => {
    expect((await cli.run(['preferences', 'set', '--max-categories', '1'])).out).toContain('at most 1 for an item\n')
    expect((await cli.run(['preferences', 'set', '--interests', 'Whales.'])).out).toContain('at most 1 for an item\n')
  })

  test.each([
    [['preferences', 'set', '--max-categories', '5'], /4/],
    [['preferences', 'set'], /Say what to change/],
    [['preferences', 'set', '--score-chars', '99'], /100/],
    [['preferences', 'set', '--examples', '21'], /20/],
    [['preferences', 'set', '--interests', 'a', '--interests-file', 'b'], /exclude each other/],
    [['preferences', 'set', '--interests', 'x'.repeat(10_001)], /at most 10000/],
  ])('wrong use is told: %j', async (words, sentence) => {
    expect(await cli.run(words)).toMatchObject({ code: 2, err: expect.stringMatching(sentence) })
  })
})
