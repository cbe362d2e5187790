import { Command, CommanderError } from 'commander'
import { addAliasCommands } from './commands/alias.ts'
import { addAuditCommand } from './commands/audit.ts'
import { addCategoryCommands } from './commands/category.ts'
import { addDecideCommand } from './commands/decide.ts'
import { addEvaluateCommand } from './commands/evaluate.ts'
import { type Execute, examples, refuseKeys } from './commands/execute.ts'
import { addFrontMatterCommand } from './commands/frontMatter.ts'
import { addGatewayCommands } from './commands/gateway.ts'
import { addInitCommand } from './commands/init.ts'
import { addKnowledgeCommands } from './commands/knowledgeBase.ts'
import { addLabelCommands } from './commands/label.ts'
import { addMcpCommand } from './commands/mcp.ts'
import { addMigrateCommand } from './commands/migrate.ts'
import { addModelCommands } from './commands/model.ts'
import { addPolicyCommands } from './commands/policy.ts'
import { addPreferencesCommands } from './commands/preferences.ts'
import { addProfileCommands } from './commands/profile.ts'
import { addPromptCommands } from './commands/prompt.ts'
import { addProviderCommands } from './commands/provider.ts'
import { addReadinessCommand } from './commands/readiness.ts'
import { addLabelsBack } from './commands/resultLabels.ts'
import { addResultCommands } from './commands/results.ts'
import { addReviewCommand } from './commands/review.ts'
import { addRevisionCommands } from './commands/revision.ts'
import { addRouteCommands } from './commands/route.ts'
import { addRunCommands } from './commands/run.ts'
import { addSourceCommands } from './commands/source.ts'
import { addAskCommand, addThreadCommands } from './commands/thread.ts'
import { addUsageCommand } from './commands/usage.ts'
import { addWhereCommand } from './commands/where.ts'
import { coloursFor } from './terminal/colours.ts'
import type { Terminal } from './terminal/terminal.ts'

/** Options that every command takes, before or after its name. */
export interface GlobalOptions {
  json?: boolean
  dataDir?: string
}

/** What commander wants to print itself: help and the version. */
export interface HelpOutput {
  out: string
  err: string
}

/** The whole command line. Nothing here ends the process: help, version and wrong use come as a CommanderError. */
export function createProgram(version: string, terminal: Terminal, execute: Execute, help: HelpOutput): Command {
  const colours = coloursFor(terminal.stdout)
  const program = new Command('llm-providers')
    .description('Categorizes and scores your own material through the model providers that you connect.')
    .version(version, '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show help')
    // Otherwise `run` would take the options of `run show` for its own.
    .enablePositionalOptions()
    .exitOverride()
    .configureHelp({ styleTitle: (title) => colours.heading(title) })
    .configureOutput({
      writeOut: (text) => {
        help.out += text
      },
      writeErr: (text) => {
        help.err += text
      },
      // Wrong use is reported by the caller, in the shape of every other failure.
      outputError: () => undefined,
      getOutHelpWidth: () => terminal.stdout.columns,
      getErrHelpWidth: () => terminal.stderr.columns,
      getOutHasColors: () => terminal.stdout.hasColours,
      getErrHasColors: () => terminal.stderr.hasColours,
    })
    .addHelpText(
      'after',
      `${examples(
        'llm-providers run issues.jsonl --profile issues --provider builtin',
        'llm-providers readiness',
        'llm-providers provider add ollama --kind ollama',
        'llm-providers route set scoring --provider ollama --model llama3.2:3b',
      )}
Exit codes: 0 done, 1 a bug, 2 wrong use or bad input, 3 not ready, 4 some items failed, 130 interrupted (resumable).`,
    )
  program.hook('preAction', (_program, command) => refuseKeys(command))
  addAll(program, execute)
  addWhatAllTake(program)
  return program
}

/** In the order of the help. */
function addAll(program: Command, execute: Execute): void {
  program.commandsGroup('Judging items:')
  addInitCommand(program, execute)
  addRunCommands(program, execute)
  addResultCommands(program, execute)
  addReviewCommand(program, execute)
  addRevisionCommands(program, execute)
  addFrontMatterCommand(program, execute)
  addLabelsBack(program, execute)
  addSourceCommands(program, execute)
  addLabelCommands(program, execute)
  addEvaluateCommand(program, execute)
  addDecideCommand(program, execute)
  addAskCommand(program, execute)
  addThreadCommands(program, execute)
  addKnowledgeCommands(program, execute)
  addMcpCommand(program, execute)
  program.commandsGroup('Setting up:')
  addReadinessCommand(program, execute)
  addProviderCommands(program, execute)
  addModelCommands(program, execute)
  addGatewayCommands(program, execute)
  addAliasCommands(program, execute)
  addRouteCommands(program, execute)
  addCategoryCommands(program, execute)
  addProfileCommands(program, execute)
  addPolicyCommands(program, execute)
  addPreferencesCommands(program, execute)
  addPromptCommands(program, execute)
  program.commandsGroup('Maintenance:')
  addUsageCommand(program, execute)
  addAuditCommand(program, execute)
  addMigrateCommand(program, execute)
  addWhereCommand(program, execute)
}

/** Every command takes these, so that they may stand before or after its name. */
function addWhatAllTake(command: Command): void {
  command
    .option('--json', 'print one JSON document: {"ok":true,"value":…} or {"ok":false,"reason":…}')
    .option('--data-dir <folder>', 'where providers, routes and runs are stored (or LLM_PROVIDERS_HOME)')
  // `run help` is a run of the file "help".
  const isGroup = command.commands.length > 0 && command.registeredArguments.length === 0
  if (isGroup) addHelpCommand(command)
  for (const subcommand of command.commands) addWhatAllTake(subcommand)
}

/** Commander's own ends like a missing command, whatever it was asked about, and takes neither --json nor a path of names. */
function addHelpCommand(group: Command): void {
  group
    .helpCommand(false)
    .command('help')
    .summary('show help')
    .argument('[command...]', 'the command, as it is typed')
    .action((names: string[]) => {
      names.reduce(commandNamed, group).outputHelp()
      throw new CommanderError(0, 'commander.helpDisplayed', '(outputHelp)')
    })
}

function commandNamed(group: Command, name: string): Command {
  const found = group.commands.find((each) => each.name() === name)
  return found ?? group.error(`error: unknown command '${name}'`, { code: 'commander.unknownCommand' })
}

/** How far the words name a command, also where the rest of them cannot be understood. */
export function commandPath(program: Command, words: readonly string[]): string[] {
  const path: string[] = []
  let command = program
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? ''
    if (word === '--data-dir') index++
    if (word.startsWith('-')) continue
    const next = command.commands.find((each) => each.name() === word)
    if (!next) break
    path.push(word)
    command = next
  }
  return path
}
