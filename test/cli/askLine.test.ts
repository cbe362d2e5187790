import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { askLine } from '../../cli/terminal/processTerminal.ts'

/** A keyboard that knows raw mode, as a terminal's does, and remembers how it was left. */
function keyboard() {
  const modes: boolean[] = []
  const setRawMode = (mode: boolean): void => void modes.push(mode)
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode })
  let shown = ''
  const output = new PassThrough().on('data', (piece) => {
    shown += piece
  })
  return { input, output, modes, shown: () => shown }
}

async function type(keys: string, hidden: boolean) {
  const { input, output, modes, shown } = keyboard()
  const answer = askLine(input, output, 'Key: ', hidden)
  input.write(keys)
  return { answer: await answer, shown: shown(), modes }
}

test('what is typed hidden is never shown, and the keyboard is left as it was', async () => {
  const { answer, shown, modes } = await type('sk-fake-secreg\u007ft\r', true)
  expect(answer).toBe('sk-fake-secret')
  expect(shown).toBe('Key: \n')
  expect(modes).toEqual([true, false])
})

test('what is typed openly is shown', async () => {
  const { answer, shown } = await type('yes\r', false)
  expect(answer).toBe('yes')
  expect(shown).toContain('yes')
})

test.each([
  ['Ctrl-C', 'half\u0003'],
  ['Ctrl-D', '\u0004'],
])('%s is a refusal', async (_name, keys) => {
  for (const hidden of [true, false]) {
    const { answer, shown, modes } = await type(keys, hidden)
    expect(answer).toBeNull()
    expect(shown.endsWith('\n')).toBe(true)
    if (hidden) expect(shown).not.toContain('half')
    expect(modes.at(-1)).toBe(false)
  }
})

test('an input that ends is a refusal', async () => {
  const { input, output } = keyboard()
  const answer = askLine(input, output, 'Key: ', true)
  input.end()
  expect(await answer).toBeNull()
})
