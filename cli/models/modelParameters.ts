import { refuseSecret, splitSetting } from '../providers/configValues.ts'

type Parameters = Record<string, string | number | boolean>

/** `KEY=VALUE` words as parameters of a model. Which there are and what they may be is known to the server; `KEY=` takes one back. */
export function parseParameters(words: readonly string[], before: Readonly<Record<string, unknown>> = {}): Parameters {
  const parameters = new Map(Object.entries(before as Parameters))
  for (const word of words) {
    const { name, value } = splitSetting(word)
    refuseSecret(name, value)
    if (value === '') parameters.delete(name)
    else parameters.set(name, parameterOf(value))
  }
  return Object.fromEntries(parameters)
}

const switchWords = new Map([
  ['true', true],
  ['on', true],
  ['yes', true],
  ['false', false],
  ['off', false],
  ['no', false],
])

function parameterOf(word: string): string | number | boolean {
  const text = word.trim()
  return switchWords.get(text.toLowerCase()) ?? (/^-?\d+(\.\d+)?(e-?\d+)?$/i.test(text) ? Number(text) : text)
}
