import paths from 'node:path'
import { type Command, CommanderError } from 'commander'
import { type Outcome, succeed } from '../protocol/outcome.ts'
import type { ReasonFacts } from '../protocol/reasons.ts'
import { findDataFolder } from '../shared/dataFolder.ts'
import { fail } from '../shared/fail.ts'
import { withoutKeys } from '../shared/keys/keyShape.ts'
import type { Execute } from './commands/execute.ts'
import { type ExitCode, exitCodeOf, exitCodes } from './invocation/exitCodes.ts'
import {
  createInvocation,
  type Host,
  type Invocation,
  printNote,
  printReason,
  writeJson,
} from './invocation/invocation.ts'
import { UsageError } from './invocation/usageError.ts'
import { commandPath, createProgram, type GlobalOptions, type HelpOutput } from './program.ts'
import { neutralise, oneLine } from './terminal/plainText.ts'
import type { Terminal } from './terminal/terminal.ts'

export type StartHost = (dataFolder: string) => Promise<Outcome<Host>>

const issuesPage = 'https://github.com/llm-providers/llm-providers/issues'

/** Carries out one command line. Never rejects: whatever happens is printed and becomes an exit code. */
export async function runCli(
  words: readonly string[],
  terminal: Terminal,
  version: string,
  startHost: StartHost,
): Promise<ExitCode> {
  let invocation = invocationOf(words, terminal, {}, [])
  let code: ExitCode = exitCodes.done
  const execute: Execute = async (command, work) => {
    invocation = invocationOf(words, terminal, command.optsWithGlobals<GlobalOptions>(), pathOf(command))
    const host = await startHost(invocation.dataFolder)
    if (!host.ok) {
      code = await printFailure(invocation, host.reason)
      return
    }
    try {
      await printDamage(invocation, host.value)
      code = await work(invocation, host.value)
      if (code === exitCodes.done) await noteReadOnly(invocation, host.value)
    } finally {
      await host.value.stop()
    }
  }
  const help: HelpOutput = { out: '', err: '' }
  const program = createProgram(version, terminal, execute, help)
  try {
    await program.parseAsync(words, { from: 'user' })
    return code
  } catch (error) {
    const path = commandPath(program, words)
    if (error instanceof CommanderError) return printCommanderError(invocation, error, { help, version, path })
    if (error instanceof UsageError) return printUsageError(invocation, path, error.message)
    return printBug(invocation, error)
  }
}

/** Printed once, by the start that set the damaged files aside: otherwise changes would be missing without a reason. */
async function printDamage(invocation: Invocation, { info }: Host): Promise<void> {
  for (const sentence of info.store.damage) {
    await printNote(invocation, `${invocation.colours.careful('warning:')} ${oneLine(sentence)}`)
  }
}

/** A failure for this reason says so itself. */
async function noteReadOnly(invocation: Invocation, { info }: Host): Promise<void> {
  if (info.store.why === null) return
  await printNote(
    invocation,
    `${invocation.colours.careful('note:')} the stored data is read-only: ${oneLine(info.store.why)}`,
  )
}

/** Looks for `--json` itself: it counts also where the rest cannot be understood. */
function invocationOf(
  words: readonly string[],
  terminal: Terminal,
  options: GlobalOptions,
  path: readonly string[],
): Invocation {
  const end = words.indexOf('--')
  return createInvocation(terminal, {
    json: (end < 0 ? words : words.slice(0, end)).includes('--json'),
    dataFolder: findDataFolder(paths, options.dataDir ?? terminal.environment.LLM_PROVIDERS_HOME, terminal),
    call: {
      program: terminal.program,
      globals: options.dataDir === undefined ? [] : ['--data-dir', options.dataDir],
      path,
      words,
    },
  })
}

/** The names of a command from the outermost in, without the program's own. */
function pathOf(command: Command): string[] {
  return command.parent === null ? [] : [...pathOf(command.parent), command.name()]
}

/** Help and version come as an error too, because only an error stops commander without ending the process. */
async function printCommanderError(
  invocation: Invocation,
  error: CommanderError,
  { help, version, path }: { help: HelpOutput; version: string; path: string[] },
): Promise<ExitCode> {
  const { stdout } = invocation.terminal
  switch (error.code) {
    case 'commander.version':
      if (invocation.json) await writeJson(invocation, succeed({ version }))
      else await stdout.write(`${version}\n`)
      return exitCodes.done
    case 'commander.helpDisplayed':
      if (invocation.json) await writeJson(invocation, succeed({ help: help.out }))
      else await stdout.write(help.out)
      return exitCodes.done
    case 'commander.help':
      if (invocation.json) return printUsageError(invocation, path, 'A command is missing')
      await printNote(invocation, help.err.trimEnd())
      return exitCodes.wrongUse
    default:
      return printUsageError(invocation, path, capitalise(error.message.replace(/^error: /, '')))
  }
}

function printUsageError(invocation: Invocation, path: readonly string[], message: string): Promise<ExitCode> {
  const usage = [invocation.call.program, ...path].join(' ')
  return printFailure(invocation, {
    code: 'usage_invalid',
    detail: oneLine(withoutKeys(message)).replace(/\.$/, ''),
    usage,
  })
}

function capitalise(sentence: string): string {
  return `${sentence.slice(0, 1).toUpperCase()}${sentence.slice(1)}`
}

async function printFailure(invocation: Invocation, facts: ReasonFacts): Promise<ExitCode> {
  const failure = fail(facts)
  if (!invocation.json) await printReason(invocation, failure.reason)
  else if (!invocation.terminal.stdout.hasWritten) await writeJson(invocation, failure)
  return exitCodeOf(facts.code)
}

/** What must not happen. The stack is for those who look for the cause. */
async function printBug(invocation: Invocation, error: unknown): Promise<ExitCode> {
  const isDebugging = Boolean(invocation.terminal.environment.LLM_PROVIDERS_DEBUG)
  const message = error instanceof Error ? error.message : String(error)
  const code = await printFailure(invocation, {
    code: 'internal_error',
    detail: neutralise(message).replace(/\.$/, ''),
  })
  await printNote(invocation, `This is a bug. Please report it at ${issuesPage}`)
  if (isDebugging && error instanceof Error) await printNote(invocation, neutralise(error.stack ?? ''))
  return code
}

export function printStrayBug(words: readonly string[], terminal: Terminal, error: unknown): Promise<ExitCode> {
  return printBug(invocationOf(words, terminal, {}, []), error)
}
