import { isLargeRun, tellEstimate } from '../../protocol/estimateWords.ts'
import { type Host, type Invocation, tell } from '../invocation/invocation.ts'
import { agrees } from '../invocation/questions.ts'
import type { RunOptions, RunRequestInput } from './runRequest.ts'

/**
 * Before much is asked about, a person is told what it would take, and asked. Where nobody can be asked it starts: a script that
 * wants a limit says so (`--max-cost`, `--limit`). False: the person refused.
 */
export async function agreesToStart(
  invocation: Invocation,
  { client }: Pick<Host, 'client'>,
  request: RunRequestInput,
  options: Pick<RunOptions, 'yes'>,
): Promise<boolean> {
  if (options.yes === true || invocation.json || !invocation.terminal.canAsk) return true
  const estimate = await client.request('run/estimate', request)
  // What is wrong with it the start tells better.
  if (!estimate.ok || !isLargeRun(estimate.value)) return true
  await tell(invocation, tellEstimate(estimate.value).join('\n'))
  return await agrees(invocation, 'Start?')
}
