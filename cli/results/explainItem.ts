import type { Explanation, ExplanationPlan } from '../../protocol/resultQueries.ts'
import type { ExitCode } from '../invocation/exitCodes.ts'
import { type Host, type Invocation, print, printNote } from '../invocation/invocation.ts'
import { findResult } from '../labels/findResult.ts'
import { count } from '../terminal/format.ts'
import { neutralise, oneLine } from '../terminal/plainText.ts'

/** Says what is sent where before it is, and prints what comes back. */
export async function explainItem(
  invocation: Invocation,
  { client }: Host,
  runId: string,
  item: string,
): Promise<ExitCode> {
  const found = await findResult(client, { run: runId, item, folder: invocation.terminal.workingFolder })
  if (!found.ok) return print(invocation, found, () => '')
  const { id, inputHash } = found.value
  const plan = await client.request('run/planExplanation', { runId, id, inputHash })
  if (!plan.ok) return print(invocation, plan, () => '')
  await printNote(invocation, oneLine(planText(plan.value)))
  const explained = await client.request('run/explain', { runId, id, inputHash })
  const code = await print(invocation, explained, ({ text }) => neutralise(text))
  if (explained.ok) await printNote(invocation, oneLine(spentText(explained.value)))
  return code
}

function planText({ provider, model, endpoint, characters, isCut }: ExplanationPlan): string {
  const text = `${isCut ? 'the first ' : ''}${count(characters, 'character')} of the item`
  return `Sending ${text}, its verdict and what the profile says of it to ${provider}/${model}, ${endpoint ?? 'on this machine'}.`
}

function spentText({ provider, model, answeredBy, usage, costUsd }: Explanation): string {
  const figure = (tokens: number | null) => tokens?.toLocaleString('en-US') ?? 'unknown'
  const cost = costUsd === null ? 'cost unknown' : `cost $${costUsd.toFixed(6)}`
  return `A guess of ${provider}/${answeredBy ?? model}, not what led to the verdict. Tokens: ${figure(usage.input)} in, ${figure(usage.output)} out; ${cost}.`
}
