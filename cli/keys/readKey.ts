import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { keyProblem, looksLikeKey } from '../../shared/keys/keyShape.ts'
import { cleanPastedKey, type PastedKey } from '../../shared/keys/pastedKey.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { UsageError } from '../invocation/usageError.ts'
import { oneLine } from '../terminal/plainText.ts'

export interface KeySource {
  /** A file of variables, such as `.env`. */
  fromFile?: string
  variable?: string
}

/**
 * The key, from where it is not seen: a file that already has it, the keyboard without echo, or a pipe; with what stood around it and
 * was left out. Null: refused.
 */
export async function readKey(
  { terminal }: Pick<Invocation, 'terminal'>,
  { fromFile, variable }: KeySource,
  question: string,
  customaryVariable: string | null,
): Promise<PastedKey | null> {
  const typed = await read()
  if (typed === null) return null
  const pasted = cleanPastedKey(typed)
  const problem = keyProblem(pasted.key)
  if (problem === null) return pasted
  throw new UsageError(`Nothing was kept: ${problem}`)

  function read(): Promise<string | null> {
    if (fromFile !== undefined) return readVariable(path.resolve(terminal.workingFolder, fromFile), fromFile)
    return terminal.stdin.isTTY ? terminal.ask(question, { hidden: true }) : readAll(terminal.stdin)
  }

  async function readVariable(file: string, name: string): Promise<string> {
    const text = await readFile(file, 'utf8').catch(() => {
      throw new UsageError(`${oneLine(name)} cannot be read`)
    })
    return chooseVariable(parseVariables(text), oneLine(name), variable, customaryVariable)
  }
}

/** The variable that is named, else the customary one of the kind, else the only one that looks like a key. */
function chooseVariable(
  variables: ReadonlyMap<string, string>,
  file: string,
  named: string | undefined,
  customary: string | null,
): string {
  const name = named ?? (customary !== null && variables.has(customary) ? customary : onlyKey(variables))
  const value = name === undefined ? undefined : variables.get(name)
  if (value !== undefined) return value
  const names = [...variables.keys()].slice(0, mostNames).join(', ')
  const known = names === '' ? 'it has none' : `it has ${names}`
  throw new UsageError(
    named === undefined
      ? `Say which variable of ${file} is the key, with --variable NAME: ${known}`
      : `${file} has no variable ${named}: ${known}`,
  )
}

const mostNames = 20

function onlyKey(variables: ReadonlyMap<string, string>): string | undefined {
  const names = [...variables].filter(([, value]) => looksLikeKey(value)).map(([name]) => name)
  return names.length === 1 ? names[0] : undefined
}

/** More than any key and its line end: what is longer is refused as too long. */
const mostCharacters = 10_000

async function readAll(stdin: NodeJS.ReadableStream): Promise<string> {
  let text = ''
  stdin.setEncoding('utf8')
  for await (const piece of stdin) {
    text += piece
    if (text.length > mostCharacters) break
  }
  return text.replace(/^\ufeff/, '')
}

/** The variables of a `.env` file: `NAME=value`, `export NAME='value'`, `# comment`. Lines that are none of it are passed over. */
export function parseVariables(text: string): Map<string, string> {
  const variables = new Map<string, string>()
  for (const line of text.replace(/^\ufeff/, '').split(/\r?\n/)) {
    const parts = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$/.exec(line)
    if (parts?.[1]) variables.set(parts[1], unquote(parts[2] ?? ''))
  }
  return variables
}

function unquote(value: string): string {
  const quoted = /^(["'`])(.*?)\1\s*(?:#.*)?$/.exec(value)
  return quoted ? (quoted[2] ?? '') : value.replace(/\s+#.*$/, '')
}
