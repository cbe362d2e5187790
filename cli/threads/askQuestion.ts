import { stat } from 'node:fs/promises'
import path from 'node:path'
import { RunId } from '../../protocol/names.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ResultFilter } from '../../protocol/resultQueries.ts'
import type { Answered, Thread, ThreadAbout, ThreadMessage } from '../../protocol/threads.ts'
import { usd } from '../describe/usageText.ts'
import { commandToType } from '../invocation/call.ts'
import type { Client } from '../invocation/client.ts'
import { type ExitCode, exitCodeOf, exitCodes } from '../invocation/exitCodes.ts'
import {
  type Host,
  type Invocation,
  printNextStep,
  printNote,
  printReason,
  writeJson,
} from '../invocation/invocation.ts'
import { UsageError } from '../invocation/usageError.ts'
import { count, duration } from '../terminal/format.ts'
import { cut, neutralise, oneLine } from '../terminal/plainText.ts'
import { findThread } from './findThread.ts'
import { readPipedText } from './pipedText.ts'

export interface AskOptions {
  thread?: string
  about?: string
  filter?: ResultFilter
  model?: [provider: string, model: string]
}

/** Asks in a thread, a new one unless it is named, and streams the answer to stdout. */
export async function askQuestion(
  invocation: Invocation,
  { client }: Host,
  question: string,
  options: AskOptions,
): Promise<ExitCode> {
  if (question.trim() === '') throw new UsageError('The question is empty')
  if (options.filter && !options.about) throw new UsageError('--filter narrows what --about names: add --about RUN')
  if (options.thread && options.about)
    throw new UsageError('What a thread is about is said when it begins: leave --thread out')
  const material = await readPipedText(invocation.terminal)
  const thread = await threadFor(invocation, client, options)
  if (!thread.ok) return await printFailure(invocation, thread)
  const answer = await streamAnswer(invocation, client, {
    threadId: thread.value.id,
    text: question,
    ...(material === null ? {} : { material }),
  })
  if (answer.ok) return await printEnd(invocation, answer.value)
  // A thread that was begun for a question that could not be asked is of no use.
  if (!options.thread) await client.request('thread/remove', { threadId: thread.value.id })
  return await printFailure(invocation, answer)
}

async function threadFor(
  invocation: Invocation,
  client: Client,
  { thread, about, filter, model }: AskOptions,
): Promise<Outcome<Thread>> {
  const target = model ? { provider: model[0], model: model[1] } : {}
  if (thread === undefined) {
    const subject = about === undefined ? {} : { about: await aboutOf(invocation, about, filter) }
    return await client.request('thread/create', { ...target, ...subject })
  }
  const found = await findThread(client, thread)
  if (!found.ok || !model) return found
  return await client.request('thread/setModel', { threadId: found.value.id, provider: model[0], model: model[1] })
}

async function aboutOf({ terminal }: Invocation, word: string, filter?: ResultFilter): Promise<ThreadAbout> {
  const [, name] = /^kb:(.+)$/.exec(word) ?? []
  if (name !== undefined && filter)
    throw new UsageError('--filter narrows the results of a run: --about takes its id then')
  if (name !== undefined) return { kind: 'kb', name }
  const file = path.resolve(terminal.workingFolder, word)
  const isThere = await stat(file).then(
    () => true,
    () => false,
  )
  if (isThere && filter) throw new UsageError('--filter narrows the results of a run: --about takes its id then')
  if (isThere) return { kind: 'source', path: file }
  if (!RunId.safeParse(word).success)
    throw new UsageError(`"${cut(oneLine(word), 60)}" is neither a file nor the id of a run`)
  return { kind: 'run', runId: word, ...(filter ? { filter } : {}) }
}

async function streamAnswer(
  invocation: Invocation,
  client: Client,
  asked: { threadId: string; text: string; material?: string },
): Promise<Outcome<Answered>> {
  const stopping = new AbortController()
  const interrupting = invocation.terminal.onInterrupt(() => {
    if (stopping.signal.aborted) invocation.terminal.exitNow(exitCodes.interrupted)
    stopping.abort()
  })
  const { stdout } = invocation.terminal
  let shown = ''
  let written = Promise.resolve()
  const show = (text: string): void => {
    shown += text
    written = written.then(() => stdout.write(neutralise(text)))
  }
  const listening = client.onNotification('thread/delta', ({ threadId, text }) => {
    if (threadId === asked.threadId && !invocation.json) show(text)
  })
  try {
    const cancel = (): void => void client.request('thread/cancel', { threadId: asked.threadId })
    stopping.signal.addEventListener('abort', cancel, { once: true })
    const answer = await client.request('thread/send', asked)
    if (answer.ok && !invocation.json) show(`${restOf(answer.value.answer.text, shown)}\n`)
    await written
    return answer
  } finally {
    listening.dispose()
    interrupting.dispose()
  }
}

/** What of the answer was not streamed; all of it where nothing was. */
function restOf(text: string, shown: string): string {
  return text.startsWith(shown.trimEnd()) ? text.slice(shown.trimEnd().length) : ''
}

async function printEnd(invocation: Invocation, { question, answer }: Answered): Promise<ExitCode> {
  if (invocation.json) await writeJson(invocation, succeed({ question, answer }))
  else {
    await printNote(invocation, invocation.colours.quiet(oneLine(answerLine(answer))))
    if (answer.state === 'failed' && answer.reason) await printReason(invocation, answer.reason)
    else await printNextStep(invocation, commandToType(invocation.call, 'ask', 'QUESTION', '--thread', answer.threadId))
  }
  switch (answer.state) {
    case 'complete':
      return exitCodes.done
    case 'stopped':
      return exitCodes.interrupted
    case 'failed':
      return answer.reason ? exitCodeOf(answer.reason.code) : exitCodes.someFailed
  }
}

/** Who answered, from what, and what it took. */
export function answerLine({ provider, model, usage, costUsd, latencyMs, context, state }: ThreadMessage): string {
  const from = context === null ? [] : [`from ${context.shown} of ${count(context.items, 'item')}`]
  const cited = context && context.cited.length > 0 ? [`cites ${context.cited.map(({ id }) => id).join(', ')}`] : []
  const tokens = usage && usage.input !== null ? [`${count(usage.input, 'token')} in, ${usage.output ?? '?'} out`] : []
  const cost = costUsd === null ? 'price unknown' : usd(costUsd)
  const time = latencyMs === null ? [] : [duration(latencyMs)]
  const ended = state === 'complete' ? [] : [state]
  return [...ended, `${provider} / ${model}`, ...from, ...cited, ...time, ...tokens, cost].join(' · ')
}

async function printFailure(invocation: Invocation, failed: Extract<Outcome<never>, { ok: false }>): Promise<ExitCode> {
  if (invocation.json) await writeJson(invocation, failed)
  else await printReason(invocation, failed.reason)
  return exitCodeOf(failed.reason.code)
}
