import path from 'node:path'
import type { Command } from 'commander'
import type { BuildPlan, BuiltKnowledgeBase, KnowledgeBase, KnowledgeSource } from '../../protocol/knowledgeBases.ts'
import { RunId } from '../../protocol/names.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { findRunOfResults } from '../../shared/resultsOfFile.ts'
import { usd } from '../describe/usageText.ts'
import { commandToType } from '../invocation/call.ts'
import type { Client } from '../invocation/client.ts'
import { type ExitCode, exitCodes } from '../invocation/exitCodes.ts'
import { type Invocation, print, printNextStep, printNote, writeJson } from '../invocation/invocation.ts'
import { agrees } from '../invocation/questions.ts'
import { count } from '../terminal/format.ts'
import { oneLine } from '../terminal/plainText.ts'
import { type Column, renderTable } from '../terminal/table.ts'
import { providerAndModel } from './decide.ts'
import { collect, type Execute, examples, matching } from './execute.ts'
import { addSearch, addSimilar, baseName } from './knowledgeSearch.ts'

type Target = [provider: string, model: string]

export function addKnowledgeCommands(program: Command, execute: Execute): void {
  const kb = program
    .command('kb')
    .summary('knowledge bases: sets of texts that are searched by meaning')
    .addHelpText(
      'after',
      examples(
        'llm-providers kb create docs ./docs README.md --embed ollama/nomic-embed-text',
        'llm-providers kb build docs',
        'llm-providers kb search docs "how do I reset a password?"',
      ),
    )
  addList(kb, execute)
  addCreate(kb, execute)
  addBuild(kb, execute)
  addSearch(kb, execute)
  addSimilar(kb, execute)
  addChanges(kb, execute)
}

function addList(kb: Command, execute: Execute): void {
  kb.command('list')
    .summary('all knowledge bases')
    .action((_: object, command: Command) =>
      execute(command, async (invocation, { client }) => {
        const bases = await client.request('kb/list', {})
        return await print(invocation, bases, (rows) =>
          rows.length === 0
            ? 'There is no knowledge base yet. Create one: kb create NAME FOLDER --embed PROVIDER/MODEL'
            : renderTable(invocation.terminal.stdout, columns, rows),
        )
      }),
    )
}

function addCreate(kb: Command, execute: Execute): void {
  kb.command('create')
    .summary('create one from files, folders or runs; sends nothing')
    .argument('<name>', 'a name of your choice', baseName)
    .argument('[files...]', 'files and folders; a results file stands for the items of its run')
    .requiredOption('--embed <provider/model>', 'the model that makes the vectors', providerAndModel)
    .option('--run <id>', 'the items of a run; repeat it for more', collect)
    .option('--generation <provider/model>', 'the model that answers questions about it', providerAndModel)
    .action(
      (
        name: string,
        files: string[],
        options: { embed: Target; run?: string[]; generation?: Target },
        command: Command,
      ) =>
        execute(command, async (invocation, { client }) => {
          const sources = await sourcesOf(invocation, client, files, options.run ?? [])
          const created = await client.request('kb/create', {
            ...{ name, sources, embed: targetOf(options.embed) },
            ...(options.generation ? { generation: targetOf(options.generation) } : {}),
          })
          const code = await print(invocation, created, (base) => `Created "${base.name}".`)
          if (created.ok && !invocation.json) {
            await printNextStep(invocation, commandToType(invocation.call, 'kb', 'build', name))
          }
          return code
        }),
    )
}

/** A results file stands for the items that its run judged: it has verdicts and no texts. */
async function sourcesOf(
  { terminal }: Invocation,
  client: Client,
  files: readonly string[],
  runs: readonly string[],
): Promise<KnowledgeSource[]> {
  const sources: KnowledgeSource[] = []
  for (const file of files) {
    const full = path.resolve(terminal.workingFolder, file)
    const run = await findRunOfResults(full, (cursor) => client.request('run/list', { cursor }))
    sources.push(run === null ? { kind: 'path', path: full } : { kind: 'run', runId: run.runId })
  }
  return [...sources, ...runs.map((runId) => ({ kind: 'run' as const, runId: runOf(runId) }))]
}

const runOf = matching(RunId, 'the id of a run')

function targetOf([provider, model]: Target): { provider: string; model: string } {
  return { provider, model }
}

function addBuild(kb: Command, execute: Execute): void {
  kb.command('build')
    .summary('embed what has no vector yet, after showing what is sent and what it costs')
    .argument('<name>', 'the knowledge base', baseName)
    .option('--estimate', 'only show what would be sent, and what it would cost')
    .option('--yes', 'do not ask')
    .action((name: string, options: { estimate?: boolean; yes?: boolean }, command: Command) =>
      execute(command, async (invocation, { client }) => {
        const plan = await client.request('kb/planBuild', { name })
        if (!plan.ok || options.estimate) return await print(invocation, plan, planText)
        if (!(await isWanted(invocation, plan.value, options))) return exitCodes.interrupted
        return await printBuilt(invocation, await build(invocation, client, name))
      }),
    )
}

