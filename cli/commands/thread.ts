import type { Command } from 'commander'
import * as z from 'zod'
import type { ResultFilter } from '../../protocol/resultQueries.ts'
import type { Thread, ThreadMessage, ThreadWithMessages } from '../../protocol/threads.ts'
import { threadMarkdown } from '../../shared/threadMarkdown.ts'
import { exitCodes } from '../invocation/exitCodes.ts'
import { type Invocation, print, printNote, writeJson } from '../invocation/invocation.ts'
import { addCondition, filterHelp } from '../results/resultQuery.ts'
import { cut, neutralise, oneLine } from '../terminal/plainText.ts'
import { type Column, renderTable } from '../terminal/table.ts'
import { type AskOptions, answerLine, askQuestion } from '../threads/askQuestion.ts'
import { findThread, readThread, readThreads } from '../threads/findThread.ts'
import { providerAndModel } from './decide.ts'
import { type Execute, examples, matching } from './execute.ts'

const threadWord = matching(z.string().regex(/^[0-9a-z][0-9a-z-]{0,63}$/), 'the id of a conversation')

export function addAskCommand(program: Command, execute: Execute): void {
  program
    .command('ask')
    .summary('ask a model a question, also about items and results')
    .description(
      'Asks a question in a conversation and streams the answer to standard output. Piped text is material to talk about. With --about, the answer comes from the items of a run or a file and cites them by id: those with the best score first, as many as the model has room for. Questions and answers are stored; "thread show" prints them.',
    )
    .argument('<question>', 'what you want to know')
    .option('--thread <id>', 'continue a conversation: its id, the beginning of it, or "latest"', threadWord)
    .option(
      '--about <run, file or kb:name>',
      'the results of a run, the items of a file or folder, or a knowledge base',
    )
    .option('--filter <condition>', filterHelp, addCondition)
    .option('--model <provider/model>', 'the model that answers, from this question on', providerAndModel)
    .addHelpText(
      'after',
      examples(
        'llm-providers ask "What do the angriest customers want?" --about tickets.csv --model ollama/qwen3:8b',
        'llm-providers ask "Which of these are duplicates?" --about 20261121t093000000z-4f7k2m --filter \'category=Bug\'',
        'llm-providers ask "And which came first?" --thread latest',
        'git log -20 | llm-providers ask "What changed?"',
      ),
    )
    .action((question: string, options: AskOptions & { filter?: ResultFilter }, command: Command) =>
      execute(command, (invocation, host) => askQuestion(invocation, host, question, options)),
    )
}

export function addThreadCommands(program: Command, execute: Execute): void {
  const thread = program.command('thread').summary('conversations with models: list, show, rename, remove, export')
  addList(thread, execute)
  addReading(thread, execute)
  addChanges(thread, execute)
}

function addList(thread: Command, execute: Execute): void {
  thread
    .command('list')
    .summary('all conversations, the last changed first')
    .action((_: object, command: Command) =>
      execute(command, async (invocation, { client }) => {
        const threads = await readThreads(client)
        if (invocation.json && threads.ok) {
          await writeJson(invocation, { threads: threads.value })
          return exitCodes.done
        }
        return await print(invocation, threads, (rows) =>
          rows.length === 0 ? 'There is no conversation yet. Start one: ask "QUESTION"' : listText(invocation, rows),
        )
      }),
    )
}

const whichOne = 'its id, the beginning of it, or "latest"'

function addReading(thread: Command, execute: Execute): void {
  thread
    .command('show')
    .summary('the messages of a conversation')
    .argument('<thread>', whichOne, threadWord)
    .action((word: string, _: object, command: Command) =>
      execute(command, async (invocation, { client }) =>
        print(invocation, await readThread(client, word), (whole) => threadText(invocation, whole)),
      ),
    )
  thread
    .command('export')
    .summary('a conversation as Markdown, or with --json as it is stored')
    .argument('<thread>', whichOne, threadWord)
    .action((word: string, _: object, command: Command) =>
      execute(command, async (invocation, { client }) =>
        print(invocation, await readThread(client, word), ({ thread: { title }, rows }) =>
          threadMarkdown(oneLine(title), rows, {
            clean: neutralise,
            describe: (answer) => cut(oneLine(answerLine(answer)), 300),
          }),
        ),
      ),
    )
}

function addChanges(thread: Command, execute: Execute): void {
  thread
    .command('rename')
    .summary('give a conversation another title')
    .argument('<thread>', whichOne, threadWord)
    .argument('<title>', 'the new title')
    .action((word: string, title: string, _: object, command: Command) =>
      execute(command, async (invocation, { client }) => {
        const found = await findThread(client, word)
        const renamed = found.ok ? await client.request('thread/rename', { threadId: found.value.id, title }) : found
        return await print(invocation, renamed, (value) => `Renamed to "${oneLine(value.title)}".`)
      }),
    )
  thread
    .command('remove')
    .summary('remove a conversation with all its messages')
    .argument('<thread>', whichOne, threadWord)
    .action((word: string, _: object, command: Command) =>
      execute(command, async (invocation, { client }) => {
        const found = await findThread(client, word)
        const removed = found.ok ? await client.request('thread/remove', { threadId: found.value.id }) : found
        if (removed.ok && found.ok && !invocation.json) {
          await printNote(invocation, `Removed "${oneLine(found.value.title)}".`)
        }
        return await print(invocation, removed, () => '')
      }),
    )
}

const columns: readonly Column<Thread>[] = [
  { heading: 'id', text: ({ id }) => id },
  { heading: 'title', text: ({ title }) => title, most: 50 },
  { heading: 'answers', text: answersText, most: 40 },
  { heading: 'messages', text: ({ messages }) => String(messages), align: 'right' },
]

function answersText({ provider, model, answersNext }: Thread): string {
  if (provider !== null) return model === null ? provider : `${provider} / ${model}`
  return answersNext === null ? 'nobody' : `${answersNext.provider} / ${answersNext.model} (default)`
}

function listText({ terminal }: Invocation, rows: readonly Thread[]): string {
  return renderTable(terminal.stdout, columns, rows)
}

function threadText({ colours }: Invocation, { thread, rows, isAnsweredElsewhere }: ThreadWithMessages): string {
  const head = `${oneLine(thread.title)} · ${answersText(thread)}`
  const reason = thread.reason === null ? [] : [colours.bad(oneLine(thread.reason.message))]
  const said = rows.map((message) =>
    message.role === 'user'
      ? [`> ${neutralise(message.text)}`, ...materialLine(message)].join('\n')
      : `${neutralise(message.text)}\n${colours.quiet(oneLine(answerLine(message)))}`,
  )
  const elsewhere = isAnsweredElsewhere ? [colours.quiet('An answer is being written in another process.')] : []
  return [head, ...reason, ...said, ...elsewhere].join('\n\n')
}

function materialLine({ material }: ThreadMessage): string[] {
  return material === null ? [] : [`> with ${material.length.toLocaleString('en-US')} characters of material`]
}
