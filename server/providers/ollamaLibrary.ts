import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ReadinessFacts } from '../../protocol/reasons.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import type { PullStep } from './adapter.ts'
import type { Deadlines } from './deadlines.ts'
import { asFields } from './errorBody.ts'
import { invalidResponse, reasonOfFailure } from './failureReason.ts'
import { ollamaClientOf, reasonOfBrokenStream, reasonOfOllamaStatus } from './ollamaClient.ts'
import type { OpenCall } from './openCall.ts'

/** A large model takes hours over a slow line, and checking its sum takes minutes without a word. */
export const pullDeadlines: Partial<Deadlines> = { idleMs: 30 * 60_000, totalMs: 7 * 24 * 3_600_000 }

/** Nothing of the steps is kept, so their number is no danger. */
export const mostBytesOfPull = 4 * 1024 ** 3

/** Pulls a model, reporting every step. It goes on where an earlier pull was cancelled; the server sees to that. */
export async function pullOllamaModel(
  open: OpenCall,
  model: string,
  onStep: (step: PullStep) => void,
): Promise<Outcome<null>> {
  const client = await ollamaClientOf(open)
  let status = ''
  try {
    for await (const line of await client.pull({ model, stream: true })) {
      const step = readStep(line)
      status = step.status
      onStep(step)
    }
  } catch (error) {
    return fail(reasonOfPull(error, open, model))
  }
  return status === 'success'
    ? succeed(null)
    : fail(invalidResponse('truncated', localizable('it ends before the model is complete'), open.context()))
}

function readStep(line: unknown): PullStep {
  const fields = asFields(line)
  return {
    status: typeof fields?.status === 'string' ? fields.status.slice(0, 200) : '',
    digest: typeof fields?.digest === 'string' ? fields.digest.slice(0, 100) : null,
    completedBytes: bytesOf(fields?.completed),
    totalBytes: bytesOf(fields?.total),
  }
}

function bytesOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null
}

/** An error comes as a line of a stream with 200 and has no code; this is how the server words that its library lacks a model. */
const noSuchModelText = /file does not exist|not found|does not exist/i

/** How the server words that its registry cannot be reached: the words of Go's net package. */
const noWayText =
  /dial tcp|no such host|i\/o timeout|connection refused|network is unreachable|no route to host|TLS handshake|x509|proxyconnect/i

function reasonOfPull(error: unknown, open: OpenCall, model: string): ReadinessFacts {
  const reason = reasonOfBrokenStream(error, open)
  const isErrorLine = reason.code === 'invalid_response' && reason.problem === 'error_body'
  if (!isErrorLine) return reason
  const { provider, endpoint } = open.context()
  // Asked first: what a resolver says of a host that it does not know ("no such host") is about the way, and not about the model.
  if (noWayText.test(reason.detail)) {
    const said = reason.localizable?.values.at(-1)
    const cause = localizable(
      'this Ollama cannot reach its registry: {0}',
      typeof said === 'string' ? said : reason.detail,
    )
    return { code: 'provider_unreachable', provider, endpoint, ...withMessage('cause', cause), raw: reason.raw }
  }
  if (!noSuchModelText.test(reason.detail)) return reason
  return { code: 'model_missing', provider, model, alternatives: [], raw: reason.raw }
}

/** Removes a model from the server's disk. */
export async function deleteOllamaModel(open: OpenCall, model: string): Promise<Outcome<null>> {
  const client = await ollamaClientOf(open)
  try {
    await client.delete({ model })
    return succeed(null)
  } catch (error) {
    return fail(reasonOfFailure(error, open.context(), reasonOfOllamaStatus))
  }
}