async function isWanted(invocation: Invocation, plan: BuildPlan, { yes }: { yes?: boolean }): Promise<boolean> {
  if (yes || invocation.json || plan.missing === 0 || plan.endpoint === null || !invocation.terminal.canAsk) return true
  await printNote(invocation, planText(plan))
  return await agrees(invocation, 'Build it?')
}

function planText({
  provider,
  model,
  endpoint,
  files,
  chunks,
  missing,
  inputTokens,
  costUsd,
  unreadable,
}: BuildPlan): string {
  const cost = costUsd === null ? 'at a price that is not known' : `for about ${usd(costUsd)}`
  const sent =
    missing === 0
      ? 'Every text has its vector: nothing would be sent.'
      : `${count(missing, 'text')}, about ${count(inputTokens, 'token')}, would be sent to ${provider} / ${model}${endpoint === null ? '' : ` at ${endpoint}`}, ${cost}.`
  return [`${count(files, 'file')}, ${count(chunks, 'chunk')}. ${sent}`, ...unreadableLines(unreadable)].join('\n')
}

function unreadableLines(unreadable: BuildPlan['unreadable']): string[] {
  return unreadable.map(({ place, message }) => `Not read: ${oneLine(place)}: ${oneLine(message)}`)
}

async function build(invocation: Invocation, client: Client, name: string): Promise<Outcome<BuiltKnowledgeBase>> {
  const stopping = new AbortController()
  const interrupting = invocation.terminal.onInterrupt(() => {
    if (stopping.signal.aborted) invocation.terminal.exitNow(exitCodes.interrupted)
    stopping.abort()
  })
  const isShown = invocation.terminal.stderr.isTerminal && !invocation.json
  const listening = client.onNotification('kb/progress', (progress) => {
    if (progress.name !== name || !isShown) return
    void printNote(
      invocation,
      `${progress.embedded.toLocaleString('en-US')} of ${count(progress.missing, 'text')} embedded`,
    )
  })
  try {
    return await client.request('kb/build', { name }, stopping.signal)
  } finally {
    listening.dispose()
    interrupting.dispose()
  }
}

async function printBuilt(invocation: Invocation, built: Outcome<BuiltKnowledgeBase>): Promise<ExitCode> {
  const code = await print(invocation, built, ({ base, embedded, reused, removed, costUsd, unreadable }) => {
    const cost = costUsd === null ? 'price unknown' : usd(costUsd)
    const figures = `${count(base.chunks, 'chunk')} of ${count(base.files, 'file')}: ${embedded} embedded, ${reused} had their vectors, ${removed} gone, ${cost}.`
    return [figures, ...unreadableLines(unreadable)].join('\n')
  })
  return code
}

function addChanges(kb: Command, execute: Execute): void {
  kb.command('embed')
    .summary('change the model that makes the vectors; existing vectors are deleted')
    .argument('<name>', 'the knowledge base', baseName)
    .argument('<provider/model>', 'the new model', providerAndModel)
    .option('--yes', 'delete the vectors without asking')
    .action((name: string, embed: Target, { yes = false }: { yes?: boolean }, command: Command) =>
      execute(command, async (invocation, { client }) => {
        const set = (confirm: boolean) => client.request('kb/setEmbedding', { name, embed: targetOf(embed), confirm })
        const first = await set(yes)
        const isLocked = !first.ok && first.reason.code === 'kb_locked'
        const canAsk = invocation.terminal.canAsk && !invocation.json
        const changed =
          isLocked && canAsk && (await agrees(invocation, `${first.reason.message} Delete them?`))
            ? await set(true)
            : first
        return await print(
          invocation,
          changed,
          ({ embed: now }) => `"${name}" is embedded by ${now.provider} / ${now.model} from the next build on.`,
        )
      }),
    )
  kb.command('remove')
    .summary('remove a knowledge base with its vectors; the files stay')
    .argument('<name>', 'the knowledge base', baseName)
    .action((name: string, _: object, command: Command) =>
      execute(command, async (invocation, { client }) => {
        const removed = await client.request('kb/remove', { name })
        if (removed.ok && invocation.json) {
          await writeJson(invocation, succeed(null))
          return exitCodes.done
        }
        return await print(invocation, removed, () => `Removed "${name}".`)
      }),
    )
}

const columns: readonly Column<KnowledgeBase>[] = [
  { heading: 'name', text: ({ name }) => name, most: 40 },
  { heading: 'embedded by', text: ({ embed }) => `${embed.provider} / ${embed.model}`, most: 40 },
  { heading: 'chunks', text: ({ chunks }) => chunks.toLocaleString('en-US'), align: 'right' },
  { heading: 'files', text: ({ files }) => files.toLocaleString('en-US'), align: 'right' },
  { heading: 'built', text: ({ builtAt }) => builtAt ?? 'never' },
]
