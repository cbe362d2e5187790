import type { Command } from 'commander'
import type { Params } from '../../protocol/contract.ts'
import type { ModelTestReport } from '../../protocol/models.ts'
import { ModelId } from '../../protocol/names.ts'
import { connectionText, modelTestText, planText, testProgressText } from '../describe/modelTestText.ts'
import { pauseText } from '../describe/providerText.ts'
import { commandToType } from '../invocation/call.ts'
import type { Client } from '../invocation/client.ts'
import { type ExitCode, exitCodes } from '../invocation/exitCodes.ts'
import { type Invocation, print, printNote } from '../invocation/invocation.ts'
import { agrees, refuse } from '../invocation/questions.ts'
import { UsageError } from '../invocation/usageError.ts'
import { type Execute, examples, matching, providerId } from './execute.ts'

export const modelId = matching(ModelId, 'the name of a model')

interface TestOptions {
  model?: string
  probe?: boolean
  yes?: boolean
}

export function addProviderTest(provider: Command, execute: Execute): void {
  provider
    .command('test')
    .summary('test the connection to a provider')
    .description(
      'Tests the connection: can the provider be reached, is the key accepted, which models does it have. With --model, also makes a tiny real call. Changes no setting, key or choice.',
    )
    .argument('<id>', 'the provider', providerId)
    .option('--model <model>', 'call this model, too', modelId)
    .option('--probe', 'measure what that model really does, with a few small calls')
    .option('--yes', 'do not ask before a call that may cost something')
    .addHelpText(
      'after',
      examples('llm-providers provider test work', 'llm-providers provider test ollama --model qwen3:8b --probe'),
    )
    .action((id: string, { model, probe, yes }: TestOptions, command: Command) => {
      if (probe && model === undefined) throw new UsageError('--probe measures a model: name it with --model')
      return execute(command, async (invocation, { client }) => {
        const params = { provider: id, ...(model === undefined ? {} : { model }), ...(probe ? { probe } : {}) }
        if (model === undefined) return reportTest(invocation, client, params)
        return afterConsent(invocation, client, params, yes, () => reportTest(invocation, client, params))
      })
    })
}

export function addModelTest(model: Command, execute: Execute): void {
  model
    .command('test')
    .summary('test a model with a tiny real call')
    .description(
      'Calls a model once with a made-up sentence: a text is judged, or the length of a vector is measured. It first shows what will be sent, and asks before a call that may cost something.',
    )
    .argument('<provider>', 'the provider', providerId)
    .argument('<model>', 'the model', modelId)
    .option('--probe', 'measure what it really does, by a few small calls: does it enforce a schema, keep to labels, …')
    .option('--yes', 'do not ask before a call that may cost something')
    .addHelpText('after', examples('llm-providers model test ollama qwen3:8b --probe'))
    .action((provider: string, name: string, { probe, yes }: TestOptions, command: Command) =>
      execute(command, (invocation, { client }) => {
        const params = { provider, model: name, ...(probe ? { probe } : {}) }
        return afterConsent(invocation, client, params, yes, async () => {
          const outcome = await withProgress(invocation, client, () => client.request('model/test', params))
          const code = await print(invocation, outcome, (report) => modelTestText(invocation, report))
          return outcome.ok ? codeOf(outcome.value, code) : code
        })
      }),
    )
}

async function reportTest(invocation: Invocation, client: Client, params: Params<'provider/test'>): Promise<ExitCode> {
  const outcome = await withProgress(invocation, client, () => client.request('provider/test', params))
  const code = await print(invocation, outcome, (report) => connectionText(invocation, report))
  if (outcome.ok && !invocation.json) await printPause(invocation, client, outcome.value.provider)
  return outcome.ok ? codeOf(outcome.value.tested, code) : code
}

/** A model whose answers are all of no use is not ready, although it was measured. */
function codeOf(tested: ModelTestReport | null, code: ExitCode): ExitCode {
  return tested?.probe?.usable === false ? exitCodes.notReady : code
}

/** A line before each call: a slow model takes minutes, and nobody knows what for. */
async function withProgress<Value>(invocation: Invocation, client: Client, test: () => Promise<Value>): Promise<Value> {
  if (invocation.json) return await test()
  const listener = client.onNotification('model/testProgress', (progress) => {
    if (progress.most > 1) void printNote(invocation, testProgressText(progress))
  })
  try {
    return await test()
  } finally {
    listener.dispose()
  }
}

/** A list of models may be there while nothing may be judged. */
async function printPause(invocation: Invocation, client: Client, provider: string): Promise<void> {
  const view = await client.request('provider/get', { provider })
  const pause = view.ok ? pauseText(view.value) : null
  const help = `${commandToType(invocation.call, 'provider', 'test', provider)} --model MODEL ends that where the model answers`
  if (pause !== null) await printNote(invocation, `It ${pause}. ${help}`)
}

/** Tells what will be sent; what may cost something is only sent when somebody agreed, at the keyboard or by `--yes`. */
async function afterConsent(
  invocation: Invocation,
  client: Client,
  params: Params<'model/describeTest'>,
  hasConsent: boolean | undefined,
  test: () => Promise<ExitCode>,
): Promise<ExitCode> {
  const planned = await client.request('model/describeTest', params)
  if (!planned.ok) return print(invocation, planned, () => '')
  if (!invocation.json) await printNote(invocation, planText(planned.value))
  if (planned.value.isFree || hasConsent) return test()
  if (!invocation.terminal.canAsk) throw new UsageError('This may cost something, so it takes --yes')
  return (await agrees(invocation, 'Send it?')) ? test() : refuse(invocation)
}
