import { commandLine } from '../terminal/commandLine.ts'

/** The call that is being carried out, as far as the command lines that we recommend depend on it. */
export interface Call {
  /** See `programName`. */
  program: string
  /** Options that every command line has to repeat to talk about the same data, such as `--data-dir x`. */
  globals: readonly string[]
  /** The command, such as `provider`, `test`. */
  path: readonly string[]
  /** All words after the program's name. */
  words: readonly string[]
  /** How the caller does the same once more, where it typed no command line. Absent: by that line. */
  again?: string
}

export function commandToType(call: Call, ...words: string[]): string {
  return `${call.program} ${commandLine([...call.globals, ...words])}`
}

/** Whether the call says the option, in either of the two ways: `--model M`, `--model=M`. */
export function saysOption({ words }: Call, option: string): boolean {
  return words.some((word) => word === option || word.startsWith(`${option}=`))
}

/** The call itself once more, with another value of an option, which it may have said or not. */
export function commandWith(call: Call, option: string, value: string): string {
  const words = call.words.filter(
    (word, at) => word !== option && call.words[at - 1] !== option && !word.startsWith(`${option}=`),
  )
  return commandAgain({ ...call, words }, option, value)
}

const longestRepeated = 240

/** The call itself once more, with options added. */
export function commandAgain(call: Call, ...added: string[]): string {
  if (call.again !== undefined)
    return added.length === 0 ? call.again : `do it in a terminal, with ${commandLine(added)}`
  const line = `${call.program} ${commandLine([...call.words, ...added])}`
  if (line.length <= longestRepeated) return line
  return added.length === 0 ? 'the same command again' : `the same command with ${commandLine(added)}`
}
