import path from 'node:path'
import type { Command } from 'commander'
import type { LearnedModel, LearnRequest } from '../../protocol/learned.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { describeLearned } from '../../shared/describe/learned.ts'
import { english } from '../../shared/language.ts'
import { commandToType } from '../invocation/call.ts'
import type { Client } from '../invocation/client.ts'
import { type Invocation, print, printNextStep } from '../invocation/invocation.ts'
import { UsageError } from '../invocation/usageError.ts'
import { chooseRun } from '../results/chooseRun.ts'
import { bytes, count } from '../terminal/format.ts'
import { type Execute, examples, promisedShare, providerId } from './execute.ts'
import { placeOf } from './label.ts'

interface LearnOptions {
  from?: string
  golden?: string
  profile?: string
  agreement?: number
  provider?: string
}

export function addLearn(model: Command, execute: Execute): void {
  model
    .command('learn')
    .summary('learn a free, local model from verdicts or labels')
    .description(
      'Learns a model of builtin from the verdicts of a run, with your corrections, or from labels: free, instant and local. It knows the categories of that profile, and gives none where it is not sure enough to agree as often as --agreement says. The same name again learns it anew. "model remove builtin NAME" forgets it.',
    )
    .argument('<name>', 'how it is called, such as tickets-1')
    .option('--from <run>', 'the id of a run, or a file that was judged; "labels" for those of this folder')
    .option('--golden <file>', 'the labels of this file')
    .option('--profile <profile>', 'of labels: the profile whose categories count, as in a run')
    .option(
      '--agreement <share>',
      'how often its answers agree at least, by a lower 95 % bound; what is less sure gets no category; default 0.9',
      promisedShare,
    )
    .option('--provider <id>', 'the provider of kind builtin that has it', providerId)
    .addHelpText(
      'after',
      examples(
        'llm-providers model learn tickets-1 --from tickets.jsonl',
        'llm-providers model learn tickets-1 --from labels --agreement 0.95',
        'llm-providers categorize tickets.jsonl --provider builtin --model tickets-1',
      ),
    )
    .action((model: string, options: LearnOptions, command: Command) =>
      execute(command, async (invocation, { client }) => {
        const from = await sourceOf(invocation, client, options)
        if (!from.ok) return print(invocation, from, () => '')
        const { agreement: promise, provider } = options
        const learned = await client.request('model/learn', { model, provider, promise, from: from.value })
        const code = await print(invocation, learned, learnedText)
        if (learned.ok && !invocation.json) {
          const named = ['--provider', learned.value.provider, '--model', learned.value.model]
          await printNextStep(invocation, commandToType(invocation.call, 'categorize', 'INPUT', ...named))
        }
        return code
      }),
    )
}

/** Undefined: from what it was learned before. */
async function sourceOf(
  invocation: Invocation,
  client: Client,
  { from, golden, profile }: LearnOptions,
): Promise<Outcome<LearnRequest['from']>> {
  const isLabels = from === 'labels' || golden !== undefined
  if (golden !== undefined && from !== undefined && from !== 'labels') {
    throw new UsageError('--golden names labels: leave --from out, or say --from labels')
  }
  if (profile !== undefined && !isLabels) throw new UsageError('--profile is for labels: a run has its own')
  if (isLabels) {
    const goldenPath = golden && { goldenPath: path.resolve(invocation.terminal.workingFolder, golden) }
    return succeed({ kind: 'labels', ...placeOf(invocation, profile), ...goldenPath })
  }
  if (from === undefined) return succeed(undefined)
  const run = await chooseRun(invocation, client, from)
  return run.ok ? succeed({ kind: 'run', runId: run.value }) : run
}

function learnedText({ provider, model, learned }: LearnedModel): string {
  const { learnedFrom, leftOut } = learned
  const said = [
    learnedFrom.verdicts > 0 ? count(learnedFrom.verdicts, 'verdict') : '',
    learnedFrom.labels > 0 ? count(learnedFrom.labels, 'label') : '',
  ].filter(Boolean)
  const left = leftOut > 0 ? `, ${leftOut} left out` : ''
  return [
    `${provider} / ${model} is learned from ${said.join(' and ')}${left} (${bytes(learned.bytes)})`,
    `It ${describeLearned(english, learned)}.`,
  ].join('\n')
}
